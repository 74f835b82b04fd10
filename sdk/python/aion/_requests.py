"""Requests and answers as values, without any I/O."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Optional, Protocol, Union, cast
from urllib.parse import quote, urlencode
from uuid import uuid4

from .exceptions import ServerError, ValidationError

QueryValue = Union[None, str, int, float, datetime, Sequence[str]]


class Body(Protocol):
    """A body that can be sent again: every call of `stream` starts from the beginning."""

    @property
    def content_type(self) -> str: ...

    @property
    def size_bytes(self) -> int: ...

    def stream(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True)
class Request:
    """What to send. `template` names the endpoint, `path_values` fill its placeholders."""

    method: str
    template: str
    path_values: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, QueryValue] = field(default_factory=dict[str, QueryValue])
    json: Any = None
    body: Optional[Body] = None
    idempotency_key: Optional[str] = None
    # a whole address instead of a path of the API; it is asked for without the key
    url: Optional[str] = None
    # more headers, which win over the usual ones
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    # instead of the client's own
    max_retries: Optional[int] = None

    @property
    def endpoint(self) -> str:
        """The name of the endpoint, alike for all ids: `GET /user-files/{file_id}`."""
        return f"{self.method} {self.template}"

    @property
    def target(self) -> str:
        """Path and query, percent-encoded."""
        values = {name: _segment(name, value) for name, value in self.path_values.items()}
        pairs = [(name, text) for name, value in self.query.items() for text in _query_texts(value)]
        return self.template.format(**values) + ("?" + urlencode(pairs) if pairs else "")

    @property
    def resource(self) -> tuple[str, str]:
        """Kind and id of the thing the path leads to, read from its last placeholder."""
        for name, value in reversed(list(self.path_values.items())):
            return name[: -len("_id")] if name.endswith("_id") else name, value
        return "resource", self.template


def get(template: str, query: Optional[Mapping[str, QueryValue]] = None, **path_values: str) -> Request:
    return Request("GET", template, path_values, query or {})


def fetch(url: str) -> Request:
    """A request for an address outside the API, such as a signed storage URL."""
    _require_web(url)
    return Request("GET", "signed URL", url=url)


def put_signed(url: str, body: Body, headers: Optional[Mapping[str, str]] = None, method: str = "PUT") -> Request:
    """A body for a signed storage URL, sent once: a new try needs a new address."""
    _require_web(url)
    return Request(method, "signed URL", body=body, url=url, headers=headers or {}, max_retries=0)


def _require_web(url: str) -> None:
    if not url.startswith(("https://", "http://")):
        raise ServerError(f"The server pointed to an address that cannot be used: {url[:100]}")


def delete(template: str, query: Optional[Mapping[str, QueryValue]] = None, **path_values: str) -> Request:
    return Request("DELETE", template, path_values, query or {})


def patch(template: str, payload: Mapping[str, Any], **path_values: str) -> Request:
    return Request("PATCH", template, path_values, json=dict(payload))


def put(template: str, payload: Mapping[str, Any], **path_values: str) -> Request:
    return Request("PUT", template, path_values, json=dict(payload))


def post(
    template: str,
    payload: Optional[Mapping[str, Any]] = None,
    *,
    query: Optional[Mapping[str, QueryValue]] = None,
    body: Optional[Body] = None,
    **path_values: str,
) -> Request:
    """A POST with an idempotency key of its own, which makes repeating it harmless."""
    content = None if payload is None else dict(payload)
    return Request("POST", template, path_values, query or {}, content, body, uuid4().hex)


def present(**values: Any) -> dict[str, Any]:
    """The values that are not None, for bodies in which absence and null differ."""
    return {name: value for name, value in values.items() if value is not None}


def objects_in(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The JSON objects that `data` lists under `name`."""
    value = data.get(name)
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


@dataclass(frozen=True)
class Response:
    """An answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    def json(self) -> Any:
        """The body as JSON. Raises ServerError when it is none."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise ServerError(f"The server's answer ({self.status}) is not JSON") from error

    def object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises ServerError when it is none."""
        data = self.json()
        if not isinstance(data, dict):
            raise ServerError(f"The server's answer ({self.status}) is not a JSON object")
        return {str(name): value for name, value in data.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    def objects(self) -> list[dict[str, Any]]:
        """The body as a list of JSON objects. Raises ServerError when it is none."""
        data = self.json()
        if not isinstance(data, list):
            raise ServerError(f"The server's answer ({self.status}) is not a JSON array")
        return objects_in({"items": data}, "items")


def _segment(name: str, value: str) -> str:
    # dots alone would climb up the path, whatever their encoding
    if not value or not value.strip("."):
        raise ValidationError(f"{name} is empty or not an id", details={"field": name})
    return quote(value, safe="")


def _query_texts(value: QueryValue) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, datetime):
        return [value.isoformat()]
    if isinstance(value, Enum):
        return [str(value.value)]
    if isinstance(value, (str, int, float)):
        return [str(value)]
    return [str(item.value) if isinstance(item, Enum) else str(item) for item in value]
