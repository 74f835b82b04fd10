"""What is asked of the upload sessions' tables, and of that of pending uploads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, func, select, update

from aionserver.domains.uploads.tables import PendingUpload, UploadSession, UploadSessionItem
from aionserver.infra.reading import Query, of_tenant
from aionserver.infra.scope import Reader, Scope

PENDING = Query(select(PendingUpload).where(of_tenant(PendingUpload), PendingUpload.id == bindparam("pending_id")))
OF_BATCH = Query(
    select(PendingUpload)
    .where(of_tenant(PendingUpload), PendingUpload.batch_id == bindparam("batch_id"))
    .order_by(PendingUpload.position)
)
_NEWEST_FIRST = (UploadSession.created_at.desc(), UploadSession.id.desc())


async def add_session(scope: Scope, session: UploadSession, items: Sequence[UploadSessionItem]) -> None:
    """Insert a session and its items."""
    scope.session.add(session)
    await scope.session.flush()
    scope.session.add_all(items)


async def add_items(scope: Scope, items: Sequence[UploadSessionItem]) -> None:
    """Insert items of a session."""
    scope.session.add_all(items)
    await scope.session.flush()


async def find_session(scope: Scope, session_id: UUID) -> UploadSession | None:
    """A session by its id."""
    return await scope.session.scalar(scope.rows(UploadSession).where(UploadSession.id == session_id))


async def hold_session(scope: Scope, session_id: UUID) -> UploadSession | None:
    """A session by its id, which nobody else changes until the scope ends."""
    query = scope.rows(UploadSession).where(UploadSession.id == session_id)
    return await scope.session.scalar(query.with_for_update())


def _sessions(scope: Scope, upload_method: str | None) -> Select[UploadSession]:
    query = scope.rows(UploadSession)
    return query if upload_method is None else query.where(UploadSession.upload_method == upload_method)


async def find_sessions(
    scope: Scope, upload_method: str | None, limit: int, offset: int
) -> tuple[Sequence[UploadSession], int]:
    """A page of the sessions, newest first, and how many there are."""
    query = _sessions(scope, upload_method)
    total = await scope.session.scalar(query.with_only_columns(func.count())) or 0
    return (await scope.session.scalars(query.order_by(*_NEWEST_FIRST).limit(limit).offset(offset))).all(), total


async def session_ids(scope: Scope, upload_method: str | None) -> Sequence[UUID]:
    """All sessions, newest first."""
    query = _sessions(scope, upload_method).order_by(*_NEWEST_FIRST)
    return (await scope.session.scalars(query.with_only_columns(UploadSession.id))).all()


async def read_sessions(scope: Scope, session_ids: Sequence[UUID]) -> Sequence[UploadSession]:
    """Those sessions, newest first."""
    query = scope.rows(UploadSession).where(UploadSession.id.in_(session_ids)).order_by(*_NEWEST_FIRST)
    return (await scope.session.scalars(query)).all()


async def count_outcomes(scope: Scope, session_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How many items of each outcome sessions have."""
    item = UploadSessionItem
    query = scope.rows(item).with_only_columns(item.session_id, item.outcome, func.count())
    query = query.where(item.session_id.in_(session_ids))
    found: dict[UUID, dict[str, int]] = {}
    for session_id, outcome, count in await scope.session.execute(query.group_by(item.session_id, item.outcome)):
        found.setdefault(session_id, {})[outcome] = count
    return found


async def cancel_session(scope: Scope, session_id: UUID, file_ids: Sequence[UUID]) -> None:
    """Note that a session was cancelled, and which of its files with that."""
    mine = (UploadSession.tenant_id == scope.tenant_id, UploadSession.id == session_id)
    await scope.session.execute(update(UploadSession).where(*mine).values(cancelled_at=scope.now()))
    values = {"outcome": "cancelled", "reason": "The upload session was cancelled."}
    item = UploadSessionItem
    theirs = (item.session_id == session_id, item.file_id.in_(file_ids))
    await scope.session.execute(update(item).where(item.tenant_id == scope.tenant_id, *theirs).values(**values))


async def change_item(scope: Scope, session_id: UUID, position: int, values: Mapping[str, Any]) -> None:
    """Set columns of an item."""
    item = UploadSessionItem
    mine = (item.tenant_id == scope.tenant_id, item.session_id == session_id, item.position == position)
    await scope.session.execute(update(item).where(*mine).values(**values))


