"""Live streams that survive a broken connection: they go on after the last event that came."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Optional

from ._requests import Request
from ._sse import EventParser, ServerEvent
from ._transport import HTTPClient
from .exceptions import (
    AionvisionConnectionError,
    AionvisionError,
    AionvisionTimeoutError,
    CircuitBreakerError,
    ServerError,
    SSEStreamError,
)

MOST_RECONNECTS = 5
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# a connection that held so long was good, even if nothing happened meanwhile
STABLE_SECONDS = 60.0
RECONNECTING = "reconnecting"

_BROKEN = (AionvisionConnectionError, AionvisionTimeoutError, CircuitBreakerError, ServerError)


class EventStream:
    """The events of one request. When the connection breaks it is asked again, with `Last-Event-ID`.

    `last` are the names of events after which nothing comes, `enough` of those after which a cut loses nothing.
    """

    def __init__(
        self,
        http: HTTPClient,
        request: Request,
        *,
        last: frozenset[str] = frozenset(),
        enough: frozenset[str] = frozenset(),
        last_event_id: Optional[str] = None,
    ) -> None:
        self._http = http
        self._request = request
        self._last = last
        self._enough = enough
        self._last_id = last_event_id
        self._received = 0
        self._attempts = 0
        self._retry_seconds: Optional[float] = None
        self._has_reconnected = False
        self._opened_at = 0.0
        self._has_ended = False
        self._may_end = False

    async def events(self) -> AsyncGenerator[ServerEvent, None]:
        """Every event once; before each new attempt one called `reconnecting`.

        Raises SSEStreamError after five attempts in a row without progress, and what the server answers to the
        first request.
        """
        while True:
            cause: Optional[AionvisionError] = None
            connection = self._connection()
            try:
                async for event in connection:
                    yield event
            except _BROKEN as error:
                if not self._received and not self._has_reconnected:
                    raise
                cause = error
            finally:
                # whoever stops listening must not leave the connection behind
                await connection.aclose()
            if self._has_ended or self._may_end:
                return
            yield await self._pause(cause)

    async def _connection(self) -> AsyncGenerator[ServerEvent, None]:
        parser = EventParser()
        self._opened_at = time.monotonic()
        async with self._http.stream(self._resuming_request()) as blocks:
            async for block in blocks:
                for event in parser.feed(block):
                    self._retry_seconds = parser.retry_seconds
                    if self._is_repeated(event):
                        continue
                    self._note(event)
                    yield event
                    if self._has_ended:
                        return

    def _resuming_request(self) -> Request:
        headers = {**self._request.headers, "Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self._last_id is not None:
            headers["Last-Event-ID"] = self._last_id
        # once it runs, attempts are counted here
        retries = 0 if self._received else self._request.max_retries
        return replace(self._request, headers=headers, max_retries=retries)

    def _is_repeated(self, event: ServerEvent) -> bool:
        """Whether a server that cannot resume sends again what came before."""
        if not self._has_reconnected or event.id is None or self._last_id is None:
            return False
        is_numbered = event.id.isdigit() and self._last_id.isdigit()
        return is_numbered and int(event.id) <= int(self._last_id)

    def _note(self, event: ServerEvent) -> None:
        self._received += 1
        if event.id is not None:
            # only what has a place in the stream is progress: a greeting is not
            self._last_id, self._attempts = event.id, 0
        self._has_ended = event.event in self._last
        self._may_end = self._may_end or event.event in self._enough

    async def _pause(self, cause: Optional[AionvisionError]) -> ServerEvent:
        if time.monotonic() - self._opened_at >= STABLE_SECONDS:
            self._attempts = 0
        if self._attempts >= MOST_RECONNECTS:
            raise SSEStreamError(
                f"The stream broke and could not be resumed in {MOST_RECONNECTS} attempts",
                last_event_id=self._last_id,
                events_received=self._received,
                reconnect_attempts=self._attempts,
            ) from cause
        ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0**self._attempts)
        self._attempts += 1
        self._has_reconnected = True
        await asyncio.sleep(max(self._retry_seconds or 0.0, ceiling * (0.5 + random.random() / 2)))
        return ServerEvent(RECONNECTING, f'{{"attempt": {self._attempts}, "max_attempts": {MOST_RECONNECTS}}}')
