"""What is asked of identities and sign-ins. They have no row-level security: each query names the person or secret."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from aionserver.domains.google_sign_in.tables import LinkedIdentity, SignInAttempt


async def identity(session: AsyncSession, issuer: str, subject: str) -> LinkedIdentity | None:
    """The identity with the provider's subject."""
    query = select(LinkedIdentity).where(LinkedIdentity.issuer == issuer, LinkedIdentity.subject == subject)
    return await session.scalar(query)


async def identities_of(session: AsyncSession, user_id: UUID) -> Sequence[LinkedIdentity]:
    """A person's identities."""
    return (await session.scalars(select(LinkedIdentity).where(LinkedIdentity.user_id == user_id))).all()


async def remove_identities(session: AsyncSession, user_id: UUID) -> int:
    """Unlink a person; how many identities there were."""
    gone = await session.scalars(
        delete(LinkedIdentity).where(LinkedIdentity.user_id == user_id).returning(LinkedIdentity.id)
    )
    return len(gone.all())


async def take_attempt(
    session: AsyncSession, state_hash: bytes, browser_hash: bytes, now: datetime
) -> SignInAttempt | None:
    """The attempt that this browser began and that has not expired; it is gone with the transaction."""
    query = delete(SignInAttempt).where(
        SignInAttempt.state_hash == state_hash,
        SignInAttempt.browser_hash == browser_hash,
        SignInAttempt.expires_at > now,
    )
    return await session.scalar(query.returning(SignInAttempt))


async def forget_attempts(session: AsyncSession, before: datetime) -> None:
    """Drop attempts that expired before a moment."""
    await session.execute(delete(SignInAttempt).where(SignInAttempt.expires_at < before))


def add_row(session: AsyncSession, row: LinkedIdentity | SignInAttempt) -> None:
    """Insert a row at the session's next flush."""
    session.add(row)
