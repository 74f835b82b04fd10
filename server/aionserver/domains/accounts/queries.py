"""What is asked of the accounts' tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from aionserver.domains.accounts.tables import ApiKey, Membership, Tenant, User

# One round trip: find the key, count requests, and note the key's use once a minute.
_USE_KEY = text(
    """
    with found as (
        select k.id, k.tenant_id, k.user_id, k.role, k.scopes, k.expires_at, k.revoked_at, t.tier
        from api_keys k join tenants t on t.id = k.tenant_id where k.key_hash = :key_hash
    ), hit as (
        insert into rate_windows as w (subject, window_start, hits)
        select id, :window_start, :taken from found where revoked_at is null
        on conflict (subject, window_start) do update set hits = w.hits + excluded.hits
        returning hits
    ), noted as (
        update api_keys set last_used_at = now() from hit, found where api_keys.id = found.id and hit.hits = :taken
    )
    select found.*, coalesce(hit.hits, 0) as hits from found left join hit on true
    """
)


@dataclass(frozen=True)
class KeyUse:
    """An API key's row, and how many requests of the minute are made or set aside."""

    id: UUID
    tenant_id: UUID
    user_id: UUID | None
    role: str
    scopes: Sequence[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    tier: str
    hits: int


async def use_key(engine: AsyncEngine, key_hash: bytes, window_start: int, taken: int) -> KeyUse | None:
    """The key with this hash; so many requests are counted, unless it is revoked."""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        result = await connection.execute(
            _USE_KEY, {"key_hash": key_hash, "window_start": window_start, "taken": taken}
        )
        row = result.mappings().one_or_none()
    return KeyUse(**row) if row else None


async def forget_windows(session: AsyncSession, before: int) -> None:
    """Drop the counters of minutes long gone."""
    await session.execute(text("delete from rate_windows where window_start < :before"), {"before": before})


async def tenant_count(session: AsyncSession) -> int:
    """How many tenants there are."""
    return await session.scalar(select(func.count()).select_from(Tenant)) or 0


async def first_tenant(session: AsyncSession) -> Tenant | None:
    """The tenant made at first start."""
    return await session.scalar(select(Tenant).order_by(Tenant.id).limit(1))


async def tenant_ids(session: AsyncSession) -> Sequence[UUID]:
    """Every tenant."""
    return (await session.scalars(select(Tenant.id).order_by(Tenant.id))).all()


async def owner_of(session: AsyncSession, tenant_id: UUID) -> User | None:
    """The tenant's owner."""
    query = select(User).join(Membership).where(Membership.tenant_id == tenant_id, Membership.role == "owner")
    return await session.scalar(query.limit(1))


def add_row(session: AsyncSession, row: Tenant | User | Membership | ApiKey) -> None:
    """Insert a row at the session's next flush."""
    session.add(row)
