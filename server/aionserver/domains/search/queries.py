"""Candidates by vector and what is known of them, for one tenant, with folder and id filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from sqlalchemy import delete, text

from aionserver.domains.search.tables import INDEXED_SPACES, SearchVector
from aionserver.infra.reading import Query, Rows
from aionserver.infra.scope import Scope
from aionserver.kit.search_queries import Period
from aionserver.kit.tenant_codes import CODE_DIMENSIONS, tenant_code

# Up to as many vectors, looking at each takes less time than the index does: 1 to 1.5 µs a vector against 5 to 9 ms.
EXACT_UP_TO = 5_000
# In a folder the index has to pass by the rest of the library, which soon takes longer.
EXACT_IN_FOLDER_UP_TO = 20_000
# With 200 a search in 50 ends among other tenants, of half a million files; with 300 none of hundreds does.
EF_SEARCH = 300
# The space of pages of the web.
PAGES = "pages"
# What the planner cannot know. Parallel workers save nothing on some milliseconds, and others' searches wait for them.
SETTINGS = f"""
select set_config('hnsw.ef_search', '{EF_SEARCH}', true) as found,
    set_config('max_parallel_workers_per_gather', '0', true) as workers,
    set_config('enable_bitmapscan', :bitmaps, true) as bitmaps, set_config('enable_sort', :sorts, true) as sorts
"""
# When a picture was made, by its own notes where it has some.
MADE_AT = "coalesce(f.content_created_at, f.created_at)"
FREELY = {"bitmaps": "on", "sorts": "on"}
# Reading vectors in the order of an index takes a third less time than by a bitmap made first.
IN_ORDER = {"bitmaps": "off", "sorts": "on"}
BY_DISTANCE = {"bitmaps": "off", "sorts": "off"}

MediaKind = Literal["image", "document", "video", "link"]


_IN_LANGUAGE = (
    "f.id in (select d.file_id from documents d where d.tenant_id = :tenant_id and d.language = any(:languages))"
)


@dataclass(frozen=True)
class SearchFilter:
    """Which files may be found. None filters nothing; of every kind are those that no kind is asked of.

    A file is found that has all the tags, and one of the formats (in small letters) where some are given; `unfiled`:
    one that lies in no folder; `languages`: a document whose text is in one of them; `failed`: one that could not be
    read or described.
    """

    folder_id: UUID | None = None
    ids: Sequence[UUID] | None = None
    media_type: MediaKind | None = "image"
    tags: Sequence[str] = ()
    made: Period | None = None
    formats: Sequence[str] | None = None
    unfiled: bool = False
    languages: Sequence[str] | None = None
    failed: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it filters anything."""
        given = (self.folder_id, self.ids, self.made, self.formats, self.languages)
        return bool(self.tags) or self.unfiled or self.failed or any(one is not None for one in given)

    @property
    def condition(self) -> str:
        """SQL over the files `f`."""
        conditions = ["f.tenant_id = :tenant_id", "f.deleted_at is null"]
        if self.media_type is not None:
            conditions.append(f"f.media_type = '{self.media_type}'")
        if self.folder_id is not None:
            conditions.append("f.folder_id = :folder")
        if self.unfiled:
            conditions.append("f.folder_id is null")
        if self.ids is not None:
            conditions.append("f.id = any(:ids)")
        if self.tags:
            conditions.append("f.tags @> cast(:tags as text[])")
        if self.made is not None:
            conditions.append(f"{MADE_AT} >= :made_from and {MADE_AT} < :made_to")
        if self.formats is not None:
            conditions.append("lower(f.format) = any(:formats)")
        if self.languages is not None:
            conditions.append(_IN_LANGUAGE)
        if self.failed:
            conditions.append("'failed' in (f.description_status, f.text_extraction_status, f.crawl_status)")
        return " and ".join(conditions)

    @property
    def values(self) -> dict[str, Any]:
        """What the condition's parameters stand for."""
        found: dict[str, Any] = {}
        if self.folder_id is not None:
            found["folder"] = self.folder_id
        if self.ids is not None:
            found["ids"] = list(self.ids)
        if self.tags:
            found["tags"] = list(self.tags)
        if self.made is not None:
            found |= {"made_from": self.made.start, "made_to": self.made.end}
        if self.formats is not None:
            found["formats"] = list(self.formats)
        if self.languages is not None:
            found["languages"] = list(self.languages)
        return found


async def select(scope: Scope, *statements: str, **values: Any) -> list[Rows]:
    """The rows of each statement, all in one round trip; `:tenant_id` in them is the scope's."""
    return await scope.fetch([_query(statement) for statement in statements], **values)


@lru_cache(maxsize=200)
def _query(statement: str) -> Query:
    return Query(text(statement))


async def nearest(scope: Scope, name: str, vector: NDArray[np.float32], wanted: SearchFilter, limit: int) -> list[UUID]:
    """The files whose vector `name` is nearest to the query's, nearest first; none in a large library without index."""
    most = EXACT_IN_FOLDER_UP_TO if wanted.narrows and name in INDEXED_SPACES else EXACT_UP_TO
    if wanted.ids is None and await _are_more_than(scope, name, wanted, most):
        if name not in INDEXED_SPACES:
            return []
        found = await _by_index(scope, name, vector, wanted, limit)
        if len(found) == limit:
            return found
    return await _one_by_one(scope, name, vector, wanted, limit)


