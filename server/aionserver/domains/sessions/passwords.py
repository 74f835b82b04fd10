"""Choosing a password by a link: a forgotten one anew, or the first by an invitation."""

from uuid import UUID

from aionserver.domains.accounts import service as accounts
from aionserver.domains.mail import service as mail
from aionserver.domains.sessions import guard, keeping, links, registration
from aionserver.domains.sessions.errors import InvalidLink
from aionserver.domains.sessions.links import Opened, Purpose
from aionserver.infra.actors import nobody
from aionserver.infra.auditing import Audited
from aionserver.infra.request_context import RequestContext
from aionserver.infra.scope import Infra, Scope
from aionserver.infra.web.limits import network_of

SETTING = (Purpose.RESET_PASSWORD, Purpose.INVITATION)


async def look(scope: Scope, token: str) -> Opened | None:
    """The link, while it can be used to set a password."""
    return await links.look(scope, token, *SETTING)


async def complete(infra: Infra, context: RequestContext, token: str, password: str) -> UUID:
    """Set a password by a link, which is used up; its person, who is logged out everywhere, and told by e-mail.

    InvalidLink when it can't be used (any more), InvalidInput for a weak password, which leaves it usable.
    """
    keeping.require_strong(password)
    async with infra.open_scope(nobody(), context) as scope:
        if await look(scope, token) is None:
            raise InvalidLink("This link can't be used (any more): ask for a new one.")
    password_hash = await keeping.hash_password(infra, password)
    async with infra.open_scope(nobody(), context) as scope:
        opened = await links.use(scope, token, *SETTING)
        await _complete(scope, opened, password_hash)
    return opened.user_id


async def _complete(scope: Scope, opened: Opened, password_hash: str) -> None:
    user = await accounts.get_user(scope.session, opened.user_id, locked=True)
    if not user.is_active or opened.details.get("email") != user.email:
        raise InvalidLink("This link was sent to an address that is not yours any more.")
    had_one, user.password_hash = user.password_hash is not None, password_hash
    await links.void(scope, user.id, *SETTING, Purpose.CHANGE_EMAIL)
    ended = await keeping.end_all(scope, user.id)
    attempt = guard.Attempt(user.email, network_of(scope.context.address or ""))
    await guard.forgive(scope, attempt, whole_account=True)
    await _tell(scope, user, ended, had_one=had_one)


async def _tell(scope: Scope, user: accounts.User, ended: int, *, had_one: bool) -> None:
    there = await registration.confirm(scope, user)  # who opened the link reads this address's letters
    details = {"sessions_ended": ended}
    await there.publish(Audited("auth.password_changed", "change_password", "user", str(user.id), details=details))
    if had_one:
        subject, text = mail.texts.password_changed(user.name, scope.now())
        await mail.send(scope, "password_changed", user.email, subject, text)
