"""What a request is authenticated by: `Authorization: Bearer …`, or the session's cookie."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Cookie, Depends, Header, Response
from fastapi.requests import HTTPConnection
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from aionserver.infra.errors import NotAllowed

SESSION_COOKIE = "aionvision_session"
# Shown where people log in, so that who guesses their passwords elsewhere does not keep them out.
DEVICE_COOKIE = "aionvision_device"
DEVICE_PATH = "/api/v2/auth/session"
DEVICE_SECONDS = 400 * 86_400
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BEARER: Any = {
    "auto_error": False,
    "description": "An API key (`aion_` and 40 characters), or the token of a session (`ses_` and 40 characters).",
    "scheme_name": "HTTPBearer",
}
bearer = HTTPBearer(**BEARER)
cookie = APIKeyCookie(
    name=SESSION_COOKIE, scheme_name="SessionCookie", description="Set by logging in.", auto_error=False
)


def session_credentials(
    authorization: Annotated[str | None, Header(description="`Bearer` and the session's token.")] = None,
    aionvision_session: Annotated[str | None, Cookie(description="The session's token, as it was set.")] = None,
) -> None:
    """Says in the OpenAPI document how a session is sent; the door reads it."""


# What an operation is declared with that asks for a session by name.
SESSION_PARAMETERS = (Depends(session_credentials), Depends(cookie))


class CrossSiteRequest(NotAllowed):
    """Another site made the browser send this; a session's cookie is not enough for it."""

    code = "CROSS_SITE_REQUEST"


def token_of(request: HTTPConnection, sent: HTTPAuthorizationCredentials | None) -> str | None:
    """The credential a request carries, or None; CrossSiteRequest where it is a cookie that another site had sent."""
    if sent is not None:
        return sent.credentials
    if "cookie" not in request.headers:
        return None
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        require_same_site(request)
    return token or None


def require_same_site(request: HTTPConnection) -> None:
    """Raise CrossSiteRequest for a change that a browser sends on behalf of another site.

    Browsers say so in `Sec-Fetch-Site`, older ones in `Origin`; what sends neither is no browser.
    """
    # A socket that is opened has no method, and does not keep to what other sites may read.
    if request.scope["type"] == "http" and request.scope["method"] in SAFE_METHODS:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        is_own = site in ("same-origin", "none")
    else:
        is_own = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not is_own:
        raise CrossSiteRequest("This request comes from another site: send the session as a bearer token instead.")


def set_session_cookie(response: Response, token: str, seconds: int | None, *, is_secure: bool) -> None:
    """Hand a browser its session, for so many seconds or, with None, until it is closed."""
    response.set_cookie(
        SESSION_COOKIE, token, max_age=seconds, path="/", secure=is_secure, httponly=True, samesite="lax"
    )


def set_device_cookie(response: Response, cookie: str, *, is_secure: bool) -> None:
    """Have a browser show where it logs in that its person has done so before."""
    response.set_cookie(
        DEVICE_COOKIE,
        cookie,
        max_age=DEVICE_SECONDS,
        path=DEVICE_PATH,
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )


def clear_session_cookie(response: Response, *, is_secure: bool) -> None:
    """Have a browser forget its session."""
    response.delete_cookie(SESSION_COOKIE, path="/", secure=is_secure, httponly=True, samesite="lax")
