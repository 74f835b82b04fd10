"""Every route of the API, for tests that hold for all of them."""

from collections.abc import Iterable, Iterator

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route

PUBLIC = {"/", "/health", "/api/v2/health/", "/docs", "/openapi.json", "/api/v2/objects/{key:path}"}


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
