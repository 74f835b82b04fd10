"""What is asked of the sessions' tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Executable, case, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from aionserver.domains.sessions.tables import LoginFailure, LoginSession, OneTimeToken
from aionserver.infra.actors import NO_TENANT
from aionserver.infra.reading import UNSYNCED, Query, ReadConnections

# One round trip: find the session and the person's role in the tenant wanted (else the one they logged in to, else
# their oldest), count the request, and note the use once a minute.
_USE_SESSION = Query(
    text("""
    with found as (
        select s.id, s.user_id, s.expires_at, s.rotated_at, s.token_hash = :token_hash as is_current,
            coalesce(s.previous_token_hash = :token_hash, false) as is_previous,
            s.revoked_at is not null or not u.is_active as is_revoked, m.tenant_id, m.role, t.tier
        from sessions s join users u on u.id = s.user_id
            left join lateral (
                select * from memberships where user_id = s.user_id
                    and (cast(:tenant as uuid) is null or tenant_id = :tenant)
                    and exists (select from tenants where id = tenant_id and closed_at is null)
                order by (tenant_id is not distinct from s.tenant_id) desc, created_at, tenant_id limit 1
            ) m on true
            left join tenants t on t.id = m.tenant_id
        where s.token_hash = :token_hash or s.previous_token_hash = :token_hash or s.family_hash = :family_hash
    ), hit as (
        insert into rate_windows as w (subject, ends_at, hits)
        select user_id, :ends_at, 1 from found where not is_revoked
        on conflict (subject, ends_at) do update set hits = w.hits + 1
        returning hits
    ), noted as (
        update sessions set last_active_at = now()
        from hit, found where sessions.id = found.id and sessions.last_active_at < now() - interval '1 minute'
    ), active as (
        update memberships set last_active_at = now() from hit, found
        where memberships.tenant_id = found.tenant_id and memberships.user_id = found.user_id
            and coalesce(memberships.last_active_at, '-infinity') < now() - interval '1 minute'
    )
    select found.*, coalesce(hit.hits, 0) as hits from found left join hit on true
    """),
    kept=True,
)
_REVOKE = text("update sessions set revoked_at = now() where id = :id and revoked_at is null")
_LOCK_EMAIL = text("select pg_advisory_xact_lock(hashtextextended(:email, 20261124))")
# Who registered, never opened the link, and was never let in anywhere.
_NEVER_CAME = """
    delete from users u where email_verified_at is null and last_login_at is null
        and not exists (select from memberships m where m.user_id = u.id)
"""
_FORGET_REGISTRATION = text(f"{_NEVER_CAME} and email = :email")
_FORGET_REGISTRATIONS = text(f"{_NEVER_CAME} and created_at < :before")
# Of attempts at once each sees the one before it: there is no more to be had by sending many together.
_COUNT_ATTEMPT = text(
    """
    insert into login_failures as f (subject, failures, last_at) values (:subject, 1, :now)
    on conflict (subject) do update
        set failures = case when f.last_at < :forgotten then 1 else f.failures + 1 end, last_at = :now
        where f.failures <= :free or f.last_at < :forgotten
            or f.last_at + make_interval(secs => least(:longest, power(2, least(f.failures - :free, 30)))) <= :now
    returning failures
    """
)
# More places than anybody logs in from; the newest count.
MOST_PLACES = 200


@dataclass(frozen=True)
class SessionUse:
    """A session's row with the person's role in a tenant (None: in none that is wanted), and requests of the minute."""

    id: UUID
    user_id: UUID
    expires_at: datetime
    rotated_at: datetime | None
    is_current: bool
    is_previous: bool
    is_revoked: bool
    tenant_id: UUID | None
    role: str | None
    tier: str | None
    hits: int


async def use_session(
    reads: ReadConnections, token_hash: bytes, family_hash: bytes, tenant: UUID | None, ends_at: int
) -> SessionUse | None:
    """The session that has or had this token; the request is counted in the window, unless it is revoked."""
    values = {"token_hash": token_hash, "family_hash": family_hash, "tenant": tenant, "ends_at": ends_at}
    _, rows = await reads.fetch(NO_TENANT, [UNSYNCED, _USE_SESSION], **values)
    return SessionUse(**rows[0]._asdict()) if rows else None


async def revoke_now(engine: AsyncEngine, session_id: UUID) -> None:
    """End a session in a transaction of its own."""
    async with engine.begin() as connection:
        await connection.execute(_REVOKE, {"id": session_id})


def add_row(session: AsyncSession, row: LoginSession | OneTimeToken) -> None:
    """Insert a row at the session's next flush."""
    session.add(row)


async def session_row(session: AsyncSession, session_id: UUID) -> LoginSession | None:
    """A session, locked until the transaction ends."""
    return await session.get(LoginSession, session_id, with_for_update=True)


async def live_sessions(session: AsyncSession, user_id: UUID, now: datetime) -> Sequence[LoginSession]:
    """A person's sessions that are not over, the last used first."""
    query = select(LoginSession).where(
        LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None), LoginSession.expires_at > now
    )
    return (await session.scalars(query.order_by(LoginSession.last_active_at.desc(), LoginSession.id.desc()))).all()


async def end_session(session: AsyncSession, user_id: UUID, session_id: UUID, now: datetime) -> int:
    """End a session of a person; how many that were (0 or 1)."""
    return await _changed(session, _ending(user_id, now).where(LoginSession.id == session_id))


