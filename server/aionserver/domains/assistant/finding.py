"""Finding for the embedded assistant: pictures, documents, pages and videos, by what they are and what narrows it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from aionserver.domains.assistant.answering import answer_from_documents, has_word, less_sure
from aionserver.domains.assistant.findings import likely, surely
from aionserver.domains.assistant.wording import MOST_LISTED, asked_for, counted, listed, noun
from aionserver.domains.assistant.work import Work
from aionserver.infra.tools import Item, Outcome
from aionserver.kit.colors import LookName
from aionserver.kit.receipts import read_receipt
from aionserver.kit.spoken.filters import Kind
from aionserver.kit.spoken.foreign_words import Language
from aionserver.kit.spoken.formats import NamedFormat
from aionserver.kit.spoken.intents import Request
from aionserver.kit.spoken.times import Days
from aionserver.kit.words import content_stems
from aionserver.kit.words import listed as joined

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
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
# What is possible, in the language of a request of which nothing was found.
BY_LANGUAGE: Mapping[Language, str] = {
    "en": "",
    "de": "Was Bilder zeigen, finde ich nur zu wenigen deutschen Wörtern, sonst auf Englisch, wie „photos of herons“. "
    "Namen von Dateien, Text in Bildern und Wörter aus Dokumenten finde ich in jeder Sprache.",
    "fr": "Ce que montrent les images, je ne le trouve qu’avec quelques mots français, sinon en anglais, comme "
    "« photos of herons ». Les noms de fichiers, le texte dans les images et les mots des documents, je les trouve "
    "dans toutes les langues.",
    "es": "Lo que muestran las imágenes solo lo encuentro con pocas palabras españolas; si no, en inglés, como "
    "«photos of herons». Los nombres de archivos, el texto en las imágenes y las palabras de los documentos los "
    "encuentro en cualquier idioma.",
}
MORE = "Ask for more to see the rest."


async def find(work: Work, request: Request) -> None:
    """Say what is found of each kind of thing that is asked for."""
    kinds = kinds_of(request) or (EVERY_KIND if request.subject else ("image",) if by_colour(request) else ())
    if not kinds:
        await _list(work, request, None)
        return
    found, before = 0, len(work.parts)
    for kind in kinds:
        found += await _find_kind(work, request, kind, quiet=not kinds_of(request))
    if not found and not kinds_of(request) and len(work.parts) == before:
        work.say(f"I found nothing about {asked_for(request.words)}{circumstances(request)}.")
    if not found and request.own:
        work.say(BY_LANGUAGE[request.language])


async def _find_kind(work: Work, request: Request, kind: Kind, *, quiet: bool) -> int:
    if kind == "document" and request.subject:
        return await _find_documents(work, request, quiet=quiet)
    if kind == "video" and request.subject:
        return await _find_videos(work, request)
    if not needs_search(request):
        return await _list(work, request, kind)
    outcome = await search(work, request, kind)
    if request.own and kind == "image" and not likely(outcome.items):
        outcome = await search(work, replace(request, subject=request.own), kind)  # as names and texts in them have it
    items = [one for one in outcome.items if fits_formats(one, request.narrowing.formats)]
    return say_found(work, request, kind, items, quiet=quiet)


def needs_search(request: Request) -> bool:
    """Whether more than a list is asked for."""
    return bool(request.subject or by_colour(request) or len(request.narrowing.tags) > 1)


def by_colour(request: Request) -> bool:
    """Whether pictures are wanted by a colour, or by how they look as a whole."""
    return bool(request.narrowing.color or request.narrowing.look)


def part_of_library(request: Request) -> dict[str, Any]:
    """What a request was narrowed to, as arguments of tools that list and count."""
    narrowing = request.narrowing
    tag = narrowing.tags[0] if narrowing.tags else None
    part = {"tag": tag, "folder": narrowing.folder, "types": types_of(request), **_days(request)}
    return part | {"language": narrowing.qualities.language, "failed": narrowing.qualities.is_unread or None}


def types_of(request: Request) -> list[str] | None:
    """The formats that are wanted, as tools take them; None where all will do."""
    return sorted(frozenset[str]().union(*(one.formats for one in request.narrowing.formats))) or None


def kinds_of(request: Request) -> tuple[Kind, ...]:
    """The kinds of things that are wanted: those named, or those that have the formats named."""
    narrowing = request.narrowing
    if narrowing.formats:
        return tuple(dict.fromkeys(one.kind for one in narrowing.formats))
    is_of_documents = narrowing.qualities.language or narrowing.qualities.longest_first is not None
    return ("document",) if is_of_documents else narrowing.kinds


def fits_formats(item: Item, formats: Sequence[NamedFormat]) -> bool:
    """Whether a thing is of one of the formats, where some are given."""
    own = str(item.details.get("format", "")).lower()
    return not formats or any(own in one.formats for one in formats)


def called(request: Request, kind: str, count: int) -> str:
    """What so many of the things wanted are called: "PDFs", or as their kind is."""
    formats = request.narrowing.formats
    names = [one.one if count == 1 else one.many for one in formats]
    return " or ".join(names) if names else noun(kind, count)


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
        return await work.use("search_links", query=request.words or query, limit=limit)
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


def likely_meant(request: Request, items: Sequence[Item]) -> list[Item]:
    """Those that are likely; all, whatever their scores, where they were only narrowed, by what is known of them."""
    return likely(items) if request.subject else list(items)


def say_found(work: Work, request: Request, kind: Kind, items: Sequence[Item], *, quiet: bool = False) -> int:
    """Say what was found, most likely first; how many there are."""
    sure, unsure = surely(request.text, likely_meant(request, items))
    what = f" for {asked_for(request.words)}" if request.subject else ""
    if sure:
        doubt = less_sure(work, request.subject, unsure)
        found = work.keep(request.subject or circumstances(request).strip() or noun(kind, 2), sure)
        rest = f"\n{MORE}" if len(sure) > MOST_LISTED else ""
        head = f"I found [[ref:{found.key}]] {called(request, kind, len(sure))}{what}{circumstances(request)}"
        work.say(f"{head}:\n{listed(sure)}{rest}{doubt}")
        return len(sure)
    if quiet and not (items and kind == "image"):
        return 0
    if items:
        unsure = (unsure or list(items))[:MOST_UNSURE]
        work.keep(request.subject, unsure)
        doubt = f"I am not sure of any {called(request, kind, 1)}{what}{circumstances(request)}. The nearest:"
        work.say(f"{doubt}\n{listed(unsure)}")
        return len(unsure)
    work.keep(request.subject, [])  # "these" are none from here on
    unknown = f" {PLACES}" if kind == "image" and _PLACE.search(request.text) else ""
    work.say(f"I found no {called(request, kind, 2)}{what}{circumstances(request)}.{unknown}")
    return 0


async def _list(work: Work, request: Request, kind: Kind | None) -> int:
    """Files by time, within what the request was narrowed to."""
    narrowing = request.narrowing
    outcome = await list_files(work, request, kind, narrowing.limit or USUAL)
    total, what = outcome.total or 0, called(request, kind or "file", outcome.total or 0)
    if not outcome.items:
        work.keep(what, [])
        work.say(f"There are no {what}{circumstances(request)} in your library.")
        return 0
    shown = min(len(outcome.items), MOST_LISTED)
    order = "oldest" if narrowing.newest_first is False else "newest"
    items = outcome.items[: narrowing.limit] if narrowing.limit else outcome.items
    found = work.keep(circumstances(request).strip() or what, items, total)
    head = f"There {'is' if total == 1 else 'are'} [[ref:{found.key}]] {what}{circumstances(request)}"
    work.say(f"{head}{f'; the {order} {shown}' if total > shown else ''}:\n{listed(items)}")
    return total


async def list_files(
    work: Work, request: Request, kind: Kind | None, limit: int, among: Sequence[Item] | None = None
) -> Outcome:
    """The files that a request is narrowed to, by time; `among` some only."""
    newest_first = request.narrowing.newest_first is not False
    part = part_of_library(request) | {"longest_first": request.narrowing.qualities.longest_first}
    return await work.use("list_files", among, kind=kind, newest_first=newest_first, limit=limit, **part)


async def _find_documents(work: Work, request: Request, *, quiet: bool) -> int:
    """Passages of documents of the time wanted; where none was made then, of those in which that time is written."""
    among = await _of_the_days(work, request)
    narrowed, query, text = _narrowed(request), request.words, request.own or request.text
    if among == []:
        return await _find_written(work, request, quiet=quiet)
    return await answer_from_documents(work, text, query, among=among, narrowed=narrowed, quiet=quiet)


async def _find_written(work: Work, request: Request, *, quiet: bool) -> int:
    """The documents that are called so and have the time wanted in their names or beginnings; else what such say."""
    undated = replace(request, days=None)
    every = await list_files(work, undated, "document", MOST_FOUND)
    written = [one for one in every.items if request.days and _has_written(one, request.days)]
    head = f"No document was made or added {_when(request)}; in these stands a date of that time:"
    if named := of_those_called(request, written):
        work.keep(request.subject, named)
        work.say(f"{head}\n{listed(named)}")
        return len(named)
    text, query = request.own or request.text, request.words
    found = await answer_from_documents(work, text, query, among=written, quiet=True) if written else 0
    if found:
        work.parts[-1] = f"{head}\n{work.parts[-1]}"
    elif not quiet:
        work.say(f"I found no {called(request, 'document', 2)} for {asked_for(query)} {_when(request)}.")
    return found


def of_those_called(request: Request, files: Sequence[Item]) -> list[Item]:
    """Those of some files that are called so, in the words of the request or in English; exactly so, if any are."""
    ways = [content_stems(one) for one in dict.fromkeys((request.words, request.subject))]
    alike = [one for one in files if any(all(has_word(one, word) for word in words) for words in ways)]
    return [one for one in alike if all(has_word(one, word, is_exact=True) for word in ways[0])] or alike


def _has_written(item: Item, days: Days) -> bool:
    """Whether the name or the beginning of a document has one of the years, or a day of a shorter time."""
    text = f"{item.name} {item.details.get('filename', '')}\n{item.details.get('visible_text', '')}"
    if days.is_of_years:
        return any(days.has(date(int(year), 6, 1)) for year in _YEAR.findall(text))
    day = read_receipt(text).day
    return day is not None and days.has(day)


async def find_passages(work: Work, request: Request, limit: int) -> list[Item]:
    """The passages that are likely meant, of documents that fit what a request was narrowed to."""
    among = await _of_the_days(work, request)
    if among == []:
        return []
    query, narrowed = request.words, _narrowed(request)
    return likely((await work.use("search_documents", among, query=query, limit=limit, **narrowed)).items)


async def _of_the_days(work: Work, request: Request) -> list[Item] | None:
    """The documents of the time wanted; None where any will do."""
    if request.days is None:
        return None
    return list((await list_files(work, request, "document", MOST_FOUND)).items)


def _narrowed(request: Request) -> dict[str, Any]:
    tags = list(request.narrowing.tags) or None
    language = request.narrowing.qualities.language
    return {"folder": request.narrowing.folder, "tags": tags, "types": types_of(request), "language": language}


def _when(request: Request) -> str:
    return request.days.words if request.days else ""


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
            f" in {narrowing.qualities.language}" if narrowing.qualities.language else "",
            f" in the folder {asked_for(narrowing.folder)}" if narrowing.folder else "",
            " that could not be read" if narrowing.qualities.is_unread else "",
            f" {request.days.words}" if request.days else "",
        )
    )
