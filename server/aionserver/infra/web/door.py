"""Who is calling: the bearer token becomes an Actor, the Actor opens a Scope."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request
from fastapi.datastructures import URL
from fastapi.requests import HTTPConnection
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from aionserver.infra.actors import Actor, Permission
from aionserver.infra.errors import NotAuthenticated, RateLimited
from aionserver.infra.scope import Infra, Reader, Scope

_BEARER: Any = {
    "auto_error": False,
    "description": "An API key: `aion_` and 40 characters.",
    "scheme_name": "HTTPBearer",
}
Token = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(**_BEARER))]


@dataclass(frozen=True)
class Allowance:
    """The caller's rate limit after this request. `reset_at` is in Unix seconds."""

    limit: int
    remaining: int
    reset_at: int
    exceeded: bool = False

    def headers(self, now_seconds: float) -> dict[str, str]:
        """The rate limit headers of every answer, and `Retry-After` when it is a refusal."""
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_at),
        }
        if self.exceeded:
            headers["Retry-After"] = str(max(1, round(self.reset_at - now_seconds)))
        return headers


class Authenticate(Protocol):
    """Finds the actor behind a token and counts the request; supplied by `wiring`."""

    async def __call__(self, infra: Infra, token: str, tenant: str | None) -> tuple[Actor, Allowance]: ...


@dataclass(frozen=True)
class Caller:
    """An authenticated request: the actor, and the origin under which the server was reached."""

    actor: Actor
    infra: Infra
    origin: str


def infra_of(request: HTTPConnection) -> Infra:
    """The process's one Infra."""
    return cast(Infra, request.app.state.infra)


def origin_of(request: HTTPConnection) -> str:
    """Scheme and host that links in answers begin with."""
    public = infra_of(request).settings.public_url
    if public:
        return public.rstrip("/")
    server = request.scope.get("server")
    return _origin(request.scope.get("scheme", "http"), request.headers.get("host"), tuple(server) if server else None)


@lru_cache(maxsize=256)
def _origin(scheme: str, host: str | None, server: tuple[str, int | None] | None) -> str:
    """As Starlette makes it of a request: only of a host that is one, else of the server's own address."""
    headers = [(b"host", host.encode("latin-1"))] if host is not None else []
    return str(URL(scope={"scheme": scheme, "server": server, "path": "", "headers": headers}))


async def authenticate(request: HTTPConnection, token: HTTPAuthorizationCredentials | None) -> Caller:
    """The caller, or 401; 429 when its allowance is used up."""
    if token is None:
        raise NotAuthenticated("Send an API key: 'Authorization: Bearer aion_…'.")
    infra = infra_of(request)
    check = cast(Authenticate, request.app.state.authenticate)
    actor, allowance = await check(infra, token.credentials, request.headers.get("X-Tenant-ID"))
    headers = allowance.headers(infra.clock().timestamp())
    if allowance.exceeded:
        raise RateLimited("Too many requests with this key: wait until the limit resets.", headers=headers)
    request.state.headers = headers
    return Caller(actor, infra, origin_of(request))


# Each of these authenticates by itself: a dependency of a dependency costs as much as finding the key.


def caller_with(permission: Permission) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the caller, refused with 403 when it lacks the permission."""

    async def allowed(request: Request, token: Token) -> Caller:
        caller = await authenticate(request, token)
        caller.actor.require(permission)
        return caller

    return allowed


def scope_with(permission: Permission) -> Callable[..., AsyncIterator[Scope]]:
    """A dependency: the caller's scope; it commits before the answer is sent."""
    allowed = caller_with(permission)

    async def opened(request: Request, token: Token) -> AsyncIterator[Scope]:
        caller = await allowed(request, token)
        async with caller.infra.open_scope(caller.actor, caller.origin) as scope:
            yield scope

    return opened


class _Reading(HTTPBearer):
    """A dependency: the caller as one who reads, each time in a transaction of its own.

    It finds the token itself, for it stands before what is asked for most.
    """

    async def __call__(self, request: HTTPConnection) -> Reader:  # pyright: ignore[reportIncompatibleMethodOverride]
        caller = await authenticate(request, await super().__call__(request))
        caller.actor.require(Permission.READ)
        return Reader(caller.actor, caller.infra, caller.origin)


ReadCaller = Annotated[Caller, Depends(caller_with(Permission.READ))]
WriteCaller = Annotated[Caller, Depends(caller_with(Permission.WRITE))]
ReadAccess = Annotated[Reader, Depends(_Reading(**_BEARER))]
ReadScope = Annotated[Scope, Depends(scope_with(Permission.READ), scope="function")]
WriteScope = Annotated[Scope, Depends(scope_with(Permission.WRITE), scope="function")]
AdminScope = Annotated[Scope, Depends(scope_with(Permission.ADMIN), scope="function")]