async def find_items(scope: Scope, session_id: UUID) -> Sequence[UploadSessionItem]:
    """What arrived in a session, in the order sent."""
    query = scope.rows(UploadSessionItem).where(UploadSessionItem.session_id == session_id)
    return (await scope.session.scalars(query.order_by(UploadSessionItem.position))).all()


async def sessions_after(scope: Scope, last: UUID | None, limit: int) -> Sequence[UploadSession]:
    """The sessions that follow an id in the order of ids; from the first when it is None."""
    query = scope.rows(UploadSession).order_by(UploadSession.id).limit(limit)
    return (await scope.session.scalars(query if last is None else query.where(UploadSession.id > last))).all()


async def items_of(scope: Scope, session_ids: Sequence[UUID]) -> Sequence[UploadSessionItem]:
    """What arrived in sessions."""
    query = scope.rows(UploadSessionItem).where(UploadSessionItem.session_id.in_(session_ids))
    return (await scope.session.scalars(query)).all()


async def add_pending(scope: Scope, rows: Sequence[PendingUpload]) -> None:
    """Insert pending uploads."""
    scope.session.add_all(rows)
    await scope.session.flush()


async def find_pending(reader: Reader, pending_id: UUID) -> PendingUpload | None:
    """A pending upload by its id, whatever became of it."""
    (rows,) = await reader.fetch([PENDING], pending_id=pending_id)
    return next(iter(rows), None)


async def find_pending_of(reader: Reader, batch_id: UUID) -> Sequence[PendingUpload]:
    """The pending uploads of a batch, in the order asked for."""
    (rows,) = await reader.fetch([OF_BATCH], batch_id=batch_id)
    return rows


async def count_waiting(scope: Scope) -> int:
    """How many uploads of the tenant are waited for."""
    query = scope.rows(PendingUpload).where(PendingUpload.state == "waiting")
    return await scope.session.scalar(query.with_only_columns(func.count())) or 0


async def find_waiting(
    scope: Scope, *, before: datetime | None = None, of: UUID | None = None, limit: int = 1000
) -> Sequence[PendingUpload]:
    """Uploads that are waited for, the oldest first: asked for before a moment, by somebody."""
    query = scope.rows(PendingUpload).where(PendingUpload.state == "waiting")
    query = query.where(PendingUpload.created_at < before) if before is not None else query
    query = query.where(PendingUpload.requested_by == of) if of is not None else query
    return (await scope.session.scalars(query.order_by(PendingUpload.created_at).limit(limit))).all()


async def waiting_ids(scope: Scope, ids: Sequence[UUID]) -> set[UUID]:
    """Which of the ids are of uploads that are waited for."""
    pending = PendingUpload
    query = scope.rows(pending).where(pending.id.in_(ids), pending.state == "waiting").with_only_columns(pending.id)
    return set(await scope.session.scalars(query))


async def settle_pending(scope: Scope, pending_id: UUID, values: Mapping[str, Any]) -> bool:
    """Write down what became of an upload that was waited for; False when that stands already."""
    pending = PendingUpload
    mine = (pending.tenant_id == scope.tenant_id, pending.id == pending_id, pending.state == "waiting")
    change = update(pending).where(*mine).values(bucket_id=None, **values)
    return await scope.session.scalar(change.returning(pending.id)) is not None


async def forget_files(scope: Scope, file_ids: Sequence[UUID]) -> None:
    """Refer to these files no more."""
    item, pending = UploadSessionItem, PendingUpload
    mine = (item.tenant_id == scope.tenant_id, item.file_id.in_(file_ids))
    await scope.session.execute(update(item).where(*mine).values(file_id=None))
    settled = (pending.tenant_id == scope.tenant_id, pending.state != "waiting", pending.file_id.in_(file_ids))
    await scope.session.execute(delete(pending).where(*settled))


async def forget_settled(scope: Scope, before: datetime) -> None:
    """Drop what is known of uploads that were asked for before a moment and are waited for no more."""
    pending = PendingUpload
    old = (pending.tenant_id == scope.tenant_id, pending.state != "waiting", pending.created_at < before)
    await scope.session.execute(delete(pending).where(*old))
