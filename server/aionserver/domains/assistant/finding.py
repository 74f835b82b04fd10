"""Finding for the embedded assistant: pictures, documents, pages and videos, by what they are and what narrows it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aionserver.domains.assistant.answering import answer_from_documents
from aionserver.domains.assistant.findings import likely
from aionserver.domains.assistant.wording import MOST_LISTED, asked_for, counted, listed, noun
from aionserver.domains.assistant.work import Work
from aionserver.infra.tools import Item, Outcome
from aionserver.kit.colors import LookName
from aionserver.kit.spoken.filters import Kind
from aionserver.kit.spoken.intents import Request
from aionserver.kit.words import listed as joined

# What is changed has to be meant more surely than what is shown.
SURE = 0.6
MOST_UNSURE = 3
MOST_FOUND = 100
USUAL = 50
EVERY_KIND: tuple[Kind, ...] = ("document", "link", "image")
LOOKS: Mapping[LookName, str] = {
    "dark": " in dark tones",
    "bright": " in bright tones",
    "vivid": " in vivid colours",
    "muted": " in muted colours",
    "warm": " in warm colours",
    "cool": " in cool colours",
    "black and white": " in black and white",
    "darkest": ", the darkest first",
    "brightest": ", the brightest first",
    "most vivid": ", the most vivid first",
}
PLACES = "I know of a place only its coordinates, as the camera wrote them down, not its name."
_PLACE = re.compile(r"\b(?:taken|shot|made|photographed) (?:in|at|near|around) \w", re.I)
MORE = "Ask for more to see the rest."


async def find(work: Work, request: Request) -> None:
    """Say what is found of each kind of thing that is asked for."""
    kinds = request.narrowing.kinds or (EVERY_KIND if request.subject else ("image",) if by_colour(request) else ())
    if not kinds:
        await _list(work, request, None)
        return
    found, before = 0, len(work.parts)
    for kind in kinds:
        found += await _find_kind(work, request, kind, quiet=not request.narrowing.kinds)
    if not found and not request.narrowing.kinds and len(work.parts) == before:
        work.say(f"I found nothing about {asked_for(request.subject)}{circumstances(request)}.")


async def _find_kind(work: Work, request: Request, kind: Kind, *, quiet: bool) -> int:
    if kind == "document" and request.subject and request.days is None:
        return await _find_documents(work, request, quiet=quiet)
    if kind == "video" and request.subject:
        return await _find_videos(work, request)
    if not needs_search(request):
        return await _list(work, request, kind)
    outcome = await search(work, request, kind)
    return say_found(work, request, kind, outcome.items, quiet=quiet)


def needs_search(request: Request) -> bool:
    """Whether more than a list is asked for."""
    return bool(request.subject or by_colour(request) or len(request.narrowing.tags) > 1)


def by_colour(request: Request) -> bool:
    """Whether pictures are wanted by a colour, or by how they look as a whole."""
    return bool(request.narrowing.color or request.narrowing.look)


def part_of_library(request: Request) -> dict[str, Any]:
    """What a request was narrowed to, as arguments of tools that list and count."""
    narrowing = request.narrowing
    return {"tag": narrowing.tags[0] if narrowing.tags else None, "folder": narrowing.folder, **_days(request)}


def _days(request: Request) -> dict[str, Any]:
    days = request.days
    return {
        "taken_after": days.first.isoformat() if days and days.first else None,
        "taken_before": days.last.isoformat() if days and days.last else None,
    }


async def search(work: Work, request: Request, kind: Kind, among: Sequence[Item] | None = None) -> Outcome:
    """What is found of a kind, best first, or by time where that is asked for."""
    narrowing, limit = request.narrowing, request.narrowing.limit or USUAL
    query = request.subject or ("" if by_colour(request) else " ".join(narrowing.tags))
    looked_for = query or f"{noun(kind, 2)}{circumstances(request)}"
    await work.think("searching", f"Looking for {noun(kind, 2)}: {looked_for}", f"{kind}_search")
    if kind == "link":
        return await work.use("search_links", query=query, limit=limit)
    most = MOST_FOUND if narrowing.newest_first is not None else limit
    outcome = await work.use(
        "search_images",
        among,
        query=query,
        limit=most,
        folder=narrowing.folder,
        tags=list(narrowing.tags) or None,
        color=narrowing.color,
        look=narrowing.look,
        **_days(request),
    )
    if narrowing.newest_first is None:
        return outcome
    by_time = sorted(likely(outcome.items), key=made_at, reverse=narrowing.newest_first)
    return replace(outcome, items=tuple(by_time[:limit]))


def made_at(item: Item) -> str:
    """When it was made, as text that sorts by time."""
    return str(item.details.get("made_at") or "")


def certain(items: Sequence[Item]) -> list[Item]:
    """Those that may be changed without another look: surely what was looked for."""
    return [item for item in items if item.score is None or item.score >= SURE]


def likely_meant(request: Request, items: Sequence[Item]) -> list[Item]:
    """Those that are likely; all, whatever their scores, where they were only narrowed, by what is known of them."""
    return likely(items) if request.subject else list(items)


def say_found(work: Work, request: Request, kind: Kind, items: Sequence[Item], *, quiet: bool = False) -> int:
    """Say what was found, most likely first; how many there are."""
    sure = likely_meant(request, items)
    what = f" for {asked_for(request.subject)}" if request.subject else ""
    if sure:
        found = work.keep(request.subject or circumstances(request).strip() or noun(kind, 2), sure)
        rest = f"\n{MORE}" if len(sure) > MOST_LISTED else ""
        head = f"I found [[ref:{found.key}]] {noun(kind, len(sure))}{what}{circumstances(request)}"
        work.say(f"{head}:\n{listed(sure)}{rest}")
        return len(sure)
    if quiet and not (items and kind == "image"):
        return 0
    if items:
        unsure = list(items[:MOST_UNSURE])
        work.keep(request.subject, unsure)
        work.say(f"I am not sure of any {noun(kind, 1)}{what}{circumstances(request)}. The nearest:\n{listed(unsure)}")
        return len(unsure)
    work.keep(request.subject, [])  # "these" are none from here on
    unknown = f" {PLACES}" if kind == "image" and _PLACE.search(request.text) else ""
    work.say(f"I found no {noun(kind, 2)}{what}{circumstances(request)}.{unknown}")
    return 0


async def _list(work: Work, request: Request, kind: Kind | None) -> int:
    """Files by time, within what the request was narrowed to."""
    narrowing = request.narrowing
    outcome = await list_files(work, request, kind, narrowing.limit or 20)
    total = outcome.total or 0
    if not outcome.items:
        work.say(f"There are no {noun(kind or 'file', 2)}{circumstances(request)} in your library.")
        return 0
    shown = min(len(outcome.items), MOST_LISTED)
    order = "oldest" if narrowing.newest_first is False else "newest"
    items = outcome.items[: narrowing.limit] if narrowing.limit else outcome.items
    found = work.keep(circumstances(request).strip() or noun(kind or "file", 2), items, total)
    head = f"There are [[ref:{found.key}]] {noun(kind or 'file', total)}{circumstances(request)}"
    head = head.replace("There are", "There is", 1) if total == 1 else head
    work.say(f"{head}{f'; the {order} {shown}' if total > shown else ''}:\n{listed(items)}")
    return total


async def list_files(work: Work, request: Request, kind: Kind | None, limit: int) -> Outcome:
    """The files that a request is narrowed to, by time."""
    newest_first = request.narrowing.newest_first is not False
    return await work.use("list_files", kind=kind, newest_first=newest_first, limit=limit, **part_of_library(request))


async def _find_documents(work: Work, request: Request, *, quiet: bool) -> int:
    tags = list(request.narrowing.tags) or None
    narrowed = {"folder": request.narrowing.folder, "tags": tags}
    return await answer_from_documents(work, request.text, request.subject, narrowed=narrowed, quiet=quiet)


async def _find_videos(work: Work, request: Request) -> int:
    total = (await work.use("count_files", kind="video")).total or 0
    if total:
        work.say(f"There are {counted(total, 'video')}, but I can't search them by what they show.")
    else:
        work.say(f"I found no videos for {asked_for(request.subject)}: there are none in your library.")
    return total


def circumstances(request: Request) -> str:
    """What the request was narrowed to, in words that follow a noun."""
    narrowing = request.narrowing
    return "".join(
        (
            f" tagged {joined([asked_for(tag) for tag in narrowing.tags])}" if narrowing.tags else "",
            f" in {joined(narrowing.color.split(', '))}" if narrowing.color else "",
            LOOKS[narrowing.look] if narrowing.look else "",
            f" in the folder {asked_for(narrowing.folder)}" if narrowing.folder else "",
            f" {request.days.words}" if request.days else "",
        )
    )
