"""Logging in by e-mail address and password. No answer tells whether an address has an account."""

from dataclasses import dataclass, replace
from uuid import UUID

from aionserver.domains.accounts import service as accounts
from aionserver.domains.sessions import guard, keeping, letters
from aionserver.domains.sessions.devices import known_device
from aionserver.domains.sessions.errors import InvalidCredentials
from aionserver.infra.actors import nobody
from aionserver.infra.auditing import Audited
from aionserver.infra.request_context import RequestContext
from aionserver.infra.scope import Infra, Scope
from aionserver.infra.web.limits import network_of
from aionserver.kit import passwords

NOBODY = UUID(int=0)
REFUSED = "E-mail address and password do not belong together, or the address is not confirmed yet."


@dataclass(frozen=True)
class LoggedIn:
    """A person and their new session."""

    user: accounts.User
    begun: keeping.Begun


@dataclass(frozen=True)
class _Claim:
    """Who somebody says they are, and what is known of that."""

    attempt: guard.Attempt
    standing: guard.Standing
    user: accounts.User | None
    is_known: bool = False

    @property
    def user_id(self) -> UUID:
        """The account's, or nobody's: what is asked of it takes as long."""
        return self.user.id if self.user else NOBODY


async def log_in(
    infra: Infra, context: RequestContext, email: str, password: str, *, remember: bool, device: str | None = None
) -> LoggedIn:
    """A new session; InvalidCredentials when the password is not the account's, LoginPaused after too many of them.

    `device` is the cookie that the device shows.
    Three transactions: no connection is held while the password is hashed, and a failure is kept though it is refused.
    """
    async with infra.open_scope(nobody(), context) as scope:
        claim = await _look_up(scope, accounts.normal_email(email), device)
    is_right = await keeping.is_password(infra, claim.user.password_hash if claim.user else None, password)
    if is_right and (claim.is_known or claim.standing.slow_seconds <= 0):
        renewed = await _renewed_hash(infra, claim.user, password)
        async with infra.open_scope(nobody(), context) as scope:
            admitted = await _admit(scope, claim, renewed, remember=remember)
        if admitted:
            return admitted
    async with infra.open_scope(nobody(), context) as scope:
        await _fail(scope, claim)
    if claim.standing.slow_seconds > 0:
        raise guard.paused(claim.standing.slow_seconds)
    raise InvalidCredentials(REFUSED)


async def _look_up(scope: Scope, account: str, cookie: str | None) -> _Claim:
    user = await accounts.find_user(scope.session, account)
    device = known_device(scope.infra.secret, user.id if user else NOBODY, cookie)
    attempt = guard.Attempt(account, network_of(scope.context.address or ""), device)
    claim = _Claim(attempt, await guard.begin(scope, attempt), user)
    return replace(claim, is_known=await guard.is_known(scope, claim.user_id, attempt))


async def _renewed_hash(infra: Infra, user: accounts.User | None, password: str) -> str | None:
    if user is None or user.password_hash is None or not passwords.is_outdated(user.password_hash):
        return None
    return await keeping.hash_password(infra, password)


async def _admit(scope: Scope, claim: _Claim, renewed: str | None, *, remember: bool) -> LoggedIn | None:
    """The session, unless the person may not log in, or has another password by now."""
    assert claim.user is not None
    user = await accounts.get_user(scope.session, claim.user.id, locked=True)
    is_confirmed = user.email_verified_at is not None or not scope.infra.settings.verifies_emails
    if not (user.is_active and is_confirmed and user.password_hash == claim.user.password_hash):
        return None
    user.password_hash = renewed or user.password_hash
    await guard.forgive(scope, claim.attempt)
    return LoggedIn(user, await keeping.log_in(scope, user, remember=remember))


async def _fail(scope: Scope, claim: _Claim) -> None:
    if await guard.fail(scope, claim.attempt, claim.standing, is_known=claim.is_known):
        await letters.ask_for(scope, letters.Kind.PAUSED, claim.attempt.account)
    there = await scope.acting_as(await accounts.first_actor(scope.session, claim.user_id) or scope.actor)
    known_id = str(claim.user_id) if claim.user else None
    await there.publish(Audited("auth.login_failed", "login", "user", known_id, severity="warning", result="failure"))
