"""Who is calling: a key or a session becomes an Actor, the Actor opens a Scope."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request
from fastapi.datastructures import URL
from fastapi.requests import HTTPConnection
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from aionserver.infra.actors import Access, Actor, Permission, nobody
from aionserver.infra.errors import NotAuthenticated, RateLimited
from aionserver.infra.request_context import RequestContext
from aionserver.infra.scope import Infra, Reader, Scope
from aionserver.infra.web.credentials import BEARER, SAFE_METHODS, bearer, token_of

Token = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
LONGEST_AGENT = 500


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
            headers["Retry-After"] = str(max(1, math.ceil(self.reset_at - now_seconds)))
        return headers


class Authenticate(Protocol):
    """Finds the actor behind a token, in the tenant that X-Tenant-ID names, and counts the request."""

    async def __call__(self, infra: Infra, token: str, tenant: str | None) -> tuple[Actor, Allowance]: ...


# By what tokens begin with; supplied by `wiring`. What begins like none is tried as the last one.
Authenticators = Mapping[str, Authenticate]


@dataclass(frozen=True)
class Caller:
    """An authenticated request. `context` says by which operation, where that may change something."""

    actor: Actor
    infra: Infra
    context: RequestContext

    @property
    def origin(self) -> str:
        """Scheme and host that links in answers begin with."""
        return self.context.origin

    def open_scope(self) -> AbstractAsyncContextManager[Scope]:
        """A scope of the caller, for this request."""
        return self.infra.open_scope(self.actor, self.context)


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


def address_of(request: HTTPConnection) -> str:
    """The address that the request comes from, as the server or a proxy it trusts saw it."""
    return request.client.host if request.client else ""


def context_of(request: HTTPConnection, *, may_change: bool) -> RequestContext:
    """What is known of a request; its operation only where it may change something."""
    method = request.scope.get("method", "")
    changes = may_change and method not in SAFE_METHODS
    return RequestContext(
        origin=origin_of(request),
        request_id=getattr(request.state, "request_id", ""),
        address=address_of(request) or None,
        user_agent=request.headers.get("user-agent", "")[:LONGEST_AGENT] or None,
        method=method,
        operation=operation_of(request) if changes else "",
        resource_id=next(iter(request.path_params.values()), None) if changes else None,
    )


def operation_of(request: HTTPConnection) -> str:
    """Resource and name of the route, such as `user_files.update_file`."""
    route = request.scope.get("route")
    tags = getattr(route, "tags", None) or ["root"]
    return f"{str(tags[0]).lower().replace(' ', '_')}.{getattr(route, 'name', 'unknown')}"


async def actor_of(request: HTTPConnection, sent: HTTPAuthorizationCredentials | None) -> Actor:
    """The actor, or 401; 429 when its allowance is used up. Found and counted once a request."""
    found = getattr(request.state, "actor", None)
    if found is not None:
        return cast(Actor, found)
    token = token_of(request, sent)
    if token is None:
        raise NotAuthenticated("Send an API key or a session: 'Authorization: Bearer aion_…'.")
    infra = infra_of(request)
    check = _authenticator(cast(Authenticators, request.app.state.authenticators), token)
    actor, allowance = await check(infra, token, request.headers.get("X-Tenant-ID"))
    request.state.actor = actor
    admit(request, allowance, infra.clock().timestamp())
    return actor


def _authenticator(known: Authenticators, token: str) -> Authenticate:
    check = None
    for prefix, check in known.items():
        if token.startswith(prefix):
            return check
    assert check is not None
    return check


def admit(request: HTTPConnection, allowance: Allowance, now_seconds: float) -> None:
    """Put the allowance into the answer's headers, the scarcest of several; RateLimited when it is used up."""
    headers = allowance.headers(now_seconds)
    if allowance.exceeded:
        raise RateLimited("Too many requests: wait until the limit resets.", headers=headers)
    known = request.state.headers.get("X-RateLimit-Remaining")
    if known is None or allowance.remaining <= int(known):
        request.state.headers |= headers


# Each of these authenticates by itself: a dependency of a dependency costs as much as finding the key.


