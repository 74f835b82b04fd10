"""A person's password: changed, or set for the first time. It is hashed while no transaction is open."""

from aionserver.domains.accounts import service as accounts
from aionserver.domains.mail import service as mail
from aionserver.domains.sessions import service as sessions
from aionserver.domains.sessions.service import Purpose
from aionserver.domains.users.errors import NoPassword, PasswordExists, WrongPassword
from aionserver.domains.users.schemas import ChangePasswordRequest, InitialPasswordResponse, PasswordChangeResponse
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import Conflict, InvalidInput
from aionserver.infra.scope import Scope
from aionserver.infra.web.door import Caller


async def change(caller: Caller, wanted: ChangePasswordRequest) -> PasswordChangeResponse:
    """Another password. All other sessions end, and links sent before are of no use any more."""
    sessions.require_strong(wanted.new_password)
    stored = await require_password(caller, wanted.current_password)
    if wanted.new_password == wanted.current_password:
        raise InvalidInput.field("new_password", "must be another one than the current password")
    hashed = await sessions.hash_password(caller.infra, wanted.new_password)
    async with caller.open_scope() as scope:
        await _set(scope, stored, hashed, "auth.password_changed", "change")
    return PasswordChangeResponse(message="Your password is changed, and your other sessions are ended.")


async def set_initial(caller: Caller, password: str) -> InitialPasswordResponse:
    """A first password; PasswordExists when there is one."""
    sessions.require_strong(password, "password")
    if await _stored(caller) is not None:
        raise PasswordExists("There is a password already: change it instead.")
    hashed = await sessions.hash_password(caller.infra, password)
    async with caller.open_scope() as scope:
        await _set(scope, None, hashed, "auth.password_set", "set")
    return InitialPasswordResponse()


async def require_password(caller: Caller, password: str) -> str:
    """The hash of the person's password; WrongPassword when this is another one.

    How often it may be tried is limited where this is asked, for each person.
    """
    stored = await _stored(caller)
    if stored is None:
        raise NoPassword("You have no password yet: set one first.")
    if not await sessions.is_password(caller.infra, stored, password):
        await _record_failure(caller)
        raise WrongPassword("The password is not right.")
    return stored


async def _record_failure(caller: Caller) -> None:
    async with caller.open_scope() as scope:
        await scope.publish(
            Audited(
                "auth.password_check_failed",
                "check_password",
                "user",
                str(scope.actor.user_id),
                "warning",
                "failure",
                details={"operation": scope.context.operation},
            )
        )


async def _stored(caller: Caller) -> str | None:
    async with caller.infra.open_scope(caller.actor) as scope:
        return (await accounts.get_user(scope.session, caller.actor.user_id)).password_hash


async def _set(scope: Scope, before: str | None, after: str, event: str, action: str) -> None:
    """Keep the new hash; Conflict when the password is not the one any more that was looked at."""
    user = await accounts.get_user(scope.session, scope.actor.user_id, locked=True)
    if user.password_hash != before:
        raise Conflict("Your password was changed at the same time: try again.")
    user.password_hash = after
    ended = await sessions.end_all(scope, user.id, but=scope.actor.session_id)
    await sessions.void(scope, user.id, Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL)
    await mail.send(scope, "password_changed", user.email, *mail.texts.password_changed(user.name, scope.now()))
    await scope.publish(Audited(event, action, "user", str(user.id), details={"sessions_ended": ended}))
