"""What is asked of the accounts' tables. They have no row-level security: each query names its tenant or user."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from aionserver.domains.accounts.tables import Membership, Tenant, User
from aionserver.kit.ids import new_id


async def tenant_count(session: AsyncSession) -> int:
    """How many tenants there are."""
    return await session.scalar(select(func.count()).select_from(Tenant)) or 0


async def first_tenant(session: AsyncSession) -> Tenant | None:
    """The tenant made at first start."""
    return await session.scalar(select(Tenant).order_by(Tenant.id).limit(1))


async def tenant_ids(session: AsyncSession) -> Sequence[UUID]:
    """Every tenant."""
    return (await session.scalars(select(Tenant.id).order_by(Tenant.id))).all()


async def closed_tenant_ids(session: AsyncSession, before: datetime) -> Sequence[UUID]:
    """The tenants that were closed before a moment and still have a name."""
    query = select(Tenant.id).where(Tenant.closed_at < before, Tenant.name != "").order_by(Tenant.id)
    return (await session.scalars(query)).all()


async def owner_of(session: AsyncSession, tenant_id: UUID) -> User | None:
    """The tenant's owner."""
    query = select(User).join(Membership).where(Membership.tenant_id == tenant_id, Membership.role == "owner")
    return await session.scalar(query.limit(1))


async def tenant_row(session: AsyncSession, tenant_id: UUID, *, locked: bool = False) -> Tenant | None:
    """A tenant; `locked` until the transaction ends, for changes that must not meet."""
    return await session.get(Tenant, tenant_id, with_for_update=locked or None)


async def user_row(session: AsyncSession, user_id: UUID, *, locked: bool = False) -> User | None:
    """A person; `locked` until the transaction ends, for changes that must not meet."""
    return await session.get(User, user_id, with_for_update=locked or None)


async def user_by_email(session: AsyncSession, email: str) -> User | None:
    """The person with this address, which is in lower case."""
    return await session.scalar(select(User).where(User.email == email))


async def memberships(session: AsyncSession, user_id: UUID) -> Sequence[Membership]:
    """A person's roles in tenants that are open, the oldest first."""
    query = select(Membership).join(Tenant).where(Membership.user_id == user_id, Tenant.closed_at.is_(None))
    return (await session.scalars(query.order_by(Membership.created_at, Membership.tenant_id))).all()


async def first_membership(session: AsyncSession, user_id: UUID) -> tuple[Membership, Tenant] | None:
    """A person's oldest role in a tenant that is open; one statement, whether there is one or not."""
    query = select(Membership, Tenant).join(Tenant).where(Membership.user_id == user_id, Tenant.closed_at.is_(None))
    found = (await session.execute(query.order_by(Membership.created_at, Membership.tenant_id).limit(1))).one_or_none()
    return (found[0], found[1]) if found else None


async def members(session: AsyncSession, tenant_id: UUID) -> Sequence[tuple[Membership, User]]:
    """The people of a tenant with their roles, in the order they came."""
    query = select(Membership, User).join(User).where(Membership.tenant_id == tenant_id)
    rows = await session.execute(query.order_by(Membership.created_at, User.id))
    return [(row[0], row[1]) for row in rows]


async def membership(session: AsyncSession, tenant_id: UUID, user_id: UUID) -> Membership | None:
    """A person's role in a tenant."""
    return await session.get(Membership, (tenant_id, user_id))


async def remove_membership(session: AsyncSession, tenant_id: UUID, user_id: UUID) -> None:
    """End a person's role in a tenant."""
    await session.execute(delete(Membership).where(Membership.tenant_id == tenant_id, Membership.user_id == user_id))


async def insert_user(session: AsyncSession, email: str, name: str, password_hash: str) -> User | None:
    """A new person, None when another one has the address; one statement in either case."""
    row = insert(User).values(id=new_id(), email=email, name=name, password_hash=password_hash)
    return await session.scalar(row.on_conflict_do_nothing(index_elements=["email"]).returning(User))


async def add_user(session: AsyncSession, user: User) -> bool:
    """Insert a person; False when another one has the address."""
    try:
        async with session.begin_nested():
            session.add(user)
    except IntegrityError:
        return False
    return True


async def set_email(session: AsyncSession, user: User, email: str) -> bool:
    """Change a person's address; False when another one has it."""
    try:
        async with session.begin_nested():
            user.email = email
    except IntegrityError:
        return False
    return True


def add_row(session: AsyncSession, row: Tenant | User | Membership) -> None:
    """Insert a row at the session's next flush."""
    session.add(row)
