"""A person's own account over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from aionserver.domains.sessions import service as sessions
from aionserver.domains.users import addresses, departure, passwords, service
from aionserver.domains.users.schemas import (
    ChangePasswordRequest,
    ConfirmEmailChangeRequest,
    DeleteAccountRequest,
    EmailChangedResponse,
    EmailChangeRequest,
    InitialPasswordResponse,
    MessageResponse,
    PasswordChangeResponse,
    SessionResponse,
    UserProfileResponse,
    UserProfileUpdate,
)
from aionserver.infra.web.credentials import SESSION_COOKIE
from aionserver.infra.web.door import OwnScope, PublicScope, ReadScope, SessionCaller, SessionScope
from aionserver.infra.web.limits import DAY, HOUR, limit, limit_address
from aionserver.infra.web.text import Text

router = APIRouter(prefix="/api/v2/user", tags=["User Settings"])


@router.get("/profile")
async def get_user_profile(scope: ReadScope) -> UserProfileResponse:
    """Who you are; of a key, who made it."""
    return await service.read_profile(scope)


@router.patch("/profile")
async def update_user_profile(scope: OwnScope, body: UserProfileUpdate) -> UserProfileResponse:
    """Change your name or your preferences, whatever your role."""
    return await service.change_profile(scope, body)


@router.post("/change-password", dependencies=[limit(3, HOUR)])
async def change_password(caller: SessionCaller, body: ChangePasswordRequest) -> PasswordChangeResponse:
    """Change your password: all other sessions end, and this one is to be rotated."""
    return await passwords.change(caller, body)


@router.post("/set-initial-password", dependencies=[limit(3, HOUR)])
async def set_initial_password(
    caller: SessionCaller, body: Annotated[Text, Body(min_length=8)]
) -> InitialPasswordResponse:
    """Set a password, sent as a JSON string, when you have only logged in by another service so far."""
    return await passwords.set_initial(caller, body)


@router.post("/change-email", status_code=202, dependencies=[limit(3, DAY)])
async def change_email(caller: SessionCaller, body: EmailChangeRequest) -> MessageResponse:
    """Ask for another e-mail address: it is used when the link sent there is opened. The old one is told."""
    return await addresses.ask(caller, body)


@router.post("/confirm-email-change", dependencies=[limit_address(20, HOUR)])
async def confirm_email_change(scope: PublicScope, body: ConfirmEmailChangeRequest) -> EmailChangedResponse:
    """Use the new e-mail address; needs no credential but the token of the link that was sent to it."""
    return await addresses.confirm(scope, body)


@router.get("/sessions")
async def get_user_sessions(scope: SessionScope) -> list[SessionResponse]:
    """Where you are logged in."""
    return await service.list_sessions(scope)


@router.delete("/sessions/{session_id}", status_code=204)
async def revoke_session(session_id: str, scope: SessionScope) -> None:
    """End a session of yours, but not the one that asks."""
    await sessions.end(scope, session_id)


@router.post("/revoke-all-sessions", status_code=204)
async def revoke_all_sessions(scope: SessionScope) -> None:
    """End all your sessions but the one that asks."""
    await service.end_other_sessions(scope)


@router.post("/account/delete", dependencies=[limit(3, DAY)])
async def delete_account(scope: SessionScope, response: Response, body: DeleteAccountRequest) -> MessageResponse:
    """Delete your account, confirmed by the phrase `delete my account`; a tenant that only you work in is closed."""
    answer = await departure.delete_account(scope, body)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=scope.origin.startswith("https:"))
    return answer
