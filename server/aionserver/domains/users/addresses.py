"""A person's e-mail address, changed when the link sent to the new one is opened."""

from aionserver.domains.accounts import service as accounts
from aionserver.domains.accounts.service import User
from aionserver.domains.mail import service as mail
from aionserver.domains.sessions import service as sessions
from aionserver.domains.sessions.errors import InvalidLink
from aionserver.domains.sessions.service import Purpose
from aionserver.domains.users.passwords import require_password
from aionserver.domains.users.schemas import (
    ConfirmEmailChangeRequest,
    EmailChangedResponse,
    EmailChangeRequest,
    MessageResponse,
)
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import InvalidInput
from aionserver.infra.scope import Scope
from aionserver.infra.web.door import Caller

SENT = "A link was sent to the new address. It is used when the link is opened; until then the old one stays in use."


async def ask(caller: Caller, wanted: EmailChangeRequest) -> MessageResponse:
    """Send a link to the new address, and a notice to the old one.

    Whether the new one has an account makes no difference here: only who reads its letters is told, by the link.
    """
    await require_password(caller, wanted.password)
    email = accounts.normal_email(wanted.new_email)
    async with caller.open_scope() as scope:
        user = await accounts.get_user(scope.session, scope.actor.user_id, locked=True)
        if email == user.email:
            raise InvalidInput.field("new_email", "is your address already")
        await _send(scope, user, email)
        details = {"new_email": email}
        await scope.publish(Audited("user.email_change_asked", "change_email", "user", str(user.id), details=details))
    return MessageResponse(message=SENT)


async def _send(scope: Scope, user: User, email: str) -> None:
    link = await sessions.issue(scope, user.id, Purpose.CHANGE_EMAIL, {"old_email": user.email, "new_email": email})
    subject, text = mail.texts.change_email(user.name, link.url, link.valid_hours)
    await mail.send(scope, "change_email", email, subject, text, link.url)
    await mail.send(scope, "email_change_notice", user.email, *mail.texts.email_change_notice(user.name, email))


async def confirm(scope: Scope, sent: ConfirmEmailChangeRequest) -> EmailChangedResponse:
    """Use the address that the link was sent to; EmailTaken when it has an account by now."""
    opened = await sessions.use(scope, sent.token, Purpose.CHANGE_EMAIL)
    new = str(opened.details["new_email"])
    await sessions.claim_address(scope, new)
    user = await accounts.get_user(scope.session, opened.user_id, locked=True)
    if not user.is_active or user.email != opened.details["old_email"]:
        raise InvalidLink("This link is for an address that is not yours any more.")
    old = user.email
    await accounts.change_email(scope.session, user, new, scope.now())
    await _record(scope, user, old)
    return EmailChangedResponse(message="Your e-mail address is changed.", email=user.email)


async def _record(scope: Scope, user: User, old: str) -> None:
    """Say so in the first tenant that the person works in; who works in none has no log."""
    found = await accounts.memberships_of(scope.session, user.id)
    if found:
        there = await scope.acting_as(await accounts.actor_of(scope.session, found[0]))
        changes = {"email": (old, user.email)}
        await there.publish(Audited("user.email_changed", "change_email", "user", str(user.id), changes=changes))
