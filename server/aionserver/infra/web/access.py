"""What each operation asks of its caller, as the OpenAPI document states it: read off the doors of its route."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from aionserver.infra.actors import Access, Role
from aionserver.infra.web.credentials import BEARER, SESSION_COOKIE

KEY_OR_SESSION = BEARER["scheme_name"]
SESSION, COOKIE = "SessionBearer", "SessionCookie"
SCHEMES = {
    SESSION: {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a session (`ses_` and 40 characters); API keys are refused.",
    },
    COOKIE: {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "The token of a session, as the login sets it in a browser.",
    },
}


def routes_in(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """The operations, also those of routers within."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from routes_in(included.routes)
        elif isinstance(route, APIRoute):
            yield route


def access_of(route: APIRoute) -> Access | None:
    """What a route asks of its caller; None where it asks for no key and no session."""
    found = list(_accesses(route.dependant))
    return max(found, key=lambda access: (access.session_only, access.role.rank), default=None)


def _accesses(dependant: Dependant) -> Iterator[Access]:
    for needed in dependant.dependencies:
        access = getattr(needed.call, "access", None)
        if isinstance(access, Access):
            yield access
        yield from _accesses(needed)


def state_access(app: FastAPI) -> None:
    """Make the application's document say of each operation which role, scopes and kind of credential it needs."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = make()
            document["components"].setdefault("securitySchemes", {}).update(SCHEMES)
            for route in routes_in(app.routes):
                access = access_of(route)
                if access is not None:
                    _state(document["paths"].get(route.path_format, {}), route, access)
        return make()

    app.openapi = openapi  # pyright: ignore[reportAttributeAccessIssue]  the framework's documented way


def _state(operations: Mapping[str, Any], route: APIRoute, access: Access) -> None:
    for method in route.methods or ():
        operation = operations.get(method.lower())
        if operation is not None:
            operation |= _statement(access, operation)


def _statement(access: Access, operation: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"x-required-role-of-keys": str(access.for_keys.role), "x-required-scopes": list(access.scopes)}
    return {
        "x-required-role": str(access.role),
        **({} if access.session_only else keys),
        "x-session-only": access.session_only,
        "description": f"{operation.get('description', '')}\n\n{sentence(access)}".strip(),
        "security": [{name: []} for name in (SESSION if access.session_only else KEY_OR_SESSION, COOKIE)],
    }


def sentence(access: Access) -> str:
    """The same for people."""
    role = _role(access.role)
    if access.session_only:
        return f"Needs {role} and a session; API keys are refused."
    *others, last = (f"`{scope}`" for scope in access.scopes)
    scopes = f"{', '.join(others)} or {last}" if others else last
    if access.for_keys is not access:
        role = f"{role} in a session; a key needs {_role(access.for_keys.role)}"
    return f"Needs {role}; a key limited to scopes needs {scopes}."


def _role(role: Role) -> str:
    return "any role" if role is Role.VIEWER else f"the role {role}"
