"""Candidates by vector and by words, for one tenant, with folder and id filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from sqlalchemy import delete, text

from aionserver.domains.search.tables import SearchVector
from aionserver.infra.scope import Scope
from aionserver.kit.search_text import RANK_BY_LENGTH, RANK_WEIGHTS

# Below this many vectors a scan of the tenant's own is exact and takes milliseconds; above, the index is faster.
EXACT_UP_TO = 10_000
EF_SEARCH = 200


@dataclass(frozen=True)
class SearchFilter:
    """Which pictures may be found. None filters nothing."""

    folder_id: UUID | None = None
    ids: Sequence[UUID] | None = None


def _allowed(wanted: SearchFilter) -> str:
    conditions = ["f.tenant_id = :tenant", "f.deleted_at is null", "f.media_type = 'image'"]
    if wanted.folder_id is not None:
        conditions.append("f.folder_id = :folder")
    if wanted.ids is not None:
        conditions.append("f.id = any(:ids)")
    return " and ".join(conditions)


def _parameters(scope: Scope, wanted: SearchFilter, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"tenant": scope.tenant_id, **more}
    if wanted.folder_id is not None:
        found["folder"] = wanted.folder_id
    if wanted.ids is not None:
        found["ids"] = list(wanted.ids)
    return found


async def is_small(scope: Scope, name: str) -> bool:
    """Whether the tenant has so few vectors that scanning them all is best."""
    query = text(
        "select count(*) from (select 1 from search_vectors where tenant_id = :tenant and name = :name limit :most) v"
    )
    count = await scope.session.scalar(query, {"tenant": scope.tenant_id, "name": name, "most": EXACT_UP_TO + 1})
    return (count or 0) <= EXACT_UP_TO


async def nearest(scope: Scope, name: str, vector: NDArray[np.float32], wanted: SearchFilter, limit: int) -> list[UUID]:
    """The files whose vector `name` is nearest to the query's, nearest first."""
    narrowed = wanted.ids is not None or wanted.folder_id is not None
    exact = narrowed or await is_small(scope, name)
    await scope.session.execute(text(f"set local hnsw.ef_search = {EF_SEARCH}"))
    found = await scope.session.execute(
        text(_exact_sql(wanted) if exact else _index_sql(name, len(vector), wanted)),
        _parameters(scope, wanted, name=name, query=HalfVector(vector).to_text(), limit=limit),
    )
    return [row.file_id for row in found]


def _exact_sql(wanted: SearchFilter) -> str:
    return f"""
        with mine as materialized (
            select v.file_id, v.vector from search_vectors v join files f on f.id = v.file_id
            where v.tenant_id = :tenant and v.name = :name and {_allowed(wanted)}
        )
        select file_id from mine order by vector <=> cast(:query as halfvec) limit :limit
    """


def _index_sql(name: str, dimensions: int, wanted: SearchFilter) -> str:
    # The name stands in the text, not in a parameter: only so does the planner see that the partial index fits.
    assert name.isidentifier()
    return f"""
        with near as materialized (
            select v.file_id, v.vector::halfvec({dimensions}) <=> cast(:query as halfvec) as distance
            from search_vectors v where v.tenant_id = :tenant and v.name = '{name}'
            order by v.vector::halfvec({dimensions}) <=> cast(:query as halfvec) limit :limit
        )
        select near.file_id from near join files f on f.id = near.file_id
        where {_allowed(wanted)} order by near.distance
    """


async def matching_words(scope: Scope, terms: str, wanted: SearchFilter, limit: int) -> list[UUID]:
    """The files that match a text query, best first."""
    found = await scope.session.execute(
        text(
            f"""
            select f.id from files f, to_tsquery('english', :terms) q
            where f.words @@ q and {_allowed(wanted)}
            order by ts_rank_cd('{RANK_WEIGHTS}', f.words, q, {RANK_BY_LENGTH}) desc, f.id desc limit :limit
            """
        ),
        _parameters(scope, wanted, terms=terms, limit=limit),
    )
    return [row.id for row in found]


async def vectors_of(scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, NDArray[np.float32]]]:
    """All vectors of the files, by file and name."""
    rows = await scope.session.scalars(scope.rows(SearchVector).where(SearchVector.file_id.in_(ids)))
    found: dict[UUID, dict[str, NDArray[np.float32]]] = {}
    for row in rows:
        found.setdefault(row.file_id, {})[row.name] = np.asarray(row.vector, dtype=np.float32)
    return found


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
