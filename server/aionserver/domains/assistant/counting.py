"""The library in figures, for the embedded assistant: how many, in which groups, and all in all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aionserver.domains.assistant.answering import ask
from aionserver.domains.assistant.finding import (
    MOST_FOUND,
    by_colour,
    circumstances,
    likely_meant,
    part_of_library,
    search,
)
from aionserver.domains.assistant.wording import asked_for, counted, groups, listed, noun
from aionserver.domains.assistant.work import Work
from aionserver.kit.dates import spoken_span
from aionserver.kit.quoting import plain_quote
from aionserver.kit.spoken.filters import Kind
from aionserver.kit.spoken.formats import NamedFormat, formats_named
from aionserver.kit.spoken.intents import Request
from aionserver.kit.words import listed as joined

LARGE = 1024
UNDATED = "the day is not known; what counts is when it was added."
_BARE = re.compile(r"^\s*(?:and )?how many[\s?.!]*$", re.I)


async def count(work: Work, request: Request) -> None:
    """Say how many there are."""
    is_of_found = request.reference is not None or _BARE.match(request.text) is not None
    if is_of_found and work.findings.is_nothing_left:
        work.say("None: your last request left nothing.")
        return
    found = work.findings.latest(request.narrowing.kinds) if is_of_found else None
    if found is not None:
        work.say(f"{found.total:,}: what I found for {asked_for(found.label)}.")
        return
    await work.think("counting", "Counting", "analytics")
    named = () if by_colour(request) else formats_named(request.subject)
    if named:
        await _count_formats(work, request, named)
        return
    for kind in request.narrowing.kinds or (("image",) if by_colour(request) else (None,)):
        if request.subject or by_colour(request):
            await _count_found(work, request, kind or "image")
        else:
            await _count_files(work, request, kind)


async def _count_files(work: Work, request: Request, kind: Kind | None) -> None:
    outcome = await work.use("count_files", kind=kind, **part_of_library(request))
    total = outcome.total or 0
    verb = "is" if total == 1 else "are"
    work.say(f"There {verb} {counted(total, kind or 'file')}{circumstances(request)} in your library.")


async def _count_formats(work: Work, request: Request, named: Sequence[NamedFormat]) -> None:
    outcome = await work.use("count_files", group_by="format", **part_of_library(request))
    found: dict[str, int] = outcome.facts["groups"]
    totals = [sum(number for name, number in found.items() if name.lower() in one.formats) for one in named]
    told = [f"{total:,} {one.one if total == 1 else one.many}" for one, total in zip(named, totals, strict=True)]
    verb = "is" if totals[0] == 1 else "are"
    work.say(f"There {verb} {joined(told)}{circumstances(request)} in your library.")


async def _count_found(work: Work, request: Request, kind: Kind) -> None:
    """What is looked for by meaning is counted by search; a tag of that name is counted exactly."""
    if kind in ("document", "video"):
        work.say(f"I can't count {noun(kind, 2)} by what is in them; ask me to find them.")
        return
    outcome = await search(work, _with_limit(request), kind)
    items = likely_meant(request, outcome.items)
    what = f" for {asked_for(request.subject)}" if request.subject else ""
    if not items and not request.narrowing.kinds:
        await ask(work, request.text, request.subject)
        return
    if not items:
        work.keep(request.subject, [])
        work.say(f"I found no {noun(kind, 2)}{what}{circumstances(request)}.")
        return
    found = work.keep(request.subject or circumstances(request).strip(), items)
    least = "At least " if len(outcome.items) >= MOST_FOUND else ""
    exact = await _tagged(work, request, kind)
    head = f"{least}[[ref:{found.key}]] {noun(kind, len(items))}{what}{circumstances(request)}, by what I can tell."
    work.say(f"{head}{exact} The likeliest:\n{listed(items[:3])}")


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
    work.say(f"Your library holds {kinds}, {_size(facts['size_bytes'])} in all.")
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


def _size(size_bytes: int) -> str:
    size, units = float(size_bytes), ["bytes", "KiB", "MiB", "GiB", "TiB"]
    while size >= LARGE and len(units) > 1:
        size, units = size / LARGE, units[1:]
    return f"{size:.0f} {units[0]}" if units[0] == "bytes" else f"{size:.1f} {units[0]}"


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
