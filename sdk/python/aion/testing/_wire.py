"""Requests as the fake server sees them, its answers, and which function answers what."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Optional, Union, cast
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from .server import FakeServer

BASE_URL = "https://fake.aionvision.test/api/v2"
STORAGE_URL = "https://fake.aionvision.test/storage"


@dataclass(frozen=True)
class Asked:
    """One request; `path` is without the base, header names are lower-case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return cast("dict[str, Any]", value) if isinstance(value, dict) else {}

    def text(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        return self.query.get(name, [default])[-1]

    def number(self, name: str, default: int) -> int:
        """The last value of a query parameter, as a number."""
        text = self.text(name)
        return int(text) if text.isdigit() else default

    @classmethod
    def of(cls, method: str, url: str, headers: dict[str, str], body: bytes) -> Asked:
        """The request to `url`; addresses of the storage keep their whole path."""
        parts = urlsplit(url)
        path = parts.path[len("/api/v2") :] if parts.path.startswith("/api/v2/") else parts.path
        return cls(method, unquote(path), parse_qs(parts.query, keep_blank_values=True), headers, body)


@dataclass(frozen=True)
class Reply:
    """One answer: JSON data, or bytes, or blocks that are sent one by one."""

    data: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content: Optional[Union[bytes, AsyncIterator[bytes]]] = None


class Fault(Exception):
    """What the fake server refuses."""

    def __init__(self, status: int, code: str, message: str, details: Any = None) -> None:
        super().__init__(message)
        self.reply = Reply({"error": {"code": code, "message": message, "details": details}}, status)


Handler = Callable[..., Reply]


@dataclass(frozen=True)
class Route:
    """An operation, and the function that answers it."""

    endpoint: str
    method: str
    pattern: re.Pattern[str]
    handler: Handler


ROUTES: list[Route] = []


def route(endpoint: str) -> Callable[[Handler], Handler]:
    """Registers what answers `GET /folders/{folder_id}`; it is handed the server, the request and the path's values."""
    method, template = endpoint.split(" ", 1)
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(endpoint, method, pattern, handler))
        # fixed paths go before those with placeholders
        ROUTES.sort(key=lambda one: one.endpoint.count("{"))
        return handler

    return register


def matching(method: str, path: str) -> Iterator[tuple[Route, dict[str, str]]]:
    """The routes that fit, the most exact first."""
    for one in ROUTES:
        match = one.pattern.fullmatch(path)
        if match and one.method == method:
            yield one, match.groupdict()


def page(server: FakeServer, asked: Asked, name: str, items: list[dict[str, Any]]) -> Reply:
    """One page of `items`, as lists answer."""
    offset, limit = asked.number("offset", 0), asked.number("limit", 20)
    chosen = items[offset : offset + limit]
    return Reply({name: chosen, "total_count": len(items), "has_more": offset + len(chosen) < len(items)})
