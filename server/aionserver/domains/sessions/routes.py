"""Logging in, staying logged in, and showing that an address is one's own."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from aionserver.domains.sessions import keeping, letters, login, passwords, registration
from aionserver.domains.sessions.devices import device_cookie
from aionserver.domains.sessions.schemas import (
    CompletePasswordResetRequest,
    Done,
    EmailVerificationRequest,
    EmailVerificationStatus,
    EmailVerified,
    LoginRequest,
    LoginResponse,
    LogoutResponse,
    PasswordResetRequest,
    RefreshResponse,
    RegisterRequest,
    RegisterResponse,
    ResendVerificationByEmailRequest,
    ResetTokenStatus,
    SessionInfo,
    SessionRotateResponse,
    UserInfo,
    VerificationSent,
)
from aionserver.domains.sessions.service import Begun
from aionserver.infra.scope import Scope
from aionserver.infra.web.credentials import (
    DEVICE_COOKIE,
    SESSION_PARAMETERS,
    clear_session_cookie,
    require_same_site,
    set_device_cookie,
    set_session_cookie,
    token_of,
)
from aionserver.infra.web.door import PublicCaller, PublicScope, SessionScope, Token, context_of, infra_of
from aionserver.infra.web.idempotency import IdempotencyKey, Remember, answer_once_by
from aionserver.infra.web.limits import HOUR, limit, limit_address
from aionserver.kit.devices import device_name

PREFIX = "/api/v2/auth/session"
router = APIRouter(prefix=PREFIX, tags=["Authentication"])
ASKED = "If the address has an account, a letter is on its way."

FromHere = Depends(require_same_site)


def _keep(response: Response, origin: str, token: str, *, is_remembered: bool = False) -> None:
    """Put the session's token into the browser's cookie."""
    seconds = round(keeping.REMEMBERED_LIFETIME.total_seconds()) if is_remembered else None
    set_session_cookie(response, token, seconds, is_secure=_is_secure(origin))
    response.headers["Cache-Control"] = "no-store"


def _recognise(request: Request, response: Response, origin: str, user_id: UUID) -> None:
    """Have the device known as the person's."""
    cookie = device_cookie(infra_of(request).secret, user_id, request.cookies.get(DEVICE_COOKIE))
    set_device_cookie(response, cookie, is_secure=_is_secure(origin))


def _is_secure(origin: str) -> bool:
    return origin.startswith("https:")


@router.post("/register", dependencies=[FromHere, limit_address(10, HOUR)])
async def register(
    request: Request, response: Response, caller: PublicCaller, body: RegisterRequest, key: IdempotencyKey = None
) -> RegisterResponse:
    """Make an account and an organisation of one's own.

    The answer is the same for an address that has an account: its owner is told by e-mail. A session is given only
    where the server lets people in before they have confirmed their address.
    """
    wanted = registration.Registration(
        body.email, body.password, body.name, body.organization_name, wants_session=body.auto_login
    )

    async def work(remember: Remember) -> RegisterResponse:
        return await registration.register(caller.infra, caller.context, wanted, remember)

    made = await answer_once_by(caller, key, request, body, RegisterResponse, work, is_secret=True)
    if made.session_token:
        _keep(response, caller.origin, made.session_token)
        _recognise(request, response, caller.origin, UUID(made.user_id))
    return made


@router.post("/login", dependencies=[FromHere, limit_address(60)])
async def log_in(request: Request, response: Response, body: LoginRequest) -> LoginResponse:
    """Log in by e-mail address and password; the session is in the answer and in a cookie."""
    infra, context = infra_of(request), context_of(request, may_change=False)
    device = request.cookies.get(DEVICE_COOKIE)
    done = await login.log_in(infra, context, body.email, body.password, remember=body.remember_me, device=device)
    _keep(response, context.origin, done.begun.token, is_remembered=body.remember_me)
    _recognise(request, response, context.origin, done.user.id)
    return keeping.login_response(done.user, done.begun)


@router.post("/refresh", dependencies=[*SESSION_PARAMETERS])
async def refresh_session(scope: SessionScope, request: Request, response: Response, sent: Token) -> RefreshResponse:
    """Stay logged in for as long again, with a new token; the old one is good for 30 seconds more."""
    begun = await _rotate(scope, request, response, sent)
    return RefreshResponse(
        session_id=str(begun.session.id), session_token=begun.token, expires_at=begun.session.expires_at
    )


@router.post("/rotate-session", dependencies=[*SESSION_PARAMETERS])
async def rotate_session(
    scope: SessionScope, request: Request, response: Response, sent: Token
) -> SessionRotateResponse:
    """Have the session's token replaced, as after a change of the password."""
    begun = await _rotate(scope, request, response, sent)
    return SessionRotateResponse(
        session_id=str(begun.session.id), session_token=begun.token, expires_at=begun.session.expires_at
    )


async def _rotate(scope: Scope, request: Request, response: Response, sent: Token) -> Begun:
    begun = await keeping.rotate(scope, token_of(request, sent) or "")
    _keep(response, scope.origin, begun.token, is_remembered=begun.session.is_remembered)
    return begun


