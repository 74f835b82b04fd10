"""The only module that does HTTP: opens the connection pool, sends, repeats, and translates failures."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from typing import Callable, Optional, Union
from urllib.parse import urljoin
from uuid import uuid4

import httpx2

from ._breaker import BreakerPolicy, CircuitBreaker
from ._errors import error_from
from ._requests import Request, Response
from ._retry import RETRYABLE_STATUSES, RetryPolicy, retry_after_seconds
from ._tracing import correlation_id_var, request_id_var, request_span, trace_headers
from ._version import USER_AGENT
from .config import ClientConfig
from .exceptions import (
    AionvisionConnectionError,
    AionvisionError,
    AionvisionTimeoutError,
    CircuitBreakerError,
    ServerError,
)

logger = logging.getLogger("aion")

AsyncHTTPClient = httpx2.AsyncClient
AsyncHTTPTransport = httpx2.AsyncBaseTransport

_CONNECT_SECONDS = 30.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

Outcome = Union[Response, AionvisionError]


# where answers are noted for callers that want more of them than their content
kept_answers: ContextVar[Optional[list[Response]]] = ContextVar("kept_answers", default=None)


class ConnectionPool:
    """The connections of a client. They open on first use; `aclose` closes them, and they may open again."""

    def __init__(
        self,
        proxy_url: Optional[str],
        http_client: Optional[AsyncHTTPClient] = None,
        transport: Optional[AsyncHTTPTransport] = None,
    ) -> None:
        self._proxy_url = proxy_url
        self._given_client = http_client
        self._transport = transport
        self._client: Optional[AsyncHTTPClient] = None
        self._loop: Optional[asyncio.AbstractEventLoop] = None

    def open(self) -> AsyncHTTPClient:
        """The open HTTP client of the running event loop."""
        if self._given_client is not None:
            return self._given_client
        loop = asyncio.get_running_loop()
        # pooled connections belong to the loop they were opened in
        if self._client is None or self._client.is_closed or self._loop is not loop:
            self._client, self._loop = self._build(), loop
        return self._client

    async def aclose(self) -> None:
        """Closes the connections; a client that was handed in stays open."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    def _build(self) -> AsyncHTTPClient:
        if self._transport is not None:
            return httpx2.AsyncClient(transport=self._transport)
        return httpx2.AsyncClient(proxy=self._proxy_url, verify=_certificates())


@dataclass(frozen=True)
class WireAnswer:
    """What a function answers in the place of a server."""

    status: int
    headers: Mapping[str, str]
    content: Union[bytes, AsyncIterator[bytes]]


AnswerFunction = Callable[[str, str, dict[str, str], bytes], Awaitable[WireAnswer]]


class CallTransport(AsyncHTTPTransport):
    """A transport that asks a function instead of the network; it is handed method, URL, headers and body."""

    def __init__(self, answer: AnswerFunction) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        headers = {name.lower(): value for name, value in request.headers.items()}
        answered = await self._answer(request.method, str(request.url), headers, body)
        return httpx2.Response(
            answered.status, headers=dict(answered.headers), content=answered.content, request=request
        )


