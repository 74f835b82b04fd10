"""Comparing, for the embedded assistant: what files have in common, and in what they differ."""

import asyncio
from collections.abc import Sequence

from aionserver.domains.assistant.answering import has_word
from aionserver.domains.assistant.finding import MOST_FOUND
from aionserver.domains.assistant.findings import cite, file_of, likely
from aionserver.domains.assistant.looking import MOST_PASSAGES_READ
from aionserver.domains.assistant.pointing import named, pointed_at, targets
from aionserver.domains.assistant.wording import counted, line
from aionserver.domains.assistant.work import Work, ids_of
from aionserver.infra.tools import Item, Outcome
from aionserver.kit.key_terms import key_terms
from aionserver.kit.quoting import plain_quote
from aionserver.kit.side_by_side import Said, SideBySide, side_by_side
from aionserver.kit.spoken.intents import Request, compared
from aionserver.kit.words import content_stems
from aionserver.kit.words import listed as joined

MOST_COMPARED = 6
MOST_TERMS = 12
MOST_OWN = 6
MOST_PAIRS = 6
TWO = 2
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


async def compare(work: Work, request: Request) -> None:
    """Say what some files have in common, and in what they differ; of two documents, what both say of the same."""
    items = (await _both(work, request) or await targets(work, request))[:MOST_COMPARED]
    if not items:
        return
    if len(ids_of(items)) < 2:
        work.say("To compare, I need two files or more; I know of one only.")
        return
    outcome = await work.use("compare_files", files=ids_of(items))
    work.keep("compared", outcome.items)
    documents = [item for item in outcome.items if item.kind == "document"]
    told = await _documents(work, documents) if len(documents) == len(outcome.items) else []
    work.say("\n".join([*_particulars(outcome), *told]))


def _particulars(outcome: Outcome) -> list[str]:
    """The files, each in a line, the tags that they share and those of their own, and in what else they differ."""
    shared, own = outcome.facts["shared_tags"], outcome.facts["own_tags"]
    lines = [f"- {line(item)}{_only(own.get(str(item.id), []))}" for item in outcome.items]
    dated = all(item.details.get("is_dated") for item in outcome.items)
    parts = list(dict.fromkeys(PARTS[name] for name in outcome.facts["differing"] if dated or name != "made_at"))
    if shared:
        lines.append(f"In common: {plain_quote(', '.join(shared))}.")
    elif any(own.values()):
        lines.append("They share no tags.")
    return [*lines, *([f"They differ in {joined(parts)}."] if parts else [])]


async def _documents(work: Work, documents: Sequence[Item]) -> list[str]:
    """What two documents say of the same, side by side, and what only one speaks of; of more, their words."""
    read = [(await work.use("read_document", file=str(one.id), limit=MOST_PASSAGES_READ)).items for one in documents]
    texts = [[one.text for one in passages] for passages in read]
    told = list[str]()
    if len(documents) == TWO:
        found = await asyncio.to_thread(side_by_side, texts[0], texts[1], MOST_PAIRS)
        told = _side_by_side(read[0], read[1], found)
        work.keep("side by side", [item for passages in read for item in passages])
    return [*told, *_terms(documents, texts)]


def _side_by_side(first: Sequence[Item], second: Sequence[Item], found: SideBySide) -> list[str]:
    lines = ["Side by side:"] if found.pairs else []
    lines += [
        f"{number}. {_quote(one, first)}\n   {_quote(other, second)}"
        for number, (one, other) in enumerate(found.pairs, 1)
    ]
    if found.shared:
        lines.append(f"{counted(found.shared, 'sentence')} {'stands' if found.shared == 1 else 'stand'} in both alike.")
    for passages, only in ((first, found.only_first), (second, found.only_second)):
        named = joined([f"“{one.text}”" for one in only])
        lines += [f"Only {cite(passages[only[0].passage]).markup} has a part on {named}."] if only else []
    return lines


def _quote(said: Said, passages: Sequence[Item]) -> str:
    return f"“{said.text}” {cite(passages[said.passage]).markup}"


def _terms(documents: Sequence[Item], texts: Sequence[Sequence[str]]) -> list[str]:
    """The words that documents share, and those that tell each from the others."""
    terms = key_terms(["\n".join(passages) for passages in texts], MOST_TERMS)
    both = [one.name for one in terms[0] if one.texts == len(documents)] if terms else []
    lines = [f"All speak of {plain_quote(joined(both[:4]), 200)}."] if both else []
    for document, mine in zip(documents, terms, strict=True):
        own = [one.name for one in mine if one.texts == 1][:MOST_OWN]
        lines += [f"Only {cite(document).markup} speaks of {plain_quote(joined(own), 300)}."] if own else []
    return lines


async def _both(work: Work, request: Request) -> list[Item]:
    """The likeliest of each of two things that are named, as in "compare the cat with the dog".

    One that is named may stand beside one that is pointed at; names come before what was found earlier.
    """
    if len(request.files) > 1:
        return []
    sides = compared(request.words)
    if request.reference is not None and len(sides) < TWO:
        return await _with_named(work, request, sides)
    is_by_name = request.reference is not None
    found = list[Item]()
    for name in sides:
        called = await named(work, [name]) if name in request.files else await _document_called(work, name, found)
        pictures = () if called or is_by_name else (await work.use("search_images", query=name, limit=1)).items
        found += called or likely(pictures)
    return [] if is_by_name and len(found) < TWO else found


async def _with_named(work: Work, request: Request, sides: Sequence[str]) -> list[Item]:
    """What is pointed at, beside what is named: "compare it with the office lease"."""
    pointed = pointed_at(work, request)
    names = sides or ([request.words] if request.words else [])
    called = [one for name in names for one in await _document_called(work, name, pointed)]
    return [*pointed[:1], *called] if pointed and called else []


async def _document_called(work: Work, name: str, beside: Sequence[Item]) -> list[Item]:
    """The newest document that has all words of a name, or the last of them, and is not among the others."""
    words = content_stems(name)
    files = (await work.use("list_files", kind="document", limit=MOST_FOUND)).items
    others = [one for one in files if one.id not in {file_of(other) for other in beside}]
    whole = [one for one in others if words and all(has_word(one, word) for word in words)]
    exact = [one for one in whole if all(has_word(one, word, is_exact=True) for word in words)]
    return (exact or whole)[:1] or [one for one in others if words and has_word(one, words[-1])][:1]


def _only(tags: Sequence[str]) -> str:
    return f" Only here: {plain_quote(', '.join(tags[:8]))}." if tags else ""
