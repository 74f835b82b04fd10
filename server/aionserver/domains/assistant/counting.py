"""The library in figures, for the embedded assistant: how many, in which groups, and all in all."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aionserver.domains.assistant.answering import ask
from aionserver.domains.assistant.finding import (
    MOST_FOUND,
    by_colour,
    called,
    circumstances,
    find_passages,
    fits_formats,
    kinds_of,
    likely_meant,
    part_of_library,
    search,
)
from aionserver.domains.assistant.findings import file_of
from aionserver.domains.assistant.narrowing import narrow_down
from aionserver.domains.assistant.schemas import ResultSet
from aionserver.domains.assistant.wording import asked_for, counted, groups, listed, noun, size_in_words
from aionserver.domains.assistant.work import Work, ids_of
from aionserver.infra.tools import Item
from aionserver.kit.dates import spoken_span
from aionserver.kit.quoting import plain_quote
from aionserver.kit.spoken.filters import Kind, Narrowing
from aionserver.kit.spoken.intents import Request
from aionserver.kit.words import listed as joined

UNDATED = "the day is not known; what counts is when it was added."
_BARE = re.compile(
    r"^\s*(?:and )?how many(?: (?:is|are) (?:that|there|those|these|they|them))?(?: in (?:total|all))?[\s?.!]*$", re.I
)


async def count(work: Work, request: Request) -> None:
    """Say how many there are."""
    is_of_found = request.reference is not None or _BARE.match(request.text) is not None
    if is_of_found and work.findings.is_nothing_left:
        work.say("None: your last request left nothing.")
        return
    found = _counted_among(work, request) if is_of_found else None
    if found is not None:
        await _count_of(work, request, found)
        return
    await work.think("counting", "Counting", "analytics")
    if request.narrowing.formats and not request.subject and not by_colour(request):
        await _count_formats(work, request)
        return
    for kind in kinds_of(request) or (("image",) if by_colour(request) else (None,)):
        if request.subject or by_colour(request):
            await _count_found(work, request, kind or "image")
        else:
            await _count_files(work, request, kind)


def _counted_among(work: Work, request: Request) -> ResultSet | None:
    """What was found that "these" are."""
    kinds = () if request.narrowing.formats else request.narrowing.kinds
    return work.findings.latest(kinds) or work.findings.latest()


async def _count_of(work: Work, request: Request, found: ResultSet) -> None:
    """How many of those found there are, or fit what is wanted of them."""
    kinds = {"document" if one.kind == "chunk" else one.kind for one in found.items}
    is_narrower = bool(request.subject or request.days) or not kinds <= {*request.narrowing.kinds}
    narrowing = replace(request.narrowing, kinds=request.narrowing.kinds if is_narrower else ())
    if narrowing != Narrowing() or request.subject or request.days:
        await narrow_down(work, request, found)
    elif found.items[0].kind == "chunk":
        told = f"{counted(found.total, 'passage')} of {counted(len(ids_of(found.items)), 'document')}"
        work.say(f"{told}: what I found for {asked_for(found.label)}.")
    else:
        work.say(f"{found.total:,}: what I found for {asked_for(found.label)}.")


async def _count_files(work: Work, request: Request, kind: Kind | None) -> None:
    outcome = await work.use("count_files", kind=kind, **part_of_library(request))
    total = outcome.total or 0
    verb = "is" if total == 1 else "are"
    work.say(f"There {verb} {counted(total, kind or 'file')}{circumstances(request)} in your library.")


async def _count_formats(work: Work, request: Request) -> None:
    named = request.narrowing.formats
    outcome = await work.use("count_files", group_by="format", **part_of_library(request))
    found: dict[str, int] = outcome.facts["groups"]
    totals = [sum(number for name, number in found.items() if name.lower() in one.formats) for one in named]
    told = [f"{total:,} {one.one if total == 1 else one.many}" for one, total in zip(named, totals, strict=True)]
    verb = "is" if totals[0] == 1 else "are"
    work.say(f"There {verb} {joined(told)}{circumstances(request)} in your library.")


async def _count_found(work: Work, request: Request, kind: Kind) -> None:
    """What is looked for by meaning is counted by search; a tag of that name is counted exactly."""
    if kind == "video":
        work.say(f"I can't count {noun(kind, 2)} by what is in them; ask me to find them.")
        return
    items, is_cut = await _found(work, request, kind)
    what = f" for {asked_for(request.subject)}" if request.subject else ""
    if not items and not kinds_of(request):
        await ask(work, request.text, request.subject)
        return
    if not items:
        work.keep(request.subject, [])
        work.say(f"I found no {called(request, kind, 2)}{what}{circumstances(request)}.")
        return
    found = work.keep(request.subject or circumstances(request).strip(), items)
    exact = await _tagged(work, request, kind)
    counted_ones = f"{called(request, kind, len(items))}{what}{circumstances(request)}"
    head = f"{'At least ' if is_cut else ''}[[ref:{found.key}]] {counted_ones}, by what I can tell."
    work.say(f"{head}{exact} The likeliest:\n{listed(items[:3])}")


async def _found(work: Work, request: Request, kind: Kind) -> tuple[list[Item], bool]:
    """What is found of a kind, each file once, and whether there may be more."""
    if kind == "document":
        passages = await find_passages(work, request, MOST_FOUND)
        return list({file_of(one): one for one in reversed(passages)}.values())[::-1], len(passages) >= MOST_FOUND
    outcome = await search(work, _with_limit(request), kind)
    items = [one for one in likely_meant(request, outcome.items) if fits_formats(one, request.narrowing.formats)]
    return items, len(outcome.items) >= MOST_FOUND


def _with_limit(request: Request) -> Request:
    return replace(request, narrowing=replace(request.narrowing, limit=MOST_FOUND))


async def _tagged(work: Work, request: Request, kind: Kind) -> str:
    if not request.subject or " " in request.subject:
        return ""
    part: dict[str, Any] = {**part_of_library(request), "tag": request.subject.lower()}
    outcome = await work.use("count_files", kind=kind, **part)
    return f" {outcome.total} of all have the tag {asked_for(request.subject.lower())}." if outcome.total else ""


async def group(work: Work, request: Request) -> None:
    """Say how many there are in each group."""
    kinds = request.narrowing.kinds
    by = request.group_by or "kind"
    outcome = await work.use("count_files", kind=kinds[0] if kinds else None, group_by=by, **part_of_library(request))
    found: dict[str, int] = outcome.facts["groups"]
    if not found:
        work.say(f"Of no {noun(kinds[0] if kinds else 'file', 1)}{circumstances(request)} is the {by} known.")
        return
    kind, total = kinds[0] if kinds else "file", outcome.total or 0
    known = min(total, sum(found.values())) if by == "camera" else total
    head = counted(total, kind) if known == total else f"{known:,} of {counted(total, kind)}"
    undated = outcome.facts.get("undated") if by in ("year", "month") else None
    note = f"\nOf {counted(undated, kind)} {UNDATED}" if undated else ""
    work.say(f"{head}{circumstances(request)}, by {by}:\n{groups(found, kind)}{note}")


async def overview(work: Work, _: Request) -> None:
    """Say what the library holds."""
    await work.think("counting", "Looking through the library", "analytics")
    outcome = await work.use("library_overview")
    facts = outcome.facts
    if not outcome.total:
        work.say("Your library is empty: upload pictures or documents, or bookmark pages, and ask again.")
        return
    kinds = joined([counted(number, kind) for kind, number in facts["kinds"].items()])
    work.say(f"Your library holds {kinds}, {size_in_words(facts['size_bytes'])} in all.")
    work.say(_times(facts))
    if facts["tags"]:
        tags = [f"{plain_quote(name, 50)} ({number})" for name, number in list(facts["tags"].items())[:10]]
        work.say(f"The commonest tags: {', '.join(tags)}.")
    waiting = facts["waiting"]
    verb = "waits" if waiting == 1 else "wait"
    told = [f"There {'is' if facts['folders'] == 1 else 'are'} {counted(facts['folders'], 'folder')}."]
    told += [f"{counted(waiting, 'file')} still {verb} to be processed."] if waiting else []
    work.say(" ".join(told).replace("are 0 folders", "are no folders"))


def _times(facts: Mapping[str, Any]) -> str:
    """When files were made, where that is known, and when they were added."""
    added = f"All were added {spoken_span(facts['added_first'], facts['added_last'])}."
    if not facts["dated"]:
        return added
    were = "it was" if facts["dated"] == 1 else "they were"
    made = f"Of {counted(facts['dated'], 'file')} it is known when {were} made"
    return f"{made}: {spoken_span(facts['first'], facts['last'])}. {added}"


async def folders(work: Work, _: Request) -> None:
    """List the folders."""
    outcome = await work.use("list_folders")
    lines = [
        f"{'  ' * item.details['depth']}- {plain_quote(item.name, 100)} ({item.details['file_count']})"
        for item in outcome.items
    ]
    work.say(
        "\n".join(["Your folders, each with how many files lie in it:", *lines]) if lines else "There are no folders."
    )
