"""One bounded request to an OpenAI-compatible chat endpoint."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2

from aionserver.models.json_servers import JsonServer

_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_RETRY_PAUSE_SECONDS = 0.5


class EndpointError(Exception):
    """The endpoint gave no answer; the text says why and never holds the key."""


_SERVER = JsonServer("the vision endpoint", EndpointError, connect_seconds=10.0)


class _Unsupported(EndpointError):
    """The endpoint refused the request's form."""


@dataclass(frozen=True, slots=True)
class VisionEndpoint:
    """Where and how to ask. Prices are USD a million tokens; 0 means free or unknown.

    `url` is the API's base, such as https://host/v1. `max_cost_usd` bounds one description.
    """

    url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout_seconds: float = 60.0
    max_tokens: int = 600
    input_price_usd: float = 0.0
    output_price_usd: float = 0.0
    max_cost_usd: float = 0.05

    def __post_init__(self) -> None:
        _SERVER.check(self.url)

    @property
    def host(self) -> str:
        """The name of the machine that answers."""
        return urlsplit(self.url).hostname or ""

    @property
    def completions_url(self) -> str:
        """The address of chat completions."""
        base = self.url.rstrip("/")
        return base if base.endswith("/chat/completions") else f"{base}/chat/completions"


def ask(endpoint: VisionEndpoint, body: dict[str, Any]) -> dict[str, Any]:
    """The endpoint's JSON answer within `timeout_seconds` altogether; EndpointError otherwise.

    Passing faults are tried once more; an endpoint that knows no JSON schema is asked without one.
    """
    deadline = time.monotonic() + endpoint.timeout_seconds
    with httpx2.Client(trust_env=False, follow_redirects=False) as client:
        try:
            return _with_retry(client, endpoint, body, deadline)
        except _Unsupported:
            plain = {key: value for key, value in body.items() if key != "response_format"}
            return _with_retry(client, endpoint, plain, deadline)


def _with_retry(
    client: httpx2.Client, endpoint: VisionEndpoint, body: dict[str, Any], deadline: float
) -> dict[str, Any]:
    status, content = _post(client, endpoint, body, deadline)
    if status in _RETRIED and time.monotonic() + _RETRY_PAUSE_SECONDS < deadline:
        time.sleep(_RETRY_PAUSE_SECONDS)
        status, content = _post(client, endpoint, body, deadline)
    if status in (400, 422) and "response_format" in body:
        raise _Unsupported(f"the vision endpoint answered {status}")
    if status != 200:
        raise EndpointError(f"the vision endpoint answered {status}")
    return _SERVER.object_in(content)


def _post(client: httpx2.Client, endpoint: VisionEndpoint, body: dict[str, Any], deadline: float) -> tuple[int, bytes]:
    return _SERVER.post(
        client, endpoint.completions_url, body, endpoint.api_key, deadline, within=endpoint.timeout_seconds
    )