@router.post("/logout", dependencies=[*SESSION_PARAMETERS])
async def log_out(scope: SessionScope, response: Response, logout_all: bool = False) -> LogoutResponse:
    """End this session; with `logout_all` every session of the person."""
    ended = await keeping.log_out(scope, everywhere=logout_all)
    clear_session_cookie(response, is_secure=_is_secure(scope.origin))
    return LogoutResponse(message="You are logged out.", sessions_ended=ended)


@router.get("/me", dependencies=[*SESSION_PARAMETERS])
async def get_current_user(scope: SessionScope) -> UserInfo:
    """Who is logged in."""
    user = await keeping.current(scope)
    return UserInfo(
        user_id=str(user.id),
        email=user.email,
        name=user.name,
        email_verified=user.email_verified_at is not None,
        is_active=user.is_active,
        created_at=user.created_at,
        last_login_at=user.last_login_at,
    )


@router.get("/sessions", dependencies=[*SESSION_PARAMETERS])
async def list_sessions(scope: SessionScope) -> Sequence[SessionInfo]:
    """The devices on which the person is logged in, the last used first."""
    return [
        SessionInfo(
            session_id=str(row.id),
            device_name=device_name(row.user_agent),
            ip_address=row.address or "",
            last_accessed_at=row.last_active_at,
            created_at=row.created_at,
            expires_at=row.expires_at,
            is_current=row.id == scope.actor.session_id,
        )
        for row in await keeping.list_sessions(scope)
    ]


@router.delete("/sessions/{session_id}", dependencies=[*SESSION_PARAMETERS])
async def revoke_session(scope: SessionScope, session_id: str) -> Done:
    """End another session of one's own; the one that asks is ended by logging out."""
    await keeping.end(scope, session_id)
    return Done(message="The session is ended.")


@router.post("/password-reset/request", dependencies=[FromHere, limit_address(5, HOUR)])
async def request_password_reset(scope: PublicScope, body: PasswordResetRequest) -> Done:
    """Have a link sent by which a new password can be chosen; the answer is the same where there is no account."""
    await letters.ask_for(scope, letters.Kind.FORGOTTEN_PASSWORD, body.email)
    return Done(message=ASKED)


@router.get("/password-reset/validate", dependencies=[limit_address(60)])
async def validate_reset_token(
    scope: PublicScope, token: Annotated[str, Query(description="The token of a letter's link.")]
) -> ResetTokenStatus:
    """Whether a link still sets a password; it is not used up by this."""
    opened = await passwords.look(scope, token)
    return ResetTokenStatus(valid=opened is not None, expires_at=opened.expires_at if opened else None)


@router.post("/password-reset/complete", dependencies=[FromHere, limit_address(20, HOUR)])
async def complete_password_reset(request: Request, response: Response, body: CompletePasswordResetRequest) -> Done:
    """Choose a password by a link, also by an invitation's; the person is logged out everywhere."""
    context = context_of(request, may_change=False)
    user_id = await passwords.complete(infra_of(request), context, body.token, body.new_password)
    _recognise(request, response, context.origin, user_id)
    return Done(message="The password is set, and all sessions are ended: log in.")


@router.post("/verify-email", dependencies=[FromHere, limit_address(60)])
async def verify_email(scope: PublicScope, body: EmailVerificationRequest) -> EmailVerified:
    """Confirm the address that a link was sent to."""
    return EmailVerified(email=await registration.verify_email(scope, body.token))


@router.post("/resend-verification", dependencies=[*SESSION_PARAMETERS, limit(5, HOUR)])
async def resend_verification_email(scope: SessionScope) -> VerificationSent:
    """Have the link sent again that confirms one's address."""
    user = await keeping.current(scope)
    if user.email_verified_at is not None:
        return VerificationSent(message="The address is confirmed already.", email_sent=False)
    await letters.ask_for(scope, letters.Kind.VERIFICATION, user.email)
    return VerificationSent(message="A letter is on its way.", email_sent=scope.infra.settings.smtp_url is not None)


@router.post("/resend-verification-by-email", dependencies=[FromHere, limit_address(5, HOUR)])
async def resend_verification_by_email(scope: PublicScope, body: ResendVerificationByEmailRequest) -> Done:
    """Have the link sent again that confirms an address; the answer is the same where there is no account."""
    await letters.ask_for(scope, letters.Kind.VERIFICATION, body.email)
    return Done(message=ASKED)


@router.get("/email-verification-status", dependencies=[*SESSION_PARAMETERS])
async def get_email_verification_status(scope: SessionScope) -> EmailVerificationStatus:
    """Whether one's address is confirmed, and whether it has to be to log in."""
    user = await keeping.current(scope)
    return EmailVerificationStatus(
        email=user.email,
        email_verified=user.email_verified_at is not None,
        verified_at=user.email_verified_at,
        verification_required=scope.infra.settings.verifies_emails,
    )
