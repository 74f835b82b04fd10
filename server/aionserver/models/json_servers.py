"""Servers of others that are asked with JSON and answer with it, each request within bounds."""

import json
import time
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx2

_MAX_ANSWER_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class JsonServer:
    """What a server is called, the error that its faults are, and how long a connection may take.

    A fault's text says why there is no answer, and never holds a key.
    """

    called: str
    fault: type[Exception]
    connect_seconds: float

    def check(self, url: str) -> None:
        """ValueError for an address that is none of the web."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{self.called} must be an http(s) URL, got {url!r}")

    def post(
        self, client: httpx2.Client, url: str, body: dict[str, Any], api_key: str, deadline: float, within: float
    ) -> tuple[int, bytes]:
        """Status and body of one request, read no longer than until `deadline`; `within` is what is told of that."""
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        left = max(0.01, deadline - time.monotonic())
        timeout = httpx2.Timeout(left, connect=min(left, self.connect_seconds))
        try:
            with client.stream("POST", url, json=body, headers=headers, timeout=timeout) as response:
                return response.status_code, self._read(response, deadline)
        except httpx2.TimeoutException as error:
            raise self.fault(f"{self.called} did not answer within {within:g} s") from error
        except httpx2.HTTPError as error:
            raise self.fault(f"{self.called} cannot be reached ({type(error).__name__})") from error

    def _read(self, response: httpx2.Response, deadline: float) -> bytes:
        """The body; a server that drips bytes meets the deadline, not only the pause between two of them."""
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if len(content) > _MAX_ANSWER_BYTES:
                raise self.fault(f"{self.called}'s answer is too large")
            if time.monotonic() > deadline:
                raise self.fault(f"{self.called} took too long to answer")
        return bytes(content)

    def object_in(self, content: bytes) -> dict[str, Any]:
        """The JSON object that the body is."""
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self.fault(f"{self.called} did not answer with JSON") from error
        if not isinstance(answer, dict):
            raise self.fault(f"{self.called} did not answer with a JSON object")
        return cast("dict[str, Any]", answer)
