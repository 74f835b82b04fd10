"""What is asked of the keys' table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aionserver.domains.api_keys.tables import ApiKey
from aionserver.infra.actors import NO_TENANT
from aionserver.infra.reading import UNSYNCED, Query, ReadConnections
from aionserver.infra.scope import Scope

# One round trip: find the key with its tenant and its maker's role, count requests, and note the use once a minute.
_USE_KEY = Query(
    text("""
    with found as (
        select k.id, k.tenant_id, k.user_id, k.role, k.scopes, k.expires_at, k.rate_limit, t.tier, m.role as maker_role,
            greatest(1, coalesce(k.rate_limit, :limit) / :shares) as share,
            k.revoked_at is not null or t.closed_at is not null
                or (k.user_id is not null and (m.role is null or not u.is_active)) as is_revoked
        from api_keys k join tenants t on t.id = k.tenant_id
            left join users u on u.id = k.user_id
            left join memberships m on m.tenant_id = k.tenant_id and m.user_id = k.user_id
        where k.key_hash = :key_hash
    ), hit as (
        insert into rate_windows as w (subject, ends_at, hits)
        select id, :ends_at, greatest(0, share - :unused) from found where not is_revoked
        on conflict (subject, ends_at) do update set hits = least(w.hits + excluded.hits, 2000000000)
        returning hits
    ), noted as (
        update api_keys set last_used_at = now() from hit, found where api_keys.id = found.id and hit.hits = share
    )
    select found.*, coalesce(hit.hits, 0) as hits from found left join hit on true
    """),
    kept=True,
)


@dataclass(frozen=True)
class KeyUse:
    """An API key's row, and how many requests of the minute are made or set aside (`share` of them for who asks).

    `maker_role` is the role that who made the key has in its tenant now; None for the operator's.
    """

    id: UUID
    tenant_id: UUID
    user_id: UUID | None
    role: str
    scopes: Sequence[str]
    expires_at: datetime | None
    rate_limit: int | None
    tier: str
    maker_role: str | None
    is_revoked: bool
    share: int
    hits: int


async def use_key(
    reads: ReadConnections, key_hash: bytes, ends_at: int, limit: int, shares: int, unused: int
) -> KeyUse | None:
    """The key with this hash. Of its limit a share is counted in the window, but for what is `unused` of the last one.

    `limit` is that of keys without one of their own.
    """
    values = {"key_hash": key_hash, "ends_at": ends_at, "limit": limit, "shares": shares, "unused": unused}
    _, rows = await reads.fetch(NO_TENANT, [UNSYNCED, _USE_KEY], **values)
    return KeyUse(**rows[0]._asdict()) if rows else None


def add_key(session: AsyncSession, row: ApiKey) -> None:
    """Insert a key at the session's next flush."""
    session.add(row)


def _of_tenant(scope: Scope, active_at: datetime | None) -> Select[ApiKey]:
    """The tenant's keys; where a moment is given, those that let in then."""
    query = select(ApiKey).where(ApiKey.tenant_id == scope.tenant_id)
    if active_at is None:
        return query
    return query.where(ApiKey.revoked_at.is_(None), or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > active_at))


async def list_keys(scope: Scope, active_at: datetime | None, limit: int, offset: int) -> Sequence[ApiKey]:
    """A page of the tenant's keys, the newest first."""
    query = _of_tenant(scope, active_at).order_by(ApiKey.created_at.desc(), ApiKey.id.desc())
    return (await scope.session.scalars(query.limit(limit).offset(offset))).all()


async def count_keys(scope: Scope, active_at: datetime | None) -> int:
    """How many keys the tenant has."""
    query = select(func.count()).select_from(_of_tenant(scope, active_at).subquery())
    return await scope.session.scalar(query) or 0


async def key_row(scope: Scope, key_id: UUID, *, locked: bool = False) -> ApiKey | None:
    """A key of the tenant; `locked` until the transaction ends."""
    query = _of_tenant(scope, None).where(ApiKey.id == key_id)
    return await scope.session.scalar(query.with_for_update() if locked else query)


async def keys_of(scope: Scope, user_id: UUID) -> Sequence[ApiKey]:
    """The keys that a person has made in the tenant and that were not revoked, locked until the transaction ends."""
    query = _of_tenant(scope, None).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    return (await scope.session.scalars(query.order_by(ApiKey.id).with_for_update())).all()


async def forget_keys(scope: Scope) -> None:
    """Remove the tenant's keys."""
    await scope.session.execute(delete(ApiKey).where(ApiKey.tenant_id == scope.tenant_id))


# In one order, so that no process waits for another that waits for it.
_COUNT_USES = text(
    """
    with counted as (
        select k.id, c.calls from unnest(cast(:keys as uuid[]), cast(:calls as bigint[])) as c (id, calls)
            join api_keys k on k.id = c.id and k.tenant_id = :tenant_id
        order by k.id for no key update of k
    )
    update api_keys k set usage_count = k.usage_count + c.calls from counted c where k.id = c.id
    """
)


async def count_uses(scope: Scope, uses: Mapping[UUID, int]) -> None:
    """Add to how often keys of the tenant were used."""
    values = {"tenant_id": scope.tenant_id, "keys": list(uses), "calls": list(uses.values())}
    await scope.session.execute(_COUNT_USES, values)
