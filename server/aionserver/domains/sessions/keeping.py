"""Sessions: begun, changed, ended; and how passwords are hashed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from aionserver.domains.accounts import service as accounts
from aionserver.domains.sessions import queries
from aionserver.domains.sessions.errors import CurrentSession
from aionserver.domains.sessions.ring import SESSION_PREFIX
from aionserver.domains.sessions.schemas import LoginResponse
from aionserver.domains.sessions.tables import LoginSession
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import InvalidInput, InvalidSession, NotFound
from aionserver.infra.scope import Infra, Scope
from aionserver.kit import passwords
from aionserver.kit.ids import parse_id
from aionserver.kit.tokens import family_of, fingerprint, following_token, new_token

LIFETIME = timedelta(days=1)
REMEMBERED_LIFETIME = timedelta(days=30)


@dataclass(frozen=True)
class Begun:
    """A session and its token, which is shown once."""

    session: LoginSession
    token: str


async def begin(scope: Scope, user_id: UUID, tenant_id: UUID | None, *, remember: bool = False) -> Begun:
    """A new session of a person, on the device that the scope's request comes from."""
    token, now = new_token(SESSION_PREFIX), scope.now()
    row = LoginSession(
        user_id=user_id,
        tenant_id=tenant_id,
        token_hash=fingerprint(token),
        family_hash=_family(token),
        is_remembered=remember,
        address=scope.context.address,
        user_agent=scope.context.user_agent,
        created_at=now,
        last_active_at=now,
        expires_at=now + _lifetime(remember),
    )
    queries.add_row(scope.session, row)
    await scope.session.flush()
    return Begun(row, token)


def _family(token: str) -> bytes:
    return fingerprint(family_of(SESSION_PREFIX, token))


def login_response(user: accounts.User, begun: Begun) -> LoginResponse:
    """The answer to whoever has logged in."""
    return LoginResponse(
        user_id=str(user.id),
        email=user.email,
        name=user.name,
        email_verified=user.email_verified_at is not None,
        is_active=user.is_active,
        session_id=str(begun.session.id),
        session_token=begun.token,
    )


def _lifetime(remember: bool) -> timedelta:
    return REMEMBERED_LIFETIME if remember else LIFETIME


async def log_in(scope: Scope, user: accounts.User, *, remember: bool = False, event_type: str = "auth.login") -> Begun:
    """A session of a person who has shown who they are; who is in no organisation founds one.

    `user` is locked in the scope's transaction, so that of two first log-ins only one founds.
    """
    found = await accounts.memberships_of(scope.session, user.id)
    membership = found[0] if found else await found_organisation(scope, user)
    user.last_login_at = scope.now()
    begun = await begin(scope, user.id, membership.tenant_id, remember=remember)
    there = await scope.acting_as(await accounts.actor_of(scope.session, membership, begun.session.id))
    await there.publish(Audited(event_type, "login", "session", str(begun.session.id)))
    return begun


async def found_organisation(
    scope: Scope, user: accounts.User, name: str | None = None, tenant_id: UUID | None = None
) -> accounts.Membership:
    """A person's role as the owner of an organisation of their own."""
    own, tier = name or f"{user.name}'s organisation", scope.infra.settings.default_tier
    made = await accounts.found_tenant(scope.session, user, own, tier, tenant_id)
    membership = await accounts.member_of(scope.session, made, user.id)
    assert membership is not None
    there = await scope.acting_as(await accounts.actor_of(scope.session, membership))
    await there.publish(Audited("tenant.created", "create", "tenant", str(made), changes={"name": (None, own)}))
    return membership


async def rotate(scope: Scope, token: str) -> Begun:
    """The actor's session with another token, for as long again; the one before is good for half a minute more.

    Asked again with the one before it answers the same, so an answer that was lost can be had again.
    """
    row = await queries.session_row(scope.session, _session_id(scope))
    following = following_token(SESSION_PREFIX, scope.infra.secret, token)
    if row is None or row.revoked_at is not None:
        raise InvalidSession("The session was ended: log in.")
    if row.token_hash == fingerprint(token):
        row.previous_token_hash, row.token_hash = row.token_hash, fingerprint(following)
        row.rotated_at, row.family_hash = scope.now(), _family(token)
    elif row.token_hash != fingerprint(following):
        raise InvalidSession("The session's token was replaced: use the newest one.")
    row.expires_at = scope.now() + _lifetime(row.is_remembered)
    await scope.publish(Audited("auth.token_refresh", "refresh", "session", str(row.id)))
    return Begun(row, following)


def _session_id(scope: Scope) -> UUID:
    assert scope.actor.session_id is not None
    return scope.actor.session_id


async def current(scope: Scope) -> accounts.User:
    """The person whose session it is."""
    return await accounts.get_user(scope.session, scope.actor.user_id)


async def list_sessions(scope: Scope) -> Sequence[LoginSession]:
    """Where the actor is logged in, the last used first."""
    return await queries.live_sessions(scope.session, (await current(scope)).id, scope.now())


async def end(scope: Scope, sent_id: str) -> None:
    """End another session of the actor; CurrentSession for the one that asks."""
    session_id, user = parse_id(sent_id), await current(scope)
    if session_id is not None and session_id == scope.actor.session_id:
        raise CurrentSession("This is the session you are using: log out instead.")
    if session_id is None or not await queries.end_session(scope.session, user.id, session_id, scope.now()):
        raise NotFound("There is no such session.")
    await scope.publish(Audited("auth.logout", "logout", "session", str(session_id)))


async def is_live(scope: Scope, session_id: UUID) -> bool:
    """Whether a session is not over."""
    row = await queries.session_row(scope.session, session_id)
    return row is not None and row.revoked_at is None and row.expires_at > scope.now()


async def log_out(scope: Scope, *, everywhere: bool) -> int:
    """End the actor's session, or all of the person's; how many were ended."""
    user, now, session_id = await current(scope), scope.now(), _session_id(scope)
    if everywhere:
        ended = await end_all(scope, user.id)
    else:
        ended = await queries.end_session(scope.session, user.id, session_id, now)
    details = {"sessions_ended": ended}
    await scope.publish(Audited("auth.logout", "logout", "session", str(session_id), details=details))
    return ended


async def end_all(scope: Scope, user_id: UUID, *, but: UUID | None = None) -> int:
    """End all sessions of a person but one; how many that were."""
    return await queries.end_sessions(scope.session, user_id, scope.now(), but)


async def claim_address(scope: Scope, email: str) -> None:
    """Until the transaction ends nobody registers with this address; who did, and never confirmed it, is forgotten."""
    await queries.lock_email(scope.session, email)
    await queries.forget_registration(scope.session, email)


def require_strong(password: str, field: str = "new_password") -> None:
    """InvalidInput, naming the field, for a password that is too weak."""
    weakness = passwords.weakness_of(password)
    if weakness:
        raise InvalidInput.field(field, weakness)


async def hash_password(infra: Infra, password: str) -> str:
    """The hash of a password. It takes a while: to be called while no transaction is open."""
    return await infra.hashing.run(passwords.hash_password, password)


async def is_password(infra: Infra, stored: str | None, password: str) -> bool:
    """Whether a hash is of this password; as slow for no hash. To be called while no transaction is open."""
    return await infra.hashing.run(passwords.is_password, stored, password[: passwords.LONGEST + 1])
