"""Who works in a tenant: invited, given another role, removed.

Each change locks the tenant's row first, so that two of them never meet.
"""

from aionserver.domains.accounts import service as accounts
from aionserver.domains.accounts.service import Member, Tenant, User
from aionserver.domains.mail import service as mail
from aionserver.domains.sessions import service as sessions
from aionserver.domains.sessions.service import Purpose
from aionserver.domains.tenants.errors import AddressNotConfirmed, AlreadyMember, OwnerStays
from aionserver.domains.tenants.schemas import (
    InviteMemberRequest,
    MemberRemovalResponse,
    TenantMemberResponse,
    UpdateMemberRoleRequest,
)
from aionserver.domains.tenants.service import change_of, end_membership, open_tenant
from aionserver.infra.actors import Role
from aionserver.infra.errors import InvalidInput, NotFound
from aionserver.infra.scope import Scope
from aionserver.kit.ids import parse_id


async def list_members(scope: Scope) -> list[TenantMemberResponse]:
    """The people of the tenant, in the order they came."""
    return [_shown(one) for one in await accounts.members_of(scope.session, scope.tenant_id)]


def _shown(member: Member) -> TenantMemberResponse:
    """The member; who was invited and has not come yet has no name here, for who invites may be a stranger to them."""
    user, membership = member.user, member.membership
    is_here = membership.role == Role.OWNER or membership.last_active_at is not None
    return TenantMemberResponse(
        id=str(user.id),
        email=user.email,
        name=user.name if is_here else user.email,
        role=Role(membership.role),
        joined_at=membership.created_at,
        last_active_at=membership.last_active_at,
    )


async def invite(scope: Scope, wanted: InviteMemberRequest) -> TenantMemberResponse:
    """A person's new role here; who is not known yet becomes so, and chooses a password by the link in the letter.

    AddressNotConfirmed for an account whose maker need not be who reads the address's letters.
    """
    tenant = await open_tenant(scope)
    email = accounts.normal_email(wanted.email)
    _require_domain(tenant, email)
    await sessions.claim_address(scope, email)
    user = await accounts.find_user(scope.session, email)
    if user is None:
        user = await accounts.create_user(scope.session, email, email)
    elif not user.is_active:
        raise InvalidInput.field("email", "is of an account that lets nobody in")
    elif await accounts.member_of(scope.session, tenant.id, user.id):
        raise AlreadyMember(
            f"{user.email} is a member already; without a password, 'forgot password' sends a link.",
            details={"user_id": str(user.id)},
        )
    elif user.password_hash is not None and user.email_verified_at is None:
        raise AddressNotConfirmed(
            f"{email} has an account that never confirmed this address: let its person do so, then invite them."
        )
    membership = await accounts.add_member(scope.session, tenant.id, user.id, Role(wanted.role))
    await _tell(scope, tenant, user, wanted.role)
    member = Member(membership, user)
    await scope.publish(change_of("member_added", "invite", member, (None, wanted.role)))
    return _shown(member)


def _require_domain(tenant: Tenant, email: str) -> None:
    domain = email.rpartition("@")[2]
    if tenant.allowed_domains and domain not in tenant.allowed_domains:
        raise InvalidInput.field("email", f"must be of one of the domains {', '.join(tenant.allowed_domains)}")


async def _tell(scope: Scope, tenant: Tenant, user: User, role: str) -> None:
    """The letter; with a link to set a password, for who has none and no other way to log in."""
    inviter = await accounts.get_user(scope.session, scope.actor.user_id) if scope.actor.user_id else None
    link = None
    if user.password_hash is None and user.email_verified_at is None:
        link = await sessions.issue(scope, user.id, Purpose.INVITATION, {"email": user.email})
    url, hours = (link.url, link.valid_hours) if link else (None, 0)
    subject, text = mail.texts.invitation(inviter.name if inviter else None, tenant.name, role, url, hours)
    await mail.send(scope, "invitation", user.email, subject, text, url)


async def change_role(scope: Scope, user_id: str, wanted: UpdateMemberRoleRequest) -> TenantMemberResponse:
    """A member's new role; what is under way keeps the old one."""
    await open_tenant(scope)
    member = await _changeable(scope, user_id)
    old, member.membership.role = member.membership.role, wanted.role
    await scope.publish(change_of("member_role_changed", "change_role", member, (old, wanted.role)))
    return _shown(member)


async def remove(scope: Scope, user_id: str) -> MemberRemovalResponse:
    """End a person's role here, and the keys that they made here."""
    await open_tenant(scope)
    member = await _changeable(scope, user_id)
    await end_membership(scope, member, "remove")
    return MemberRemovalResponse(detail=f"{member.user.email} is no member any more.")


async def _changeable(scope: Scope, user_id: str) -> Member:
    """The member with this id; NotFound when there is none, OwnerStays when it is the owner."""
    known = parse_id(user_id)
    membership = await accounts.member_of(scope.session, scope.tenant_id, known) if known else None
    if membership is None:
        raise NotFound("There is no such member.")
    if membership.role == Role.OWNER:
        raise OwnerStays("The owner keeps the role, and can't be removed.")
    return Member(membership, await accounts.get_user(scope.session, membership.user_id))
