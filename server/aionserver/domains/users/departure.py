"""A person leaves: the account ends at once, and with it the tenants that nobody else works in."""

from collections.abc import Sequence

from aionserver.domains.accounts import service as accounts
from aionserver.domains.accounts.events import AccountDeleted
from aionserver.domains.accounts.service import Member, Membership, Tenant, User
from aionserver.domains.sessions import service as sessions
from aionserver.domains.tenants import service as tenants
from aionserver.domains.users.errors import NotConfirmed, OwnsTenants
from aionserver.domains.users.schemas import DeleteAccountRequest, MessageResponse
from aionserver.infra.actors import Role
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import Conflict
from aionserver.infra.scope import Scope

PHRASE = "delete my account"


async def delete_account(scope: Scope, sent: DeleteAccountRequest) -> MessageResponse:
    """End the person's account; OwnsTenants, which changes nothing, when others work in a tenant that is theirs."""
    if sent.confirmation != PHRASE:
        raise NotConfirmed(f"Send the confirmation '{PHRASE}'.")
    user, memberships = await _held(scope)
    await _require_free(scope, memberships)
    await scope.publish(Audited("user.deleted", "delete", "user", str(user.id), "warning"))
    await sessions.end_all(scope, user.id)
    for membership in memberships:
        await _leave(scope, user, membership)
    await sessions.void(scope, user.id, *sessions.Purpose)
    await scope.publish(AccountDeleted(user.id, tuple(one.tenant_id for one in memberships)))
    accounts.anonymise(user)
    return MessageResponse(message="Your account is deleted.")


async def _held(scope: Scope) -> tuple[User, Sequence[Membership]]:
    """The person and their roles, which nobody else changes until the transaction ends.

    Tenants are locked before people, everywhere and in one order, so that no two wait for each other.
    """
    user = await accounts.get_user(scope.session, scope.actor.user_id)
    before = await accounts.memberships_of(scope.session, user.id)
    for tenant_id in sorted(one.tenant_id for one in before):
        await accounts.get_tenant(scope.session, tenant_id, locked=True)
    user = await accounts.get_user(scope.session, user.id, locked=True)
    after = await accounts.memberships_of(scope.session, user.id)
    if {one.tenant_id for one in before} != {one.tenant_id for one in after}:
        raise Conflict("Your roles were changed at the same time: try again.")
    return user, after


async def _require_free(scope: Scope, memberships: Sequence[Membership]) -> None:
    owned = [one.tenant_id for one in memberships if one.role == Role.OWNER]
    shared = [tenant_id for tenant_id in owned if len(await accounts.members_of(scope.session, tenant_id)) > 1]
    if shared:
        found = [await accounts.get_tenant(scope.session, tenant_id) for tenant_id in shared]
        raise OwnsTenants(
            f"Others work in what you own: {', '.join(one.name for one in found)}. Remove them first.",
            details={"tenants": [_named(one) for one in found]},
        )


def _named(tenant: Tenant) -> dict[str, str]:
    return {"id": str(tenant.id), "name": tenant.name}


async def _leave(scope: Scope, user: User, membership: Membership) -> None:
    """End a role; of an owner, who is alone by now, the tenant with it."""
    there = await scope.acting_as(await accounts.actor_of(scope.session, membership, session_id=scope.actor.session_id))
    if membership.role == Role.OWNER:
        await tenants.close(there)
    await tenants.end_membership(there, Member(membership, user), "leave")
