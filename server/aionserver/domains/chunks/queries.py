"""What is asked of the chunks' table, but the search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector, SparseVector
from sqlalchemy import case, delete, func, null, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from aionserver.domains.chunks.tables import Chunk
from aionserver.infra.scope import Scope
from aionserver.kit.passage_terms import DIMENSIONS

ROWS_AT_ONCE = 500
INDEXED = ("model", "vector", "terms", "weights", "word_vectors")
SAVE_ENTRIES = text("""
    update chunks set model = :model, vector = cast(entry.vector as halfvec), terms = cast(entry.terms as integer[]),
        weights = cast(entry.weights as sparsevec), word_vectors = entry.words
    from unnest(cast(:ids as uuid[]), cast(:vectors as text[]), cast(:terms as text[]), cast(:weights as text[]),
        cast(:words as bytea[])) as entry (id, vector, terms, weights, words)
    where chunks.id = entry.id and chunks.tenant_id = :tenant_id
""")
SHOWN = ("id", "position", "content", "heading_path", "page_numbers", "token_count", "kind")


async def replace_chunks(scope: Scope, file_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Have a document consist of these chunks. One that was there stays indexed, unless it has other headings."""
    mine = (Chunk.tenant_id == scope.tenant_id, Chunk.file_id == file_id)
    kept = [row["id"] for row in rows]
    old = set(await scope.session.scalars(select(Chunk.id).where(*mine)))
    gone = list(old.difference(kept))
    for start in range(0, len(gone), ROWS_AT_ONCE):
        await scope.session.execute(delete(Chunk).where(*mine, Chunk.id.in_(gone[start : start + ROWS_AT_ONCE])))
    row = insert(Chunk)
    names = ("position", "content", "heading_path", "page_numbers", "token_count", "kind")
    is_same = Chunk.heading_path == row.excluded.heading_path
    changed: dict[str, Any] = {name: row.excluded[name] for name in names}
    changed |= {name: case((is_same, getattr(Chunk, name)), else_=null()) for name in INDEXED}
    written = row.on_conflict_do_update(index_elements=["id"], set_=changed)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = [
            {**values, "tenant_id": scope.tenant_id, "file_id": file_id}
            for values in rows[start : start + ROWS_AT_ONCE]
        ]
        await scope.session.execute(written, some)


async def find_unindexed(scope: Scope, file_id: UUID, model: str, limit: int) -> Sequence[Any]:
    """The first chunks of a document that this model has not embedded: `id`, `content`, `heading_path`."""
    is_old = or_(Chunk.model != model, *(getattr(Chunk, name).is_(None) for name in INDEXED))
    query = scope.rows(Chunk).where(Chunk.file_id == file_id, is_old).order_by(Chunk.position).limit(limit)
    return (await scope.session.execute(query.with_only_columns(Chunk.id, Chunk.content, Chunk.heading_path))).all()


@dataclass(frozen=True)
class IndexEntry:
    """What a chunk is found by: its vector, its words with their weights, and its words' vectors, packed."""

    vector: NDArray[np.float32]
    weights: Mapping[int, float]
    word_vectors: bytes


async def save_entries(scope: Scope, model: str, entries: Mapping[UUID, IndexEntry]) -> None:
    """Write down what chunks are found by; in one statement, for their words are counted after each."""
    values = {
        "model": model,
        "tenant_id": scope.tenant_id,
        "ids": list(entries),
        "vectors": [HalfVector(one.vector).to_text() for one in entries.values()],
        "terms": ["{" + ",".join(map(str, one.weights)) + "}" for one in entries.values()],
        "weights": [SparseVector(dict(one.weights), DIMENSIONS).to_text() for one in entries.values()],
        "words": [one.word_vectors for one in entries.values()],
    }
    await scope.session.execute(SAVE_ENTRIES, values)


async def remove_entries(scope: Scope, file_ids: Sequence[UUID]) -> None:
    """Have documents be found no more."""
    mine = (Chunk.tenant_id == scope.tenant_id, Chunk.file_id.in_(file_ids))
    await scope.session.execute(update(Chunk).where(*mine).values(dict.fromkeys(INDEXED)))


async def count_chunks(scope: Scope, file_id: UUID) -> tuple[int, int]:
    """How many chunks a document has, and how many of them are embedded."""
    mine = (Chunk.tenant_id == scope.tenant_id, Chunk.file_id == file_id)
    found = await scope.session.execute(select(func.count(), func.count(Chunk.vector)).where(*mine))
    total, embedded = found.one()
    return total, embedded


async def find_chunks(scope: Scope, file_id: UUID, limit: int, offset: int, *, with_vectors: bool) -> Sequence[Any]:
    """Chunks of a document in reading order, with what is shown of them."""
    columns = [getattr(Chunk, name) for name in SHOWN] + [Chunk.vector.is_not(None).label("is_embedded")]
    columns += [Chunk.vector] if with_vectors else []
    query = scope.rows(Chunk).where(Chunk.file_id == file_id).order_by(Chunk.position)
    return (await scope.session.execute(query.with_only_columns(*columns).limit(limit).offset(offset))).all()


async def count_by_model(scope: Scope, file_ids: Sequence[UUID]) -> Sequence[Any]:
    """Rows with `file_id`, `model`, `chunks`: how many chunks of documents were embedded by what (None: by nothing)."""
    mine = (Chunk.tenant_id == scope.tenant_id, Chunk.file_id.in_(file_ids))
    query = select(Chunk.file_id, Chunk.model, func.count().label("chunks")).where(*mine)
    return (await scope.session.execute(query.group_by(Chunk.file_id, Chunk.model))).all()
