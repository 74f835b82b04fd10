"""What is asked of the chunks' table, but the search."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pgvector import HalfVector
from sqlalchemy import and_, bindparam, case, delete, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from aionserver.domains.chunks.tables import Chunk
from aionserver.infra.scope import Scope

ROWS_AT_ONCE = 500
SHOWN = ("id", "position", "content", "heading_path", "page_numbers", "token_count", "kind")


async def replace_chunks(scope: Scope, file_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Have a document consist of these chunks. One that was there keeps its vector, unless it has other headings."""
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
    changed |= {name: case((is_same, getattr(Chunk, name)), else_=null()) for name in ("model", "vector")}
    written = row.on_conflict_do_update(index_elements=["id"], set_=changed)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = [
            {**values, "tenant_id": scope.tenant_id, "file_id": file_id}
            for values in rows[start : start + ROWS_AT_ONCE]
        ]
        await scope.session.execute(written, some)


async def find_without_vector(scope: Scope, file_id: UUID, model: str, limit: int) -> Sequence[Any]:
    """The first chunks of a document that this model has not embedded: `id`, `content`, `heading_path`."""
    is_old = or_(Chunk.vector.is_(None), Chunk.model != model)
    query = scope.rows(Chunk).where(Chunk.file_id == file_id, is_old).order_by(Chunk.position).limit(limit)
    return (await scope.session.execute(query.with_only_columns(Chunk.id, Chunk.content, Chunk.heading_path))).all()


async def save_vectors(scope: Scope, model: str, vectors: Sequence[tuple[UUID, HalfVector]]) -> None:
    """Write down what chunks were embedded as."""
    table = Chunk.__table__
    mine = and_(table.c.id == bindparam("chunk"), table.c.tenant_id == scope.tenant_id)
    change = update(Chunk).where(mine).values(vector=bindparam("found"), model=model)
    connection = await scope.session.connection()
    await connection.execute(change, [{"chunk": chunk_id, "found": vector} for chunk_id, vector in vectors])


async def remove_vectors(scope: Scope, file_ids: Sequence[UUID]) -> None:
    """Have documents be found by meaning no more."""
    mine = (Chunk.tenant_id == scope.tenant_id, Chunk.file_id.in_(file_ids), Chunk.vector.is_not(None))
    await scope.session.execute(update(Chunk).where(*mine).values(vector=None, model=None))


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