async def end_sessions(session: AsyncSession, user_id: UUID, now: datetime, but: UUID | None) -> int:
    """End all sessions of a person but one; how many that were."""
    query = _ending(user_id, now)
    return await _changed(session, query if but is None else query.where(LoginSession.id != but))


def _ending(user_id: UUID, now: datetime) -> Any:
    live = (LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None), LoginSession.expires_at > now)
    return update(LoginSession).where(*live).values(revoked_at=now)


async def _changed(session: AsyncSession, query: Executable) -> int:
    return cast("CursorResult[Any]", await session.execute(query)).rowcount


async def places(session: AsyncSession, user_id: UUID) -> Sequence[str]:
    """The addresses a person has logged in from."""
    query = select(LoginSession.address).where(LoginSession.user_id == user_id, LoginSession.address.is_not(None))
    found = await session.scalars(query.order_by(LoginSession.created_at.desc()).limit(MOST_PLACES))
    return [address for address in found if address]


async def lock_email(session: AsyncSession, email: str) -> None:
    """Until the transaction ends nobody else registers with this address."""
    await session.execute(_LOCK_EMAIL, {"email": email})


async def forget_registration(session: AsyncSession, email: str) -> None:
    """Forget whoever registered with an address and never showed that it is theirs."""
    await session.execute(_FORGET_REGISTRATION, {"email": email})


async def newest_token(session: AsyncSession, user_id: UUID, purpose: str) -> OneTimeToken | None:
    """The last token of a person for a purpose, whatever became of it."""
    query = select(OneTimeToken).where(OneTimeToken.user_id == user_id, OneTimeToken.purpose == purpose)
    return await session.scalar(query.order_by(OneTimeToken.created_at.desc(), OneTimeToken.id.desc()).limit(1))


async def live_token(
    session: AsyncSession, token_hash: bytes, purposes: Sequence[str], now: datetime
) -> OneTimeToken | None:
    """The token, while it can be used for one of the purposes."""
    return await session.scalar(select(OneTimeToken).where(*_live(token_hash, purposes, now)))


async def use_token(
    session: AsyncSession, token_hash: bytes, purposes: Sequence[str], now: datetime
) -> OneTimeToken | None:
    """The token, used by this statement and no other; None when it can't be."""
    query = update(OneTimeToken).where(*_live(token_hash, purposes, now)).values(used_at=now)
    return await session.scalar(query.returning(OneTimeToken))


def _live(token_hash: bytes, purposes: Sequence[str], now: datetime) -> tuple[Any, ...]:
    return (
        OneTimeToken.token_hash == token_hash,
        OneTimeToken.purpose.in_(purposes),
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > now,
    )


async def void_tokens(session: AsyncSession, user_id: UUID, purposes: Sequence[str], now: datetime) -> None:
    """A person's tokens for these purposes are of no use any more."""
    live = (OneTimeToken.user_id == user_id, OneTimeToken.purpose.in_(purposes), OneTimeToken.used_at.is_(None))
    await session.execute(update(OneTimeToken).where(*live).values(used_at=now))


async def failures(session: AsyncSession, subjects: Sequence[bytes]) -> dict[bytes, LoginFailure]:
    """What failed so far, by what is counted."""
    found = await session.scalars(
        select(LoginFailure).where(LoginFailure.subject.in_(subjects)).execution_options(populate_existing=True)
    )
    return {row.subject: row for row in found}


async def count_attempt(
    session: AsyncSession, subject: bytes, now: datetime, forgotten: datetime, free: int, longest_seconds: int
) -> int | None:
    """How many attempts failed in a row when this one does, which is taken for failed; None while there is a pause."""
    values = {"subject": subject, "now": now, "forgotten": forgotten, "free": free, "longest": longest_seconds}
    return await session.scalar(_COUNT_ATTEMPT, values)


async def count_failures(session: AsyncSession, subjects: Sequence[bytes], now: datetime, forgotten: datetime) -> None:
    """One more failure of each; what failed before the moment `forgotten` counts no more."""
    for subject in sorted(subjects):
        row = insert(LoginFailure).values(subject=subject, failures=1, last_at=now)
        old = LoginFailure.last_at < forgotten
        again = {"failures": case((old, 1), else_=LoginFailure.failures + 1), "last_at": now}
        await session.execute(row.on_conflict_do_update(index_elements=["subject"], set_=again))


async def clear_failures(session: AsyncSession, subjects: Sequence[bytes]) -> None:
    """Count from nothing again."""
    await session.execute(delete(LoginFailure).where(LoginFailure.subject.in_(subjects)))


async def forget_failures(session: AsyncSession, before: datetime) -> None:
    """Failures before a moment are no more."""
    await session.execute(delete(LoginFailure).where(LoginFailure.last_at < before))


async def forget_sessions(session: AsyncSession, before: datetime) -> None:
    """Sessions that were over before a moment are no more."""
    is_over = (LoginSession.expires_at < before) | (LoginSession.revoked_at < before)
    await session.execute(delete(LoginSession).where(is_over))


async def forget_tokens(session: AsyncSession, before: datetime) -> None:
    """Tokens that expired before a moment are no more."""
    await session.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < before))


async def forget_registrations(session: AsyncSession, before: datetime) -> None:
    """Whoever registered before a moment, and never showed that the address is theirs, is no more."""
    await session.execute(_FORGET_REGISTRATIONS, {"before": before})