class HTTPClient:
    """Sends requests for the resources, and repeats them where that can help."""

    def __init__(
        self, config: ClientConfig, pool: Optional[ConnectionPool] = None, breaker: Optional[CircuitBreaker] = None
    ) -> None:
        self._config = config
        self._pool = pool or ConnectionPool(config.proxy_url)
        self._breaker = breaker or _breaker(config)
        self._tracer_name = config.tracing_service_name if config.enable_tracing else None

    def with_config(self, config: ClientConfig) -> HTTPClient:
        """The same connections and circuits, used with other settings."""
        return HTTPClient(config, self._pool, self._breaker)

    def open(self) -> None:
        """Makes the connection pool of the running event loop."""
        self._pool.open()

    async def aclose(self) -> None:
        """Closes the connections; a client that was handed in stays open."""
        await self._pool.aclose()

    async def send(self, request: Request) -> Response:
        """The answer, once it is good (2xx, or a redirect, which is never followed here).

        Raises the exception of the last attempt when there is no good one.
        """
        headers = self._headers(request)
        with request_span(request.endpoint, self._tracer_name) as span:
            if self._config.propagate_trace_context and request.url is None:
                headers.update(trace_headers())
            response = await self._send_until_good(request, headers)
            if span is not None:
                span.set_attribute("http.response.status_code", response.status)
        kept = kept_answers.get()
        if kept is not None:
            kept.append(response)
        return response

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncGenerator[AsyncIterator[bytes], None]:
        """The body of a good answer, block by block as it arrives. Opening it is repeated like any request."""
        headers = self._headers(request)
        opened: list[httpx2.Response] = []
        with request_span(request.endpoint, self._tracer_name):
            if self._config.propagate_trace_context:
                headers.update(trace_headers())
            await self._send_until_good(request, headers, opened)
        try:
            yield _blocks(request, opened[0])
        finally:
            await opened[0].aclose()

    async def _send_until_good(
        self, request: Request, headers: Mapping[str, str], opened: Optional[list[httpx2.Response]] = None
    ) -> Response:
        retries = self._config.max_retries if request.max_retries is None else request.max_retries
        policy = RetryPolicy(retries, self._config.retry_delay)
        for attempt in range(retries + 1):
            outcome = await self._guarded_attempt(request, headers, opened)
            if isinstance(outcome, Response) and outcome.status < 400:
                return outcome
            error = outcome if isinstance(outcome, AionvisionError) else error_from(request, outcome)
            delay = self._delay_seconds(policy, request, attempt, outcome)
            if delay is None:
                raise error
            self._log_retry(request, attempt, delay, error)
            await asyncio.sleep(delay)
        raise AssertionError("the retry policy allows no attempt beyond its maximum")

    def _delay_seconds(self, policy: RetryPolicy, request: Request, attempt: int, outcome: Outcome) -> Optional[float]:
        if self._breaker is not None and self._breaker.is_open(request.endpoint):
            return None
        if not isinstance(outcome, Response):
            return policy.delay_seconds(attempt, None, random.random)
        if outcome.status not in RETRYABLE_STATUSES:
            return None
        asked = retry_after_seconds(outcome.headers, datetime.now(timezone.utc))
        return policy.delay_seconds(attempt, asked, random.random)

    async def _guarded_attempt(
        self, request: Request, headers: Mapping[str, str], opened: Optional[list[httpx2.Response]]
    ) -> Outcome:
        if self._breaker is None:
            return await self._attempt(request, headers, opened)
        wait = self._breaker.enter(request.endpoint, time.monotonic())
        if wait > 0:
            raise CircuitBreakerError(request.endpoint, wait)
        healthy: Optional[bool] = None
        try:
            outcome = await self._attempt(request, headers, opened)
            healthy = isinstance(outcome, Response) and outcome.status < 500
            return outcome
        finally:
            self._breaker.leave(request.endpoint, time.monotonic(), healthy=healthy)

    async def _attempt(
        self, request: Request, headers: Mapping[str, str], opened: Optional[list[httpx2.Response]]
    ) -> Outcome:
        client = self._pool.open()
        try:
            built = self._wire_request(client, request, headers)
            answer = await client.send(built, follow_redirects=False, stream=opened is not None)
            if opened is not None and answer.status_code < 400:
                opened.append(answer)
                return Response(answer.status_code, {}, b"", str(answer.url))
            await answer.aread()
        except httpx2.TimeoutException as error:
            return _caused(AionvisionTimeoutError(f"{request.endpoint} got no answer in time"), error)
        except httpx2.LocalProtocolError as error:
            raise AionvisionConnectionError(f"{request.endpoint} could not be sent: {error}") from error
        except httpx2.DecodingError as error:
            raise ServerError(f"The answer of {request.endpoint} cannot be decoded: {error}") from error
        except httpx2.TransportError as error:
            reason = str(error) or type(error).__name__
            return _caused(AionvisionConnectionError(f"{request.endpoint} got no answer: {reason}"), error)
        lower = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, lower, answer.content, str(answer.url))

    def _wire_request(self, client: AsyncHTTPClient, request: Request, headers: Mapping[str, str]) -> httpx2.Request:
        url = request.url or self._config.base_url + request.target
        content: Optional[AsyncIterator[bytes]] = None if request.body is None else request.body.stream()
        timeout = httpx2.Timeout(self._config.timeout, connect=min(self._config.timeout, _CONNECT_SECONDS))
        return client.build_request(
            request.method, url, headers=dict(headers), json=request.json, content=content, timeout=timeout
        )

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"User-Agent": USER_AGENT}
        if request.body is not None:
            headers["Content-Type"] = request.body.content_type
            headers["Content-Length"] = str(request.body.size_bytes)
        if request.url is not None:
            return _overlaid(headers, request.headers)
        headers.update({"Accept": "application/json", **self._config.default_headers})
        if self._config.send_correlation_id:
            headers["X-Correlation-ID"] = correlation_id_var.get() or uuid4().hex
        if self._config.send_request_id:
            headers["X-Request-ID"] = request_id_var.get() or uuid4().hex
        if request.idempotency_key is not None:
            headers["Idempotency-Key"] = request.idempotency_key
        return _overlaid(headers, request.headers)

    def _log_retry(self, request: Request, attempt: int, delay: float, error: AionvisionError) -> None:
        if self._config.enable_logging:
            logger.info("%s: attempt %d failed (%s); again in %.2f s", request.endpoint, attempt + 1, error, delay)


async def _blocks(request: Request, answer: httpx2.Response) -> AsyncIterator[bytes]:
    try:
        async for block in answer.aiter_bytes():
            yield block
    except httpx2.TimeoutException as error:
        raise AionvisionTimeoutError(f"{request.endpoint} fell silent") from error
    except httpx2.DecodingError as error:
        raise ServerError(f"The answer of {request.endpoint} cannot be decoded: {error}") from error
    except (httpx2.TransportError, httpx2.StreamError) as error:
        reason = str(error) or type(error).__name__
        raise AionvisionConnectionError(f"{request.endpoint} was cut off: {reason}") from error


def _overlaid(headers: Mapping[str, str], over: Mapping[str, str]) -> dict[str, str]:
    # names differ in case only where they are the same
    replaced = {name.lower() for name in over}
    return {**{name: value for name, value in headers.items() if name.lower() not in replaced}, **over}


def redirect_target(response: Response) -> Optional[str]:
    """The absolute address a redirect leads to; None when the answer is no redirect."""
    location = response.headers.get("location")
    if response.status not in _REDIRECTS or not location:
        return None
    return urljoin(response.url, location)


@lru_cache(maxsize=None)
def _certificates() -> ssl.SSLContext:
    # reading the root certificates takes longer than everything else about opening a client
    return httpx2.create_ssl_context()


def _breaker(config: ClientConfig) -> Optional[CircuitBreaker]:
    if not config.circuit_breaker_enabled:
        return None
    policy = BreakerPolicy(
        config.circuit_breaker_failure_threshold,
        config.circuit_breaker_success_threshold,
        config.circuit_breaker_timeout,
    )
    return CircuitBreaker(policy)


def _caused(error: AionvisionError, cause: Exception) -> AionvisionError:
    error.__cause__ = cause
    return error
