"""Looking closer, for the embedded assistant: describe, compare, read, sum up, go on, and narrow what was found."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

from aionserver.domains.assistant.answering import ask, has_word
from aionserver.domains.assistant.finding import (
    MOST_FOUND,
    by_colour,
    circumstances,
    likely_meant,
    list_files,
    made_at,
    search,
)
from aionserver.domains.assistant.findings import cite, file_of, is_called, likely
from aionserver.domains.assistant.schemas import ResultSet
from aionserver.domains.assistant.wording import MOST_LISTED, asked_for, line, listed, noun
from aionserver.domains.assistant.work import Work, ids_of
from aionserver.infra.tools import Item
from aionserver.kit.citations import find_citations
from aionserver.kit.colors import EXTREMES
from aionserver.kit.dates import spoken_day
from aionserver.kit.extracts import key_sentences
from aionserver.kit.ids import parse_id
from aionserver.kit.key_terms import key_terms
from aionserver.kit.quoting import plain_quote
from aionserver.kit.receipts import read_receipt
from aionserver.kit.spoken.filters import Narrowing
from aionserver.kit.spoken.intents import Request, compared
from aionserver.kit.words import content_stems
from aionserver.kit.words import listed as joined

MOST_DESCRIBED = 4
MOST_COMPARED = 6
MOST_READ = 5
MOST_SUMMED_UP = 3
MOST_PASSAGES_READ = 60
MOST_TERMS = 12
MOST_OWN = 6
SENTENCES_OF_SUMMARY = 6
WHICH = "Which files do you mean? Name them, or find them first."
NOTHING_CHOSEN = "Nothing is chosen: your last request left none. Say again which files you mean."
# What files differ in, as people call it.
PARTS = {
    "made_at": "when they were made",
    "width": "width",
    "height": "height",
    "camera": "camera",
    "latitude": "place",
    "longitude": "place",
    "format": "format",
    "size_bytes": "size",
}
_WHEN = re.compile(
    r"^\W*(?:and )?(?:when|(?:what|which|on what)(?:'s|’s| is| are)?(?: the)? (?:dates?|days?|year))\b", re.I
)
_WHERE = re.compile(r"^\W*(?:and )?where\b", re.I)
_CAMERA = re.compile(r"^\W*(?:and )?(?:(?:with )?(?:what|which) camera)\b", re.I)
_WITH_TEXT = re.compile(r"^\s*(?:which|any|are there|do any|show)\b.{0,100}\b(?:text|words|writing)\b", re.I)
_OF_THEM = re.compile(r"\b(?:of|among) (?:these|those|them)\b", re.I)
_NEGATED = re.compile(r"^\s*(?:and |but )?(?:without|not|except|excluding|no)\b", re.I)


def pointed_at(work: Work, request: Request) -> list[Item]:
    """The things found earlier that a request points back to."""
    if request.reference is None:
        return []
    found = None if work.findings.is_nothing_left else work.findings.latest(request.narrowing.kinds)
    return request.reference.pick(found.items) if found is not None else []


def say_unknown(work: Work, names: Sequence[str]) -> None:
    """Say that no file is called so."""
    work.say(f"There is no file called {joined([asked_for(name) for name in names])} that I can find.")


def say_which(work: Work) -> None:
    """Ask back what is meant."""
    work.say(NOTHING_CHOSEN if work.findings.is_nothing_left else WHICH)


async def named(work: Work, names: Sequence[str]) -> list[Item]:
    """The files that are called so, of those found earlier or of the whole library."""
    found = list[Item]()
    for name in names:
        item = work.findings.named(name) or await _look_up(work, name)
        if item is not None:
            found.append(item)
    return found


async def _look_up(work: Work, name: str) -> Item | None:
    pictures = (await work.use("search_images", query=name, limit=10)).items
    others = () if _called(pictures, name) else (await work.use("list_files", limit=MOST_FOUND)).items
    return _called((*pictures, *others), name)


def _called(items: Sequence[Item], name: str) -> Item | None:
    return next((item for item in items if is_called(item, name)), None)


async def targets(work: Work, request: Request) -> list[Item]:
    """The things that a request to look closer means; says so where there are none."""
    if request.files:
        items = await named(work, request.files)
        if not items:
            say_unknown(work, request.files)
    elif request.intent == "summarize" and request.subject and request.reference is None:
        items = await spoken_of(work, request.subject)
        if not items:
            work.say(f"I know of no document that is called {asked_for(request.subject)} or is about it.")
    else:
        items = pointed_at(work, request) or await chosen(work)
        if not items:
            say_which(work)
    return items


async def spoken_of(work: Work, subject: str) -> list[Item]:
    """The newest file whose name has the words; else what the passage that fits best is of."""
    words = content_stems(subject)
    files = (await work.use("list_files", limit=MOST_FOUND)).items
    named = [one for one in files if words and all(has_word(one, word) for word in words)]
    documents = [one for one in named if one.kind == "document"]
    if len(documents) > 1:
        others = joined([cite(one).markup for one in documents[1:4]])
        work.keep(subject, documents[1:])
        work.say(f"I take {cite(documents[0]).markup}; there {'is' if len(documents) == 2 else 'are'} also {others}.")
        return documents[:1]
    return named[:1] or likely((await work.use("search_documents", query=subject, limit=1)).items)


async def chosen(work: Work) -> list[Item]:
    """What the conversation is about, where that was chosen and nothing was found in it yet."""
    if not work.is_narrow or work.findings.latest() is not None:
        return []
    return list((await work.use("list_files", limit=MOST_FOUND)).items)


async def describe(work: Work, request: Request) -> None:
    """Say what is known of each."""
    items = (await targets(work, request))[:MOST_DESCRIBED]
    if items:
        await work.think("reading", "Looking at what is known of them", "analysis")
    for file_id in ids_of(items):
        (item,) = (await work.use("describe_file", file=file_id)).items
        work.keep(item.name, [item])
        work.say(_one_thing(request.text, item) or described(item))


def _one_thing(question: str, item: Item) -> str:
    """When, where or with what a file was made, where only that is asked; nothing where more is."""
    known, name = item.details, cite(item).markup
    if _WHEN.search(question):
        if written := read_receipt(str(known.get("visible_text") or "")).day:
            return f"In {name} stands the date {spoken_day(written)}."
        day = _day(known)
        return (
            f"{name} was made on {day}."
            if known.get("is_dated")
            else f"When {name} was made is not known; it was added on {day}."
        )
    if _WHERE.search(question):
        place = _place(known)
        return f"{name} was made at {place}." if place else f"Where {name} was made is not known."
    if _CAMERA.search(question):
        camera = known.get("camera")
        return (
            f"{name} was taken with {plain_quote(camera, 100)}."
            if camera
            else f"With what camera {name} was taken is not known."
        )
    return ""


def _day(known: Mapping[str, Any]) -> str:
    """When it was made, or added where that is not known."""
    return spoken_day(date.fromisoformat(str(known["made_at"])[:10]))


def _place(known: Mapping[str, Any]) -> str:
    latitude, longitude = known.get("latitude"), known.get("longitude")
    if latitude is None or longitude is None:
        return ""
    return (
        f"{abs(latitude):.5f}° {'N' if latitude >= 0 else 'S'}, {abs(longitude):.5f}° {'E' if longitude >= 0 else 'W'}"
    )


def described(item: Item) -> str:
    """All that is known of a file, in sentences."""
    known = item.details
    told = [plain_quote(item.text, 600)] if item.text else [f"It has no description{_why(known)}."]
    if known.get("tags"):
        told.append(f"Tags: {', '.join(plain_quote(tag, 50) for tag in known['tags'][:15])}.")
    if known.get("visible_text"):
        told.append(f"Text in it: “{plain_quote(known['visible_text'], 300)}”.")
    return f"{cite(item).markup}: {' '.join([*told, *_made(known)])}"


def _why(known: Any) -> str:
    status = known.get("status")
    problem = plain_quote(str(known.get("problem") or ""), 200).rstrip(".")
    return f" ({problem or status})" if status in ("queued", "processing", "failed") else ""


def _problem(document: Item) -> str:
    """Why it could not be read, as a sentence to follow; nothing where that is not known."""
    problem = plain_quote(str(document.details.get("problem") or ""), 200)
    return f" {problem}" if problem else ""


def _made(known: Any) -> list[str]:
    """When, where and by what it was made, and how large it is, as far as that is known."""
    made = "Made" if known.get("is_dated") else "Added"
    camera = f" with {plain_quote(known['camera'], 100)}" if known.get("camera") else ""
    told = [f"{made} on {_day(known)}{camera}."]
    if place := _place(known):
        told.append(f"Place: {place}.")
    if known.get("width"):
        told.append(f"{known['width']} × {known['height']} pixels.")
    if known.get("page_count"):
        told.append("1 page." if known["page_count"] == 1 else f"{known['page_count']} pages.")
    if known.get("source_url"):
        told.append(f"Address: {plain_quote(known['source_url'], 200)}")
    return told


async def compare(work: Work, request: Request) -> None:
    """Say what some files have in common, and in what they differ."""
    items = (await _both(work, request) or await targets(work, request))[:MOST_COMPARED]
    if not items:
        return
    if len(items) < 2:
        work.say("To compare, I need two files or more; I know of one only.")
        return
    outcome = await work.use("compare_files", files=ids_of(items))
    work.keep("compared", outcome.items)
    shared, own = outcome.facts["shared_tags"], outcome.facts["own_tags"]
    lines = [f"- {line(item)}{_only(own.get(str(item.id), []))}" for item in outcome.items]
    dated = all(item.details.get("is_dated") for item in outcome.items)
    parts = list(dict.fromkeys(PARTS[name] for name in outcome.facts["differing"] if dated or name != "made_at"))
    if shared:
        lines.append(f"In common: {plain_quote(', '.join(shared))}.")
    elif any(own.values()):
        lines.append("They share no tags.")
    lines += [f"They differ in {joined(parts)}."] if parts else []
    documents = [item for item in outcome.items if item.kind == "document"]
    work.say("\n".join([*lines, *(await _terms(work, documents) if len(documents) == len(outcome.items) else [])]))


async def _terms(work: Work, documents: Sequence[Item]) -> list[str]:
    """The words that documents share, and those that tell each from the others."""
    read = [await work.use("read_document", file=str(one.id), limit=MOST_PASSAGES_READ) for one in documents]
    texts = ["\n".join(one.text for one in outcome.items) for outcome in read]
    terms = key_terms(texts, MOST_TERMS)
    both = [one.name for one in terms[0] if one.texts == len(documents)] if terms else []
    lines = [f"All speak of {plain_quote(joined(both[:4]), 200)}."] if both else []
    for document, mine in zip(documents, terms, strict=True):
        own = [one.name for one in mine if one.texts == 1][:MOST_OWN]
        lines += [f"Only {cite(document).markup} speaks of {plain_quote(joined(own), 300)}."] if own else []
    return lines


async def _both(work: Work, request: Request) -> list[Item]:
    """The likeliest of each of two things that are named, as in "compare the cat with the dog"."""
    if request.reference is not None or len(request.files) > 1:
        return []
    found = list[Item]()
    for name in compared(request.subject):
        called = await named(work, [name]) if name in request.files else await _document_called(work, name, found)
        found += called or likely((await work.use("search_images", query=name, limit=1)).items)
    return found


async def _document_called(work: Work, name: str, beside: Sequence[Item]) -> list[Item]:
    """The newest document that has all words of a name, or the last of them, and is not among the others."""
    words = content_stems(name)
    files = (await work.use("list_files", kind="document", limit=MOST_FOUND)).items
    others = [one for one in files if one.id not in {other.id for other in beside}]
    whole = [one for one in others if words and all(has_word(one, word) for word in words)]
    return whole[:1] or [one for one in others if words and has_word(one, words[-1])][:1]


def _only(tags: Sequence[str]) -> str:
    return f" Only here: {plain_quote(', '.join(tags[:8]))}." if tags else ""


async def read(work: Work, request: Request) -> None:
    """Say what text can be read in each, or which of several have any."""
    if _WITH_TEXT.match(request.text):
        is_of_found = _OF_THEM.search(request.text) is not None
        found = work.findings.latest(["image"], several=True) if is_of_found else None
        every = found.items if found else (await work.use("list_files", kind="image", limit=MOST_FOUND)).items
        _say_with_text(work, [item for item in every if item.details.get("visible_text")])
        return
    items = pointed_at(work, request) if not request.files else []
    if len(items) > MOST_READ:
        with_text = [item for item in items if item.details.get("visible_text")]
        _say_with_text(work, with_text)
        return
    for item in (items or await targets(work, request))[:MOST_READ]:
        await _read_one(work, item)


def _say_with_text(work: Work, items: Sequence[Item]) -> None:
    if items:
        found = work.keep("with text", items)
        work.say(f"Text can be read in [[ref:{found.key}]] {noun('image', len(items))}:\n{listed(items)}")
    else:
        work.say("In none of them text can be read.")


async def _read_one(work: Work, item: Item) -> None:
    if item.kind in ("document", "chunk"):
        await _sum_up(work, [item])
        return
    outcome = await work.use("read_text", file=str(item.id))
    work.keep(item.name, outcome.items)
    (found,) = outcome.items
    text = f"“{plain_quote(found.text, 1_500)}”" if found.text else "no text can be read in it."
    work.say(f"{cite(found).markup}: {text}")


async def summarize(work: Work, request: Request) -> None:
    """Quote the sentences that say most of documents; of other files, what is known of each."""
    items = await targets(work, request)
    documents = [item for item in items if item.kind in ("document", "chunk")]
    if documents:
        await _sum_up(work, documents)
    elif items:
        work.say("\n".join(f"- {line(item)}" for item in items[:MOST_LISTED]))


async def _sum_up(work: Work, documents: Sequence[Item]) -> None:
    for file_id in ids_of(documents)[:MOST_SUMMED_UP]:
        document = next(one for one in documents if file_id in (str(one.id), str(one.document_id)))
        read = await work.use("read_document", file=file_id, limit=MOST_PASSAGES_READ)
        if not read.items:
            work.say(f"{asked_for(document.name)} has no text that I can read.{_problem(document)}")
            continue
        work.keep("summary", read.items)
        work.say(_summary(read.items))


def _summary(passages: Sequence[Item]) -> str:
    """The sentences that say most, as they are read; how it begins, where none stands out."""
    found = key_sentences([one.text for one in passages], "", SENTENCES_OF_SUMMARY)
    if not found:
        return f"It begins:\n“{plain_quote(passages[0].text, 800)}” {cite(passages[0]).markup}"
    lines = [
        f"“{' … '.join(one.text for one in group)}” {cite(passages[number]).markup}"
        for number, group in groupby(found, key=lambda one: one.passage)
    ]
    return "\n".join(["Sentences that say most of it:", *lines])


async def more(work: Work, request: Request) -> None:
    """Show those that were found and not shown yet."""
    found = work.findings.latest(request.narrowing.kinds)
    if found is None:
        work.say(WHICH)
        return
    shown = _shown(work)
    rest = [item for item in found.items if item.id not in shown and item.document_id not in shown]
    if not rest:
        work.say("That was all I found.")
        return
    work.keep(found.label, rest)
    work.say(listed(rest, len(found.items) - len(rest) + 1))


def _shown(work: Work) -> set[Any]:
    """What was cited in the conversation."""
    texts = [turn.content for turn in work.question.history if turn.role == "assistant"]
    return {parse_id(one.id) for text in texts for one in find_citations(text) if one.kind != "ref"}


async def refine(work: Work, request: Request) -> None:
    """Say which of what was found last are also so."""
    base = work.findings.latest(["image"], several=True) if by_colour(request) else None
    base = base or work.findings.latest(several=True)
    if base is None:
        work.say(WHICH)
        return
    if request.narrowing.newest_first is not None and base.items[0].kind != "chunk" and not request.subject:
        by_time = sorted(base.items, key=made_at, reverse=request.narrowing.newest_first)
        say_narrowed(work, request, base, by_time[: request.narrowing.limit or 1])
        return
    kind = "image" if base.items[0].kind not in ("document", "chunk", "link") else base.items[0].kind
    if kind != "image":
        await _refine_others(work, request, base)
        return
    await _refine_pictures(work, request, base)


async def _refine_others(work: Work, request: Request, base: ResultSet) -> None:
    """Words that narrow down what documents say are a question of their own; what is not words can't be one."""
    if request.subject and base.items[0].kind in ("document", "link"):
        await _refine_by_words(work, request, base)
        return
    words_only = replace(request.narrowing, color=None, look=None) == Narrowing()
    if request.reference is None and words_only and request.days is None:
        await ask(work, request.text, request.subject or request.text, work.earlier)
    else:
        work.say(f"I can narrow down pictures only; ask again with all you want, such as “{base.label} in 2024”.")


