"""Narrowing what was found, for the embedded assistant: which of these are so, and how many."""

import re
from collections.abc import Sequence
from dataclasses import replace

from aionserver.domains.assistant.answering import ask
from aionserver.domains.assistant.finding import (
    MOST_FOUND,
    by_colour,
    called,
    circumstances,
    fits_formats,
    kinds_of,
    likely_meant,
    list_files,
    made_at,
    search,
)
from aionserver.domains.assistant.findings import file_of, likely
from aionserver.domains.assistant.pointing import WHICH
from aionserver.domains.assistant.qualifying import by_length
from aionserver.domains.assistant.schemas import ResultSet
from aionserver.domains.assistant.wording import asked_for, listed, noun, one_of_them
from aionserver.domains.assistant.work import Work, ids_of
from aionserver.infra.tools import Item
from aionserver.kit.colors import EXTREMES
from aionserver.kit.spoken.filters import Narrowing
from aionserver.kit.spoken.intents import Request
from aionserver.kit.spoken.qualities import Qualities

_NEGATED = re.compile(r"^\s*(?:and |but )?(?:without|not|except|excluding|no)\b", re.I)


async def refine(work: Work, request: Request) -> None:
    """Say which of what was found last are also so."""
    base = work.findings.latest(["image"], several=True) if by_colour(request) else None
    base = base or work.findings.latest(several=True)
    if base is None:
        work.say(WHICH)
        return
    await narrow_down(work, request, base)


async def narrow_down(work: Work, request: Request, base: ResultSet) -> None:
    """Say which of some things found are of the kinds and formats wanted, and fit what else is wanted of them.

    Where only their number is asked for, they are what is spoken of still.
    """
    kept = [one for one in base.items if _is_of_kind(request, one)]
    if kinds_of(request) and (not kept or _is_by_kind_alone(request)):
        say_narrowed(work, request, base, list({file_of(one): one for one in kept}.values()), by_kind=True)
        return
    if request.narrowing.qualities.longest_first is not None and not request.subject:
        await by_length(work, request, kept)
        return
    among = replace(base, items=tuple(kept))
    if request.narrowing.newest_first is not None and kept[0].kind != "chunk" and not request.subject:
        by_time = sorted(kept, key=made_at, reverse=request.narrowing.newest_first)
        say_narrowed(work, request, base, by_time[: request.narrowing.limit or 1])
    elif kept[0].kind in ("document", "chunk", "link"):
        await _refine_others(work, request, among)
    else:
        await _refine_pictures(work, request, among)


def _is_of_kind(request: Request, item: Item) -> bool:
    kinds, kind = kinds_of(request), "document" if item.kind == "chunk" else item.kind
    return (not kinds or kind in kinds) and fits_formats(item, request.narrowing.formats)


def _is_by_kind_alone(request: Request) -> bool:
    """Whether nothing is wanted of them but that they are of a kind or a format."""
    alone = replace(request.narrowing, kinds=(), formats=(), limit=None) == Narrowing()
    return alone and not request.subject and request.days is None


async def _refine_others(work: Work, request: Request, base: ResultSet) -> None:
    """Words that narrow down what documents say are a question of their own; what is not words can't be one."""
    is_of_files = base.items[0].kind in ("document", "link")
    if request.subject and is_of_files:
        await _refine_by_words(work, request, base)
    elif is_of_files and by_colour(request):
        work.say(f"By colour I can narrow down pictures only, and these are {noun(base.items[0].kind, 2)}.")
    elif is_of_files and (_is_within(request) or request.days):
        say_narrowed(work, request, base, await _listed_among(work, request, base))
    elif request.reference is None and request.days is None:
        await ask(work, request.text, request.subject or request.text, work.earlier)
    else:
        work.say(f"I can narrow down pictures only; ask again with all you want, such as “{base.label} in 2024”.")


def _is_within(request: Request) -> bool:
    return bool(request.narrowing.folder or request.narrowing.tags) or request.narrowing.qualities != Qualities()


async def _listed_among(work: Work, request: Request, base: ResultSet) -> list[Item]:
    """Those that lie in the folder, have the tag or are of the time that is wanted."""
    within = {item.id for item in (await list_files(work, request, None, MOST_FOUND, base.items)).items}
    return [item for item in base.items if item.id in within]


async def _refine_by_words(work: Work, request: Request, base: ResultSet) -> None:
    """Which of some documents or pages are about something."""
    if base.items[0].kind == "link":
        found = likely((await work.use("search_links", query=request.words, limit=MOST_FOUND)).items)
    else:
        found = likely((await work.use("search_documents", base.items, query=request.words, limit=MOST_FOUND)).items)
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
        items = await _listed_among(work, request, base)
    say_narrowed(work, request, base, items)


def _excluded(subject: str) -> str:
    for word in ("without ", "not ", "except ", "excluding ", "no "):
        if subject.lower().startswith(word):
            return subject[len(word) :]
    return ""


def say_narrowed(
    work: Work, request: Request, base: ResultSet, items: Sequence[Item], what: str = "", *, by_kind: bool = False
) -> None:
    """Say which of those found before are left, `what` says that they are; `by_kind`: of a kind or a format."""
    what = what or f"{f' for {asked_for(request.subject)}' if request.subject else ''}{circumstances(request)}"
    wanted, single = (called(request, (*kinds_of(request), "file")[0], count) if by_kind else "" for count in (2, 1))
    single = one_of_them(single)
    label = f"{base.label} {wanted or request.subject or circumstances(request).strip(' ,')}".strip()
    items, kind = items[: request.narrowing.limit], _kind_of(base.items)
    is_counted = request.intent == "count"
    amount = f"{len(items):,}" if is_counted else f"[[ref:{work.keep(label, items).key}]]"
    total, all_of_them = _total(base)
    if not items and total == 1:
        work.say(f"The one {noun(kind, 1)} {f'is not {single}' if by_kind else 'does not fit'}{what}.")
    elif not items:
        work.say(f"None of {all_of_them} {noun(kind, total)} {f'are {wanted}' if by_kind else 'fit'}{what}.")
    elif request.narrowing.look in EXTREMES:
        work.say(f"The {request.narrowing.look} of {all_of_them}:\n{listed(items)}")
    else:
        are = f" {f'is {single}' if len(items) == 1 else f'are {wanted}'}" if by_kind else ""
        work.say(f"{amount} of {all_of_them}{are}{what}:\n{listed(items)}")


def _kind_of(items: Sequence[Item]) -> str:
    return items[0].kind if len({one.kind for one in items}) == 1 else "file"


def _total(base: ResultSet) -> tuple[int, str]:
    """How many files were found, and they in words: of more than are kept the first are looked through."""
    known = len(ids_of(base.items))
    if base.items[0].kind == "chunk":
        return known, f"the {known}"
    return base.total, f"the {base.total:,}" if base.total <= known else f"the first {known:,} of {base.total:,}"
