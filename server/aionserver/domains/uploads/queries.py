"""What is asked of the upload sessions' tables."""

from collections.abc import Sequence
from uuid import UUID

from aionserver.domains.uploads.tables import UploadSession, UploadSessionItem
from aionserver.infra.scope import Scope


async def add_session(scope: Scope, session: UploadSession, items: Sequence[UploadSessionItem]) -> None:
    """Insert a session and its items."""
    scope.session.add(session)
    await scope.session.flush()
    scope.session.add_all(items)


async def find_session(scope: Scope, session_id: UUID) -> UploadSession | None:
    """A session by its id."""
    return await scope.session.scalar(scope.rows(UploadSession).where(UploadSession.id == session_id))


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