async def _refine_by_words(work: Work, request: Request, base: ResultSet) -> None:
    """Which of some documents or pages are about something."""
    if base.items[0].kind == "link":
        found = likely((await work.use("search_links", query=request.subject, limit=MOST_FOUND)).items)
    else:
        found = likely((await work.use("search_documents", base.items, query=request.subject, limit=MOST_FOUND)).items)
    hit = {file_of(one) for one in found}
    say_narrowed(work, request, base, [one for one in base.items if one.id in hit])


async def _refine_pictures(work: Work, request: Request, base: ResultSet) -> None:
    excluded = _excluded(request.subject)
    if excluded and not by_colour(request):
        without = await work.use("search_images", base.items, query=excluded, limit=MOST_FOUND)
        hit = {item.id for item in likely(without.items)}
        without_it = [item for item in base.items if item.id not in hit]
        say_narrowed(work, request, base, without_it, f" without {asked_for(excluded)}")
        return
    if by_colour(request) and _NEGATED.match(request.text):
        unwanted = await search(work, replace(request, subject=""), "image", base.items)
        hit = {item.id for item in unwanted.items}
        others = [item for item in base.items if item.id not in hit]
        say_narrowed(work, request, base, others, f" that are not{circumstances(request)}")
        return
    if request.subject or by_colour(request):
        outcome = await search(work, request, "image", base.items)
        items = likely_meant(request, outcome.items)
    else:
        within = {item.id for item in (await list_files(work, request, "image", MOST_FOUND)).items}
        items = [item for item in base.items if item.id in within]
    say_narrowed(work, request, base, items)


def _excluded(subject: str) -> str:
    for word in ("without ", "not ", "except ", "excluding ", "no "):
        if subject.lower().startswith(word):
            return subject[len(word) :]
    return ""


def say_narrowed(work: Work, request: Request, base: ResultSet, items: Sequence[Item], what: str = "") -> None:
    """Say which of those found before are left, `what` says that they are."""
    what = what or f"{f' for {asked_for(request.subject)}' if request.subject else ''}{circumstances(request)}"
    label = f"{base.label} {request.subject or circumstances(request).strip(' ,')}".strip()
    items, kind = items[: request.narrowing.limit], base.items[0].kind
    found = work.keep(label, items)
    if not items and base.total == 1:
        work.say(f"The one {noun(kind, 1)} does not fit{what}.")
    elif not items:
        work.say(f"None of the {base.total} {noun(kind, base.total)} fit{what}.")
    elif request.narrowing.look in EXTREMES:
        work.say(f"The {request.narrowing.look} of the {base.total}:\n{listed(items)}")
    else:
        work.say(f"[[ref:{found.key}]] of the {base.total}{what}:\n{listed(items)}")