class Door:
    """A dependency: the caller, refused with 403 when it lacks what the operation asks for.

    What only asks to read is recorded in the audit log when it is refused, and not when it is done.
    """

    def __init__(self, access: Access) -> None:
        self.access = access
        self._may_change = access.for_keys.permission is not Permission.READ or access.session_only

    async def __call__(self, request: Request, token: Token) -> Caller:
        actor = await actor_of(request, token)
        actor.require(self.access)
        return Caller(actor, infra_of(request), context_of(request, may_change=self._may_change))


class ScopeDoor(Door):
    """A dependency: the caller's scope; it commits before the answer is sent."""

    async def __call__(self, request: Request, token: Token) -> AsyncIterator[Scope]:  # pyright: ignore[reportIncompatibleMethodOverride]
        caller = await super().__call__(request, token)
        async with caller.open_scope() as scope:
            yield scope


class _Reading(HTTPBearer):
    """A dependency: the caller as one who reads, each time in a transaction of its own.

    It finds the token itself, for it stands before what is asked for most.
    """

    access = Access(Permission.READ)

    async def __call__(self, request: HTTPConnection) -> Reader:  # pyright: ignore[reportIncompatibleMethodOverride]
        actor = await actor_of(request, await super().__call__(request))
        actor.require(self.access)
        return Reader(actor, infra_of(request), origin_of(request))


async def public_caller(request: Request) -> Caller:
    """A dependency: who has not logged in, at work in no tenant."""
    return Caller(nobody(), infra_of(request), context_of(request, may_change=False))


async def _public(request: Request) -> AsyncIterator[Scope]:
    """A dependency: a scope for who has not logged in, at work in no tenant."""
    caller = await public_caller(request)
    async with caller.open_scope() as scope:
        yield scope


def caller_with(
    permission: Permission, resource_scope: str = "", *, session_only: bool = False
) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the caller, when it has the permission."""
    return Door(Access(permission, resource_scope, session_only))


def scope_with(
    permission: Permission, resource_scope: str = "", *, session_only: bool = False
) -> Callable[..., AsyncIterator[Scope]]:
    """A dependency: the scope of a caller that has the permission."""
    return ScopeDoor(Access(permission, resource_scope, session_only))


ReadAccess = Annotated[Reader, Depends(_Reading(**BEARER))]
ReadCaller = Annotated[Caller, Depends(caller_with(Permission.READ))]
WriteCaller = Annotated[Caller, Depends(caller_with(Permission.WRITE))]
AdminCaller = Annotated[Caller, Depends(caller_with(Permission.ADMIN))]
OwnerCaller = Annotated[Caller, Depends(caller_with(Permission.OWNER))]
SessionCaller = Annotated[Caller, Depends(caller_with(Permission.READ, session_only=True))]
SessionAdminCaller = Annotated[Caller, Depends(caller_with(Permission.ADMIN, session_only=True))]
ReadScope = Annotated[Scope, Depends(scope_with(Permission.READ), scope="function")]
WriteScope = Annotated[Scope, Depends(scope_with(Permission.WRITE), scope="function")]
AdminScope = Annotated[Scope, Depends(scope_with(Permission.ADMIN), scope="function")]
OwnerScope = Annotated[Scope, Depends(scope_with(Permission.OWNER), scope="function")]
# People change what is their own whatever their role; a key of theirs has to be one that may change something.
OwnScope = Annotated[
    Scope, Depends(ScopeDoor(Access(Permission.READ, key_permission=Permission.WRITE)), scope="function")
]
OwnCaller = Annotated[Caller, Depends(Door(Access(Permission.READ, key_permission=Permission.WRITE)))]
SessionScope = Annotated[Scope, Depends(scope_with(Permission.READ, session_only=True), scope="function")]
SessionAdminScope = Annotated[Scope, Depends(scope_with(Permission.ADMIN, session_only=True), scope="function")]
PublicCaller = Annotated[Caller, Depends(public_caller)]
PublicScope = Annotated[Scope, Depends(_public, scope="function")]
