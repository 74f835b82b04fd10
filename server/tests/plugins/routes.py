"""Every route of the API, for tests that hold for all of them."""

from collections.abc import Iterable, Iterator

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route

SIGNED = {"/api/v2/objects/{key:path}", "/api/v2/buckets/{tenant_id}/{bucket_id}/{key:path}"}
# Open to programs on the server's own machine, and otherwise to who has the token that is set for it.
WATCHED = "/metrics"
HEALTH = {"/health", "/health/live", "/api/v2/health/", "/api/v2/health/redis-pool", "/api/v2/database/health"}
# Who asks has no session yet, or shows a link from a letter.
_SESSION = "/api/v2/auth/session/"
BEFORE_LOGIN = {
    f"{_SESSION}register",
    f"{_SESSION}login",
    f"{_SESSION}verify-email",
    f"{_SESSION}resend-verification-by-email",
    f"{_SESSION}password-reset/request",
    f"{_SESSION}password-reset/validate",
    f"{_SESSION}password-reset/complete",
    f"{_SESSION}google",
    f"{_SESSION}google/initiate",
    f"{_SESSION}google/callback",
    "/api/v2/user/confirm-email-change",
}
# Open, but they look at a credential: of who watches the server, or of who wants an account linked.
OPTIONAL = {WATCHED, f"{_SESSION}google/initiate"}
# What links in letters open; nothing of anybody's is on them.
LINK_PAGES = {"/accept-invitation", "/confirm-email", "/reset-password", "/verify-email"}
LINK_PAGES |= {"/links/script.js", "/links/style.css"}
REFERENCE = {"/", "/docs", "/openapi.json"}
PUBLIC = {*REFERENCE, "/api/v2/support/contact", WATCHED, *HEALTH, *SIGNED, *BEFORE_LOGIN, *LINK_PAGES}


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path template of every route."""
    found = {(method, route.path) for route in _flat(app.routes) for method in route.methods or ()}
    assert found
    return sorted(found, key=lambda one: (one[1], one[0]))


def _flat(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from _flat(included.routes)
        elif isinstance(route, Route):
            yield route
