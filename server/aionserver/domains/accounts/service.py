"""Who may act: tenants, their owners and their keys."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from argon2 import PasswordHasher

from aionserver.domains.accounts import queries
from aionserver.domains.accounts.keyring import window_of
from aionserver.domains.accounts.plans import plan_of
from aionserver.domains.accounts.tables import ApiKey, Membership, Tenant, User
from aionserver.infra.actors import Role
from aionserver.infra.database import Session, open_session
from aionserver.infra.errors import NotFound
from aionserver.infra.scope import Infra
from aionserver.kit.api_keys import fingerprint, new_key, shown_prefix

__all__ = ["plan_of"]
OWNER_EMAIL = "owner@aionvision.local"
KEPT_WINDOWS = 60


@dataclass(frozen=True)
class FirstLogin:
    """What the operator is shown once: the owner's login and an API key."""

    email: str
    password: str
    api_key: str


async def create_first_login(session: Session, tier: str) -> FirstLogin | None:
    """The first tenant with its owner and key; None when there is a tenant already."""
    if await queries.tenant_count(session):
        return None
    password = secrets.token_urlsafe(12)
    tenant, user = Tenant(name="My organisation", tier=tier), User(email=OWNER_EMAIL, name="Owner")
    user.password_hash = PasswordHasher().hash(password)
    queries.add_row(session, tenant)
    queries.add_row(session, user)
    await session.flush()
    queries.add_row(session, Membership(tenant_id=tenant.id, user_id=user.id, role=Role.OWNER))
    key = create_key(session, tenant.id, user.id, "First key", Role.ADMIN)
    return FirstLogin(OWNER_EMAIL, password, key)


async def create_tenant(session: Session, name: str, tier: str) -> UUID:
    """A new tenant."""
    tenant = Tenant(name=name, tier=tier)
    queries.add_row(session, tenant)
    await session.flush()
    return tenant.id


def create_key(
    session: Session,
    tenant_id: UUID,
    user_id: UUID | None,
    name: str,
    role: Role,
    expires_at: datetime | None = None,
) -> str:
    """A new key in full; it can't be read again."""
    key = new_key()
    row = ApiKey(
        tenant_id=tenant_id,
        user_id=user_id,
        name=name,
        key_hash=fingerprint(key),
        key_prefix=shown_prefix(key),
        role=role,
        expires_at=expires_at,
    )
    queries.add_row(session, row)
    return key


async def create_operator_key(session: Session, name: str, role: Role) -> str:
    """A key for the first tenant, as the operator's command line makes it."""
    tenant = await queries.first_tenant(session)
    if tenant is None:
        raise NotFound("There is no tenant yet: start the server once with 'aionvision serve'.")
    owner = await queries.owner_of(session, tenant.id)
    return create_key(session, tenant.id, owner.id if owner else None, name, role)


async def forget_old_windows(infra: Infra) -> None:
    """Drop the rate limits' counters of minutes long gone."""
    before = window_of(infra.clock()) - KEPT_WINDOWS
    async with open_session(infra.engine) as session, session.begin():
        await queries.forget_windows(session, before)


async def every_tenant(infra: Infra) -> Sequence[UUID]:
    """The ids of all tenants, for work that goes through each."""
    async with open_session(infra.engine) as session:
        return await queries.tenant_ids(session)
