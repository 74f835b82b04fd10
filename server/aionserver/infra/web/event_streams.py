"""Answers that go on: server-sent events, with a ping while nothing happens, ended when the client is gone."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Annotated

from fastapi import Depends, Header
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from aionserver.infra.errors import InvalidInput
from aionserver.infra.streams import PING, StreamEvent

PING_SECONDS = 15.0
# A client that takes nothing for so long is given up: what it has not read is kept in memory.
PATIENCE_SECONDS = 60.0
EVENT_STREAM = "text/event-stream"
_EVENT_ID = re.compile(r"[0-9]{1,18}")


def last_event_id(
    sent: Annotated[str | None, Header(alias="Last-Event-ID", description="Id of the last event received.")] = None,
) -> int | None:
    """A dependency: after which event a listener goes on."""
    if sent is None or not sent.strip():
        return None
    if not _EVENT_ID.fullmatch(sent.strip()):
        raise InvalidInput.field("Last-Event-ID", "must be the id of an event, a whole number")
    return int(sent)


LastEventId = Annotated[int | None, Depends(last_event_id)]


class EventStream(Response):
    """Sends events as they come, several at once where they are there. The client's pace is the generator's.

    Whoever cancels the request, or leaves, closes the generator.
    """

    media_type = EVENT_STREAM

    def __init__(self, events: AsyncGenerator[Sequence[StreamEvent]], ping_seconds: float = PING_SECONDS) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events, self._ping_seconds = events, ping_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            with suppress(TimeoutError):
                if await self._tell(send, gone):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            await self._events.aclose()

    async def _tell(self, send: Send, gone: asyncio.Future[None]) -> bool:
        """Whether all was told; False when the client left before."""
        coming = asyncio.ensure_future(anext(self._events, None))
        try:
            while True:
                done, _ = await asyncio.wait({coming, gone}, timeout=self._ping_seconds, return_when="FIRST_COMPLETED")
                if gone in done:
                    return False
                if coming not in done:
                    await _send(send, PING.frame())
                    continue
                events = coming.result()
                if events is None:
                    return True
                await _send(send, b"".join(event.frame() for event in events))
                coming = asyncio.ensure_future(anext(self._events, None))
        finally:
            # Before the generator can be closed, nobody may be waiting in it.
            coming.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait({coming})


async def _send(send: Send, body: bytes) -> None:
    message: Message = {"type": "http.response.body", "body": body, "more_body": True}
    async with asyncio.timeout(PATIENCE_SECONDS):
        await send(message)


async def _gone(receive: Receive) -> None:
    """Returns when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
