"""Registering, and confirming the address registered with. No answer tells whether an address has an account.

Where addresses are confirmed (`Settings.verifies_emails`), nobody is let in before: an answer, and a log-in with the
password that was sent, are the same for an address that has an account. An account that was never confirmed is no
claim to the address: whoever registers next replaces it, and the link of the one before ends. The organisation is
founded when the address is confirmed, by the id that was answered.

Where addresses are not confirmed, a new account can be used at once, and so its maker can tell that it is new.
"""

from dataclasses import dataclass
from uuid import UUID

from aionserver.domains.accounts import service as accounts
from aionserver.domains.sessions import keeping, letters, links, queries
from aionserver.domains.sessions.errors import InvalidLink, RegistrationClosed
from aionserver.domains.sessions.links import Purpose
from aionserver.domains.sessions.schemas import RegisterResponse
from aionserver.infra.actors import nobody
from aionserver.infra.auditing import Audited
from aionserver.infra.request_context import RequestContext
from aionserver.infra.scope import Infra, Scope
from aionserver.infra.web.idempotency import Remember
from aionserver.kit.ids import new_id


@dataclass(frozen=True)
class Registration:
    """What somebody registers with."""

    email: str
    password: str
    name: str
    organisation: str | None
    wants_session: bool


async def register(infra: Infra, context: RequestContext, wanted: Registration, remember: Remember) -> RegisterResponse:
    """A new account, if the address has none, and a letter in either case; the answer is remembered with it."""
    if not infra.settings.open_registration:
        raise RegistrationClosed("This server takes no registrations: ask a member for an invitation.")
    keeping.require_strong(wanted.password, "password")
    password_hash = await keeping.hash_password(infra, wanted.password)
    async with infra.open_scope(nobody(), context) as scope:
        answer = await _register(scope, wanted, password_hash)
        await scope.enter()  # what nobody asked is remembered where nobody is at work, not in what was founded
        await remember(scope, answer)
    return answer


async def _register(scope: Scope, wanted: Registration, password_hash: str) -> RegisterResponse:
    email, tenant_id = accounts.normal_email(wanted.email), new_id()
    await queries.lock_email(scope.session, email)
    await queries.forget_registration(scope.session, email)
    details = {"tenant_id": str(tenant_id), "organisation": wanted.organisation}
    await letters.ask_for(scope, letters.Kind.REGISTERED, email, details)
    user = await accounts.register_user(scope.session, email, wanted.name, password_hash)
    if user is None:
        return _answer(scope, wanted, new_id(), tenant_id, None)
    begun = None
    if not scope.infra.settings.verifies_emails:
        await keeping.found_organisation(scope, user, wanted.organisation, tenant_id)
        begun = await keeping.log_in(scope, user) if wanted.wants_session else None
    return _answer(scope, wanted, user.id, tenant_id, begun)


def _answer(
    scope: Scope, wanted: Registration, user_id: UUID, tenant_id: UUID, begun: keeping.Begun | None
) -> RegisterResponse:
    """The ids of a new account; for an address that had one, of nothing."""
    settings = scope.infra.settings
    is_sent = settings.smtp_url is not None
    return RegisterResponse(
        user_id=str(user_id),
        email=wanted.email,
        name=wanted.name,
        tenant_id=str(tenant_id),
        session_id=str(begun.session.id) if begun else None,
        session_token=begun.token if begun else None,
        email_verification_required=settings.verifies_emails,
        email_sent=is_sent,
        email_error=None if is_sent else "This server sends no e-mail: ask who runs it for the link.",
    )


async def verify_email(scope: Scope, token: str) -> str:
    """The address that the link was sent to, confirmed from now on; its person's organisation is founded."""
    opened = await links.use(scope, token, Purpose.VERIFY_EMAIL)
    user = await accounts.get_user(scope.session, opened.user_id, locked=True)
    if opened.details.get("email") != user.email:
        raise InvalidLink("This link was sent to an address that is not yours any more.")
    await confirm(scope, user)
    return user.email


async def confirm(scope: Scope, user: accounts.User) -> Scope:
    """The person's address is theirs, and they are in an organisation; a scope at work in it."""
    found = await accounts.memberships_of(scope.session, user.id)
    membership = found[0] if found else await _found(scope, user)
    there = await scope.acting_as(await accounts.actor_of(scope.session, membership))
    if user.email_verified_at is None:
        user.email_verified_at = scope.now()
        await links.void(scope, user.id, Purpose.VERIFY_EMAIL)
        await there.publish(Audited("auth.email_verified", "verify", "user", str(user.id)))
    return there


async def _found(scope: Scope, user: accounts.User) -> accounts.Membership:
    details = await links.last_details(scope, user.id, Purpose.VERIFY_EMAIL)
    tenant_id = details.get("tenant_id")
    return await keeping.found_organisation(
        scope, user, details.get("organisation"), UUID(tenant_id) if tenant_id else None
    )