async def _are_more_than(scope: Scope, name: str, wanted: SearchFilter, most: int) -> bool:
    """Whether there are more vectors, or more files where files are filtered; as much work as counting to `most`."""
    vectors = "select 1 from search_vectors where tenant_id = :tenant_id and name = :name offset :most limit 1"
    files = f"select 1 from files f where {wanted.condition} offset :most limit 1"
    values = {"name": name, "most": most, **IN_ORDER, **wanted.values}
    return bool((await select(scope, SETTINGS, files if wanted.narrows else vectors, **values))[-1])


async def _by_index(
    scope: Scope, name: str, vector: NDArray[np.float32], wanted: SearchFilter, limit: int
) -> list[UUID]:
    """Fewer than `limit` where the index gives up before it has found enough."""
    # The name stands in the text, not in a parameter: only so does the planner see that the partial index fits.
    # A subquery as condition, not a join: it is asked of one vector after the other, as the index brings them.
    assert name.isidentifier()
    size = INDEXED_SPACES[name] + CODE_DIMENSIONS
    passes = f"and (select true from files f where f.id = v.file_id and {wanted.condition})" if wanted.narrows else ""
    query = f"""
        with near as materialized (
            select v.file_id, v.vector <=> cast(:vector as halfvec) as distance from search_vectors v
            where v.tenant_id = :tenant_id and v.name = '{name}' {passes}
            order by (v.vector || tenant_code(v.tenant_id))::halfvec({size}) <=> cast(:coded as halfvec) limit :limit
        )
        select file_id from near order by distance
    """
    coded = HalfVector(np.concatenate([vector, tenant_code(scope.tenant_id)])).to_text()
    values = {"vector": HalfVector(vector).to_text(), "coded": coded, "limit": limit}
    return [row.file_id for row in (await select(scope, SETTINGS, query, **BY_DISTANCE, **values, **wanted.values))[-1]]


async def _one_by_one(
    scope: Scope, name: str, vector: NDArray[np.float32], wanted: SearchFilter, limit: int
) -> list[UUID]:
    """Exact: looks at every vector that passes."""
    files = f"join files f on f.id = v.file_id and {wanted.condition}" if wanted.narrows else ""
    query = f"""
        with mine as materialized (
            select v.file_id, v.vector <=> cast(:vector as halfvec) as distance from search_vectors v {files}
            where v.tenant_id = :tenant_id and v.name = :name
        )
        select file_id from mine order by distance limit :limit
    """
    values = {"name": name, "vector": HalfVector(vector).to_text(), "limit": limit}
    plan = FREELY if wanted.narrows else IN_ORDER
    return [row.file_id for row in (await select(scope, SETTINGS, query, **plan, **values, **wanted.values))[-1]]


async def made_in(scope: Scope, period: Period, wanted: SearchFilter, limit: int) -> list[UUID]:
    """The newest files that were made in the period, by their own date where they have one."""
    query = f"""
        select f.id from files f where {wanted.condition} and {MADE_AT} >= :start and {MADE_AT} < :end
        order by {MADE_AT} desc, f.id desc limit :limit
    """
    values = {"start": period.start, "end": period.end, "limit": limit, **wanted.values}
    return [row.id for row in (await select(scope, query, **values))[-1]]


async def told_of(
    scope: Scope, ids: Sequence[UUID], wanted: SearchFilter, asked: Mapping[str, NDArray[np.float32]]
) -> tuple[Rows, dict[UUID, dict[str, float]]]:
    """Names, tags and texts of the files that may be found; the cosines of their vectors, by file and space."""
    facts = f"""
        select f.id, f.tags, f.title, f.filename, f.description, f.visible_text, {MADE_AT} as made_at from files f
        where f.id = any(:candidates) and {wanted.condition}
    """
    each = [
        f"""
        select file_id, cast(:name{number} as text) as name, -(vector <#> cast(:vector{number} as halfvec)) as cosine
        from search_vectors where tenant_id = :tenant_id and name = :name{number} and file_id = any(:candidates)
        """
        for number in range(len(asked))
    ]
    values: dict[str, Any] = {"candidates": list(ids), **FREELY}
    for number, (name, vector) in enumerate(asked.items()):
        values |= {f"name{number}": name, f"vector{number}": HalfVector(vector).to_text()}
    _, rows, *similar = await select(scope, SETTINGS, facts, *each, **values, **wanted.values)
    cosines: dict[UUID, dict[str, float]] = {}
    for row in chain.from_iterable(similar):
        cosines.setdefault(row.file_id, {})[row.name] = row.cosine
    return rows, cosines


async def save_vectors(scope: Scope, file_id: UUID, model: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
    """Write a file's vectors, over earlier ones."""
    for name, vector in vectors.items():
        values = {"file_id": file_id, "name": name, "model": model, "vector": HalfVector(vector)}
        await scope.upsert(SearchVector, ("file_id", "name"), values)


async def remove_vectors(scope: Scope, ids: Sequence[UUID]) -> None:
    """Drop the files' vectors."""
    await scope.session.execute(
        delete(SearchVector).where(SearchVector.tenant_id == scope.tenant_id, SearchVector.file_id.in_(ids))
    )


async def models_of_vectors(scope: Scope, file_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """The models that made the vectors of files."""
    query = scope.rows(SearchVector).where(SearchVector.file_id.in_(file_ids))
    found: dict[UUID, set[str]] = {}
    for file_id, model in await scope.session.execute(
        query.with_only_columns(SearchVector.file_id, SearchVector.model)
    ):
        found.setdefault(file_id, set()).add(model)
    return found
