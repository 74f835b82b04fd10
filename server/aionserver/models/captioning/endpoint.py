"""One bounded request to an OpenAI-compatible chat endpoint."""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2

_MAX_ANSWER_BYTES = 1_000_000
_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_RETRY_PAUSE_SECONDS = 0.5
_CONNECT_SECONDS = 10.0


class EndpointError(Exception):
    """The endpoint gave no answer; the text says why and never holds the key."""


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
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"the vision endpoint must be an http(s) URL, got {self.url!r}")

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
    status, content = _exchange(client, endpoint, body, deadline)
    if status in _RETRIED and time.monotonic() + _RETRY_PAUSE_SECONDS < deadline:
        time.sleep(_RETRY_PAUSE_SECONDS)
        status, content = _exchange(client, endpoint, body, deadline)
    if status in (400, 422) and "response_format" in body:
        raise _Unsupported(f"the vision endpoint answered {status}")
    if status != 200:
        raise EndpointError(f"the vision endpoint answered {status}")
    return _object(content)


def _exchange(
    client: httpx2.Client, endpoint: VisionEndpoint, body: dict[str, Any], deadline: float
) -> tuple[int, bytes]:
    """Status and body of one request, read no longer than until `deadline`."""
    headers = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
    left = max(0.01, deadline - time.monotonic())
    timeout = httpx2.Timeout(left, connect=min(left, _CONNECT_SECONDS))
    try:
        with client.stream("POST", endpoint.completions_url, json=body, headers=headers, timeout=timeout) as response:
            return response.status_code, _read(response, deadline)
    except httpx2.TimeoutException as error:
        raise EndpointError(_too_slow(endpoint.timeout_seconds)) from error
    except httpx2.HTTPError as error:
        raise EndpointError(f"the vision endpoint cannot be reached ({type(error).__name__})") from error


def _read(response: httpx2.Response, deadline: float) -> bytes:
    """The body; a server that drips bytes meets the deadline, not only the pause between two of them."""
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > _MAX_ANSWER_BYTES:
            raise EndpointError("the vision endpoint's answer is too large")
        if time.monotonic() > deadline:
            raise EndpointError("the vision endpoint took too long to answer")
    return bytes(content)


def _too_slow(timeout_seconds: float) -> str:
    return f"the vision endpoint did not answer within {timeout_seconds:g} s"


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise EndpointError("the vision endpoint did not answer with JSON") from error
    if not isinstance(answer, dict):
        raise EndpointError("the vision endpoint did not answer with a JSON object")
    return answer  # pyright: ignore[reportUnknownVariableType]
