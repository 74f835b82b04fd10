"""Finding pictures by words: candidates by meaning and by words, then one order for both."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aionserver.domains.files import service as files
from aionserver.domains.files.events import FilesDeleted
from aionserver.domains.files.service import StoredFile
from aionserver.domains.search import library, queries
from aionserver.domains.search.documents import (
    by_document,
    formats_of,
    neighbours,
    reranker_name,
    search_documents,
    spread_chunks,
)
from aionserver.domains.search.items import as_item
from aionserver.domains.search.matching import matching_words
from aionserver.domains.search.queries import SearchFilter
from aionserver.domains.search.schemas import FoundImage, FoundLink, ImageQuery
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.ranking import Candidate, RankedPicture, rank
from aionserver.kit.search_queries import SearchQuery
from aionserver.kit.search_text import distinct_words
from aionserver.models.image_embedding import ImageEmbedder, Vectors

__all__ = [
    "SearchFilter",
    "as_item",
    "by_document",
    "formats_of",
    "neighbours",
    "reranker_name",
    "search_documents",
    "spread_chunks",
]
CANDIDATES = 100
# Below this a picture is not what was looked for; see benchmarks/quality_images.py.
LEAST_SCORE = 0.05


async def embed_query(infra: Infra, text: str) -> Vectors:
    """The query's vectors; a few milliseconds in the thread of the networks, so outside of any transaction."""
    return await infra.think(_embed_query, infra, text)


def _embed_query(infra: Infra, text: str) -> Vectors:
    # Looked up in the thread that also loads it: a search right after the start waits instead of failing.
    return infra.model(ImageEmbedder).embed_query(SearchQuery.of(text).text)


async def find_images(scope: Scope, query: ImageQuery, vectors: Vectors, limit: int) -> list[FoundImage]:
    """The pictures that answer the query, best first."""
    wanted = SearchFilter(query.folder_id, query.ids, tags=query.tags, made=query.made)
    ids = await _candidates(scope, query.text, vectors, wanted, max(CANDIDATES, limit))
    facts, cosines = await queries.told_of(scope, ids, wanted, vectors)
    ranked = rank(query.text, [_candidate(row, cosines.get(row.id, {})) for row in facts])
    best = [one for one in ranked if one.score >= LEAST_SCORE][:limit]
    rows = await files.find_many(scope, [UUID(one.id) for one in best])
    return [_found(rows, one) for one in best if UUID(one.id) in rows]


async def _candidates(scope: Scope, text: str, vectors: Vectors, wanted: SearchFilter, limit: int) -> Sequence[UUID]:
    found: dict[UUID, None] = {}
    for name, vector in vectors.items():
        found.update(dict.fromkeys(await queries.nearest(scope, name, vector, wanted, limit)))
    query = SearchQuery.of(text)
    if query.period is not None:
        found.update(dict.fromkeys(await queries.made_in(scope, query.period, wanted, limit)))
    words = distinct_words(query.text)
    if words:
        found.update(dict.fromkeys(await matching_words(scope, words, wanted, limit)))
    return list(found)


def _candidate(row: Any, cosines: Mapping[str, float]) -> Candidate:
    return Candidate(
        id=str(row.id),
        similarities=cosines,
        tags=row.tags,
        title=row.title or "",
        filename=row.filename,
        description=row.description or "",
        visible_text=row.visible_text or "",
        created_at=row.made_at,
    )


def _found(rows: Mapping[UUID, StoredFile], one: RankedPicture) -> FoundImage:
    features: list[dict[str, Any]] = list(one.features)
    return FoundImage(rows[UUID(one.id)], one.score, features)


async def find_links(scope: Scope, text: str, vectors: Vectors, limit: int) -> list[FoundLink]:
    """The bookmarked pages that answer the query, best first; their scores mean what those of pictures do."""
    wanted, words = SearchFilter(media_type="link"), distinct_words(text)
    asked = {queries.PAGES: vectors["words"]}
    found = dict.fromkeys(await queries.nearest(scope, queries.PAGES, vectors["words"], wanted, CANDIDATES))
    if words:
        found.update(dict.fromkeys(await matching_words(scope, words, wanted, CANDIDATES)))
    facts, cosines = await queries.told_of(scope, list(found), wanted, asked)
    near = {file_id: {"words": spaces[queries.PAGES]} for file_id, spaces in cosines.items()}
    ranked = rank(text, [_candidate(row, near.get(row.id, {})) for row in facts])
    best = [one for one in ranked if one.score >= LEAST_SCORE][:limit]
    rows = await files.find_many(scope, [UUID(one.id) for one in best])
    return [FoundLink(rows[UUID(one.id)], one.score, list(one.features)) for one in best if UUID(one.id) in rows]


async def list_part(scope: Scope, wanted: SearchFilter, limit: int) -> tuple[list[UUID], int]:
    """The files of a part of the library, the newest first, and how many there are in all."""
    return await library.listed(scope, wanted, limit, newest_first=True), await library.count(scope, wanted)


async def forget_files(scope: Scope, event: FilesDeleted) -> None:
    """Deleted files are found no more; a restored one is indexed again."""
    await queries.remove_vectors(scope, event.file_ids)
