"""Who there is: tenants, people, and their roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aionserver.domains.accounts import queries
from aionserver.domains.accounts.errors import EmailTaken
from aionserver.domains.accounts.plans import CREDIT_PACKS, Plan, plan_of
from aionserver.domains.accounts.tables import Membership, Tenant, User
from aionserver.infra.actors import Actor, Role
from aionserver.infra.database import Session, open_session
from aionserver.infra.errors import NotFound
from aionserver.infra.scope import Infra
from aionserver.kit.ids import new_id

__all__ = ["CREDIT_PACKS", "Membership", "Plan", "Tenant", "User", "plan_of"]


# No domain of the internet (RFC 2606).
NOWHERE = "deleted.invalid"


@dataclass(frozen=True)
class Member:
    """A person of a tenant."""

    membership: Membership
    user: User


async def has_tenants(session: Session) -> bool:
    """Whether there is a tenant yet."""
    return await queries.tenant_count(session) > 0


async def create_tenant(session: Session, name: str, tier: str, tenant_id: UUID | None = None) -> UUID:
    """A new tenant, by the id that was made for it already if one was."""
    tenant = Tenant(id=tenant_id or new_id(), name=name, tier=tier)
    queries.add_row(session, tenant)
    await session.flush()
    return tenant.id


async def create_user(session: Session, email: str, name: str, password_hash: str | None = None) -> User:
    """A new person, in no tenant yet; EmailTaken when the address is known."""
    user = User(email=normal_email(email), name=name, password_hash=password_hash)
    if await find_user(session, email) or not await queries.add_user(session, user):
        raise EmailTaken("There is an account with this e-mail address.")
    return user


async def register_user(session: Session, email: str, name: str, password_hash: str) -> User | None:
    """A new person, in no tenant yet; None when the address is known, which takes as long to find out."""
    return await queries.insert_user(session, normal_email(email), name, password_hash)


async def add_member(session: Session, tenant_id: UUID, user_id: UUID, role: Role) -> Membership:
    """A person's new role in a tenant."""
    row = Membership(tenant_id=tenant_id, user_id=user_id, role=role)
    queries.add_row(session, row)
    await session.flush()
    return row


async def found_tenant(session: Session, user: User, name: str, tier: str, tenant_id: UUID | None = None) -> UUID:
    """A new tenant that the person owns."""
    tenant_id = await create_tenant(session, name, tier, tenant_id)
    await add_member(session, tenant_id, user.id, Role.OWNER)
    return tenant_id


def normal_email(email: str) -> str:
    """The form in which addresses are kept and compared."""
    return email.strip().lower()


async def find_user(session: Session, email: str) -> User | None:
    """The person with this address, however it is written."""
    return await queries.user_by_email(session, normal_email(email))


async def get_user(session: Session, user_id: UUID | None, *, locked: bool = False) -> User:
    """A person; NotFound when there is none, as behind a key that the operator made."""
    user = await queries.user_row(session, user_id, locked=locked) if user_id else None
    if user is None:
        raise NotFound("There is no person behind this key.")
    return user


async def change_email(session: Session, user: User, email: str, now: datetime) -> None:
    """The person's address from now on, which is known to be theirs; EmailTaken when somebody else has it."""
    if not await queries.set_email(session, user, normal_email(email)):
        raise EmailTaken("There is another account with this e-mail address.")
    user.email_verified_at = now


def anonymise(user: User) -> None:
    """Of the person only the row stays, for what they did speaks of it. The address is free again."""
    user.email, user.name = f"{user.id}@{NOWHERE}", "Deleted account"
    user.password_hash, user.preferences = None, {}
    user.is_active = False


async def get_tenant(session: Session, tenant_id: UUID, *, locked: bool = False) -> Tenant:
    """A tenant."""
    tenant = await queries.tenant_row(session, tenant_id, locked=locked)
    if tenant is None:
        raise NotFound("There is no such tenant.")
    return tenant


async def closed_tenants(infra: Infra, before: datetime) -> Sequence[UUID]:
    """The tenants that were closed before a moment and were not forgotten since."""
    async with open_session(infra.engine) as session:
        return await queries.closed_tenant_ids(session, before)


async def forget_tenant(session: Session, tenant_id: UUID) -> None:
    """Of a closed tenant only the row stays, empty: entries of the ledger and the audit log speak of it."""
    tenant = await get_tenant(session, tenant_id, locked=True)
    tenant.name, tenant.webhook_url, tenant.custom_config, tenant.allowed_domains = "", None, {}, []
    for member in await members_of(session, tenant_id):
        await remove_member(session, tenant_id, member.user.id)


async def owner_of(session: Session, tenant_id: UUID) -> User | None:
    """The tenant's owner."""
    return await queries.owner_of(session, tenant_id)


async def memberships_of(session: Session, user_id: UUID) -> Sequence[Membership]:
    """A person's roles in tenants that are open, the oldest first."""
    return await queries.memberships(session, user_id)


async def members_of(session: Session, tenant_id: UUID) -> Sequence[Member]:
    """The people of a tenant, in the order they came."""
    return [Member(membership, user) for membership, user in await queries.members(session, tenant_id)]


async def member_of(session: Session, tenant_id: UUID, user_id: UUID) -> Membership | None:
    """A person's role in a tenant; None when the person is no member."""
    return await queries.membership(session, tenant_id, user_id)


async def remove_member(session: Session, tenant_id: UUID, user_id: UUID) -> None:
    """End a person's role in a tenant."""
    await queries.remove_membership(session, tenant_id, user_id)


async def actor_of(session: Session, membership: Membership, session_id: UUID | None = None) -> Actor:
    """The person at work in the tenant of a membership."""
    return _actor(membership, await get_tenant(session, membership.tenant_id), session_id)


async def first_actor(session: Session, user_id: UUID) -> Actor | None:
    """The person at work in the oldest of their tenants; to find none takes as long."""
    found = await queries.first_membership(session, user_id)
    return _actor(*found) if found else None


def _actor(membership: Membership, tenant: Tenant, session_id: UUID | None = None) -> Actor:
    role = Role(membership.role)
    return Actor(
        tenant_id=tenant.id,
        role=role,
        tier=tenant.tier,
        user_id=membership.user_id,
        session_id=session_id,
        is_owner=role is Role.OWNER,
    )


async def first_tenant(session: Session) -> Tenant:
    """The tenant made at first start, for the operator's commands."""
    tenant = await queries.first_tenant(session)
    if tenant is None:
        raise NotFound("There is no tenant yet: start the server once with 'aionvision serve'.")
    return tenant


async def every_tenant(infra: Infra) -> Sequence[UUID]:
    """The ids of all tenants, for work that goes through each."""
    async with open_session(infra.engine) as session:
        return await queries.tenant_ids(session)
