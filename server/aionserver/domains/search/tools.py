"""What assistants find pictures and bookmarked pages with, and learn of the library as a whole."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from aionserver.domains.colors import service as colors
from aionserver.domains.files import service as files
from aionserver.domains.folders import service as folders
from aionserver.domains.search import documents, library, service
from aionserver.domains.search.items import as_item
from aionserver.domains.search.library import GroupBy
from aionserver.domains.search.queries import MediaKind, SearchFilter
from aionserver.domains.search.schemas import LIKELY, ChunkQuery, ImageQuery
from aionserver.infra.actors import Access, Permission
from aionserver.infra.errors import InvalidInput
from aionserver.infra.scope import Scope
from aionserver.infra.tools import Errand, Item, Outcome, Tool
from aionserver.kit.colors import EXTREMES, LookName
from aionserver.kit.ids import parse_id
from aionserver.kit.languages import codes_of
from aionserver.kit.search_queries import BEGINNING, END, Period
from aionserver.models.image_embedding import Vectors

MOST = 100
MOST_TAGS = 15


async def search_images(
    errand: Errand,
    query: str = "",
    limit: int = 20,
    folder: str | None = None,
    taken_after: str | None = None,
    taken_before: str | None = None,
    tags: list[str] | None = None,
    color: str | None = None,
    look: LookName | None = None,
) -> Outcome:
    """Find pictures by what they show, by the text in them, and by their names; best first, each with a score 0-1.

    query: what to look for, in plain words, or nothing where color or look say it all; limit: at most 100; folder: its
    name or id; taken_after, taken_before: ISO dates, both included; tags: all of which a picture has to have; color:
    the name of a colour, or #RRGGBB, or several with commas, all of which it has to have; look: how it is as a whole.
    """
    most = max(1, min(limit, MOST))
    vectors = await service.embed_query(errand.infra, query) if query.strip() else {}
    async with errand.open_scope() as scope:
        wanted = ImageQuery(
            query,
            await folders.find_by_name(scope, folder) if folder else None,
            await _pictures(scope, errand.selection.image_ids, color, look),
            tags or (),
            _period(taken_after, taken_before),
        )
        if vectors and look not in EXTREMES:
            items = await _searched(scope, wanted, vectors, most)
        else:
            fitting = await _searched(scope, wanted, vectors, MOST) if vectors else None
            items = await _by_colour(scope, wanted, fitting, most)
    return Outcome(_said(len(items), "picture"), items, len(items))


async def _searched(scope: Scope, wanted: ImageQuery, vectors: Vectors, most: int) -> tuple[Item, ...]:
    found = await service.find_images(scope, wanted, vectors, most)
    return tuple(files.as_item(scope, one.file, one.score) for one in found)


async def _by_colour(scope: Scope, wanted: ImageQuery, fitting: Sequence[Item] | None, most: int) -> tuple[Item, ...]:
    """Pictures in the order of their ids where these are known, else the newest first; of `fitting`, the likely."""
    if fitting is not None:
        ids = [one.id for one in fitting if (one.score or 0) >= LIKELY]
    else:
        passing = SearchFilter(wanted.folder_id, wanted.ids, tags=wanted.tags, made=wanted.made)
        ids = await library.listed(scope, passing, most if wanted.ids is None else len(wanted.ids), newest_first=True)
    rows = await files.read_many(scope, ids)
    order = ids if wanted.ids is None else wanted.ids
    return tuple(files.as_item(scope, rows[one]) for one in order if one in rows)[:most]


async def _pictures(
    scope: Scope, selected: Sequence[UUID] | None, color: str | None, look: LookName | None
) -> Sequence[UUID] | None:
    """The pictures that are looked at, the most fitting first; None: all."""
    if color is not None:
        selected = await colors.pictures_with(scope, color, selected)
    return selected if look is None else await colors.pictures_that_look(scope, look, selected)


def _period(after: str | None, before: str | None) -> Period | None:
    if after is None and before is None:
        return None
    start = _date("taken_after", after) if after else BEGINNING
    end = _date("taken_before", before) if before else END
    whole_day = before is not None and len(before) == len("2026-01-31")
    return Period(start, end + timedelta(days=1) if whole_day else end)


def _date(name: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput.field(name, "must be an ISO date, as 2026-01-31") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def search_links(errand: Errand, query: str, limit: int = 10) -> Outcome:
    """Find bookmarked web pages by what they are about; best first.

    query: what to look for, in plain words; limit: at most 100.
    """
    vectors = await service.embed_query(errand.infra, query)
    async with errand.open_scope() as scope:
        found = await service.find_links(scope, query, vectors, max(1, min(limit, MOST)))
        items = tuple(files.as_item(scope, one.file, one.score) for one in found)
    return Outcome(_said(len(items), "bookmarked page"), items, len(items))


async def search_documents(
    errand: Errand,
    query: str,
    limit: int = 10,
    folder: str | None = None,
    types: list[str] | None = None,
    tags: list[str] | None = None,
    language: str | None = None,
    earlier: list[str] | None = None,
    least_score: float = LIKELY,
) -> Outcome:
    """Find passages in documents by what they say, by codes such as AB-1234, and by "exact phrases" in double quotes.

    The best come first, each with a score 0-1, its document and pages. query: what to look for, in plain words; limit:
    at most 100; folder: its name or id; types: as pdf or docx; tags: all of which a document has to have; language: as
    de or German, in which it has to be; earlier: the questions before this one, the oldest first, where it goes on
    with them; least_score: 0.3 leaves out what probably does not answer, 0 leaves out nothing.
    """
    wanted = ChunkQuery(
        query,
        max(1, min(limit, MOST)),
        least_score,
        document_ids=errand.selection.document_ids,
        folder_id=await _folder(errand, folder) if folder else None,
        formats=documents.formats_of(types),
        tags=tags or (),
        languages=_languages(language),
    )
    found = await documents.search_documents(errand.infra, errand.open_scope, wanted, earlier or ())
    many = len({one.document.id for one in found})
    items = tuple(as_item(one) for one in found)
    return Outcome(_said(len(items), "passage"), items, len(items), {"documents": many})


async def _folder(errand: Errand, name: str) -> UUID:
    async with errand.open_scope() as scope:
        return await folders.find_by_name(scope, name)


async def read_document(errand: Errand, file: str, limit: int = 10) -> Outcome:
    """The first passages of one document, as they are read.

    file: its id; limit: at most 100.
    """
    document_id, chosen = parse_id(file), errand.selection.document_ids
    is_seen = document_id is not None and (chosen is None or document_id in chosen)
    async with errand.open_scope() as scope:
        ids = [document_id] if document_id and is_seen else []
        found = await documents.first_chunks(scope, ids, max(1, min(limit, MOST)))
    items = tuple(replace(as_item(one), score=None) for one in found)
    return Outcome(_said(len(items), "passage"), items, len(items))


def _said(count: int, noun: str) -> str:
    if not count:
        return f"No {noun} was found."
    return f"{count} {noun}{'' if count == 1 else 's'} {'was' if count == 1 else 'were'} found."


async def list_files(
    errand: Errand,
    kind: MediaKind | None = None,
    tag: str | None = None,
    folder: str | None = None,
    taken_after: str | None = None,
    taken_before: str | None = None,
    types: list[str] | None = None,
    language: str | None = None,
    failed: bool = False,
    newest_first: bool = True,
    longest_first: bool | None = None,
    limit: int = 20,
) -> Outcome:
    """List files by when they were made, or documents by their length; with how many there are in all.

    kind: image, document, video or link; tag: one that they have; folder: its name or id; taken_after, taken_before:
    ISO dates, both included; types: as pdf, docx or jpeg; language: that documents are in, as de or German; failed:
    only those that could not be read or described; longest_first: documents by their pages, true or false, instead of
    by time; limit: at most 100.
    """
    most = max(1, min(limit, MOST))
    async with errand.open_scope() as scope:
        wanted = await _part(scope, errand, kind, tag, folder, taken_after, taken_before, types, language, failed)
        if longest_first is None:
            ids = await library.listed(scope, wanted, most, newest_first=newest_first)
        else:
            ids = await library.by_length(scope, wanted, most, longest_first=longest_first)
        total = await library.count(scope, wanted)
        rows = await files.read_many(scope, ids)
        items = tuple(files.as_item(scope, rows[file_id]) for file_id in ids if file_id in rows)
    return Outcome(_said(total, kind or "file"), items, total)


async def count_files(
    errand: Errand,
    kind: MediaKind | None = None,
    tag: str | None = None,
    folder: str | None = None,
    taken_after: str | None = None,
    taken_before: str | None = None,
    types: list[str] | None = None,
    language: str | None = None,
    failed: bool = False,
    group_by: GroupBy | None = None,
) -> Outcome:
    """Count files, perhaps in groups: by kind, tag, year, month, folder, camera or format; the largest groups come.

    Where it is not known when one was made (`undated`), year and month are those in which it was added.
    The other arguments are those of list_files.
    """
    async with errand.open_scope() as scope:
        wanted = await _part(scope, errand, kind, tag, folder, taken_after, taken_before, types, language, failed)
        total = await library.count(scope, wanted)
        groups = await library.group(scope, wanted, group_by) if group_by else []
        facts: dict[str, Any] = {"groups": {one.name: one.count for one in groups}}
        if group_by in ("year", "month"):
            figures = await library.overview(scope, wanted)
            facts["undated"] = figures.count - figures.dated
    return Outcome(_said(total, kind or "file"), (), total, facts)


async def library_overview(errand: Errand) -> Outcome:
    """The whole library in figures: files by kind, the commonest tags, when they were made and added, folders, size.

    `first` and `last` are of those `dated` of which it is known when they were made.
    """
    async with errand.open_scope() as scope:
        wanted = await _part(scope, errand, None, None, None, None, None)
        figures = await library.overview(scope, wanted)
        kinds = await library.group(scope, wanted, "kind")
        tags = await library.group(scope, wanted, "tag")
    facts = {
        "kinds": {one.name: one.count for one in kinds},
        "tags": {one.name: one.count for one in tags[:MOST_TAGS]},
        "size_bytes": figures.size_bytes,
        "described": figures.described,
        "waiting": figures.waiting,
        "folders": figures.folders,
        "dated": figures.dated,
        "first": figures.first.isoformat() if figures.first else None,
        "last": figures.last.isoformat() if figures.last else None,
        "added_first": figures.added_first.isoformat() if figures.added_first else None,
        "added_last": figures.added_last.isoformat() if figures.added_last else None,
    }
    return Outcome(_said(figures.count, "file"), (), figures.count, facts)


async def _part(
    scope: Scope,
    errand: Errand,
    kind: MediaKind | None,
    tag: str | None,
    folder: str | None,
    after: str | None,
    before: str | None,
    types: Sequence[str] | None = None,
    language: str | None = None,
    failed: bool = False,
) -> SearchFilter:
    """The part of the library that arguments speak of, within what the conversation is about."""
    return SearchFilter(
        await folders.find_by_name(scope, folder) if folder else None,
        _selected(errand),
        kind,
        (tag,) if tag else (),
        _period(after, before),
        documents.formats_of(types),
        languages=_languages(language),
        failed=failed,
    )


def _languages(language: str | None) -> Sequence[str] | None:
    """The codes of a language; None where any will do."""
    codes = codes_of(language) if language else None
    if codes == ():
        raise InvalidInput("That language is not known: name it in English, or by its ISO 639-1 code.")
    return codes


def _selected(errand: Errand) -> Sequence[UUID] | None:
    chosen = errand.selection
    given = [ids for ids in (chosen.image_ids, chosen.document_ids, chosen.video_ids) if ids is not None]
    return [one for ids in given for one in ids] if given else None


READ = Access(Permission.READ)
TOOLS = (
    Tool("search_images", search_images, READ),
    Tool("search_documents", search_documents, READ),
    Tool("read_document", read_document, READ),
    Tool("search_links", search_links, READ),
    Tool("list_files", list_files, READ),
    Tool("count_files", count_files, READ),
    Tool("library_overview", library_overview, READ),
)
