"""Sign-in with Google over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from aionserver.domains.accounts.service import User
from aionserver.domains.google_sign_in import service
from aionserver.domains.google_sign_in.errors import IdentityRefused
from aionserver.domains.google_sign_in.provider import Identity, Provider, provider_of
from aionserver.domains.google_sign_in.schemas import (
    GoogleInitiated,
    GoogleOAuthRequest,
    LinkedProvider,
    LinkProviderRequest,
)
from aionserver.domains.sessions import service as sessions
from aionserver.domains.sessions.schemas import LoginResponse
from aionserver.infra.actors import Access, Actor, Permission
from aionserver.infra.web.credentials import (
    DEVICE_COOKIE,
    SESSION_PARAMETERS,
    require_same_site,
    set_device_cookie,
    set_session_cookie,
)
from aionserver.infra.web.door import Caller, PublicCaller, SessionCaller, SessionScope, Token, actor_of, infra_of
from aionserver.infra.web.limits import limit, limit_address
from aionserver.infra.web.text import Text

PREFIX = "/api/v2/auth/session"
CALLBACK = f"{PREFIX}/google/callback"
router = APIRouter(prefix=PREFIX, tags=["Authentication"])
ATTEMPT_COOKIE = "aionvision_sign_in"
FromHere = Depends(require_same_site)


def open_provider(request: Request) -> Provider:
    """The process's provider, which remembers its keys; NotConfigured where there is none."""
    found = getattr(request.app.state, "oidc_provider", None)
    if found is None:
        found = request.app.state.oidc_provider = provider_of(infra_of(request).settings)
    return found


ProviderHere = Annotated[Provider, Depends(open_provider)]


@router.post("/google", dependencies=[FromHere, limit_address(60)])
async def google_sign_in(
    request: Request, provider: ProviderHere, caller: PublicCaller, response: Response, body: GoogleOAuthRequest
) -> LoginResponse:
    """Sign in with an ID token that Google's button gave to the page; the first time, an account is made.

    An account with a password is linked by sending that password once (409 `ACCOUNT_EXISTS` without it).
    """
    identity = await provider.identity_of(body.id_token)
    if body.password is None:
        return await _sign_in(request, caller, response, identity, remember=body.remember_me)
    password, device = body.password.get_secret_value(), request.cookies.get(DEVICE_COOKIE)
    signed_in = await sessions.log_in_by_password(
        caller.infra, caller.context, identity.email, password, remember=body.remember_me, device=device
    )
    async with caller.open_scope() as scope:
        await service.link(scope, signed_in.user.id, identity, signed_in.begun.session.id)
    return _answer(request, caller, response, signed_in.user, signed_in.begun)


@router.post("/google/initiate", dependencies=[FromHere, limit_address(60)])
async def google_initiate(
    request: Request,
    provider: ProviderHere,
    caller: PublicCaller,
    response: Response,
    sent: Token,
    action: Annotated[Literal["login", "link"], Query(description="`link` needs a session.")] = "login",
    remember_me: bool = False,
) -> GoogleInitiated:
    """Begin to sign in: send the browser to `authorization_url` within 10 minutes. Sets a cookie that it must keep."""
    person = (await _person(request, sent)) if action == "link" else None
    async with caller.open_scope() as scope:
        attempt = await service.begin(scope, person, remember=remember_me)
    url = await provider.authorization_url(caller.origin + CALLBACK, attempt.state, attempt.proof)
    response.set_cookie(
        ATTEMPT_COOKIE,
        attempt.browser,
        max_age=round(service.ATTEMPT_LIFETIME.total_seconds()),
        path=CALLBACK,
        secure=_is_secure(caller),
        httponly=True,
        samesite="lax",
    )
    return GoogleInitiated(authorization_url=url, state=attempt.state)


async def _person(request: Request, sent: Token) -> Actor:
    actor = await actor_of(request, sent)
    actor.require(Access(Permission.READ, session_only=True))
    return actor


def _person_of(actor: Actor) -> UUID:
    assert actor.user_id is not None, "sessions are people's"
    return actor.user_id


@router.get("/google/callback", dependencies=[limit_address(60)])
async def google_callback(
    request: Request,
    provider: ProviderHere,
    caller: PublicCaller,
    response: Response,
    code: Text | None = None,
    state: Text | None = None,
    error: Text | None = None,
) -> LoginResponse | LinkedProvider:
    """Where Google sends the browser back to: signed in, or linked, by its cookie, it goes on to the first page.

    A program, which does not ask for HTML, is answered in JSON.
    """
    if error or not code or not state:
        raise IdentityRefused("Google did not sign you in.")
    async with caller.open_scope() as scope:
        taken = await service.take(scope, state, request.cookies.get(ATTEMPT_COOKIE, ""))
    identity = await provider.exchange(code, caller.origin + CALLBACK, taken.proof)
    answer = await _finish(request, caller, response, taken, identity)
    response.delete_cookie(ATTEMPT_COOKIE, path=CALLBACK, secure=_is_secure(caller), httponly=True, samesite="lax")
    if "text/html" in request.headers.get("accept", ""):
        response.status_code, response.headers["Location"] = 303, "/"
    return answer


@router.post("/link-provider", dependencies=[*SESSION_PARAMETERS, limit(10)])
async def link_provider(caller: SessionCaller, provider: ProviderHere, body: LinkProviderRequest) -> LinkedProvider:
    """Have the account entered by a Google identity too, shown by an ID token of it."""
    identity = await provider.identity_of(body.id_token)
    return await _link(caller, _person_of(caller.actor), identity, caller.actor.session_id)


@router.delete("/link-provider/{provider_name}", dependencies=[limit(10)])
async def unlink_provider(provider_name: Literal["google"], scope: SessionScope) -> LinkedProvider:
    """Have the account entered by its password only."""
    user = await service.unlink(scope, _person_of(scope.actor))
    return LinkedProvider(
        provider=provider_name, email=user.email, auth_provider="password", message="The Google account is unlinked."
    )


async def _finish(
    request: Request, caller: Caller, response: Response, taken: service.Taken, identity: Identity
) -> LoginResponse | LinkedProvider:
    if taken.user_id is not None:
        return await _link(caller, taken.user_id, identity, taken.session_id)
    return await _sign_in(request, caller, response, identity, remember=taken.remember)


async def _sign_in(
    request: Request, caller: Caller, response: Response, identity: Identity, *, remember: bool
) -> LoginResponse:
    async with caller.open_scope() as scope:
        signed_in = await service.sign_in(scope, identity, remember=remember)
    return _answer(request, caller, response, signed_in.user, signed_in.begun)


async def _link(caller: Caller, user_id: UUID, identity: Identity, session_id: UUID | None) -> LinkedProvider:
    async with caller.open_scope() as scope:
        user = await service.link(scope, user_id, identity, session_id)
    return LinkedProvider(
        email=identity.email,
        auth_provider="both" if user.password_hash else "google",
        message="The Google account is linked.",
    )


def _answer(request: Request, caller: Caller, response: Response, user: User, begun: sessions.Begun) -> LoginResponse:
    row = begun.session
    seconds = round((row.expires_at - row.created_at).total_seconds()) if row.is_remembered else None
    set_session_cookie(response, begun.token, seconds, is_secure=_is_secure(caller))
    device = sessions.device_cookie(caller.infra.secret, user.id, request.cookies.get(DEVICE_COOKIE))
    set_device_cookie(response, device, is_secure=_is_secure(caller))
    response.headers["Cache-Control"] = "no-store"
    return sessions.login_response(user, begun)


def _is_secure(caller: Caller) -> bool:
    return caller.origin.startswith("https:")
