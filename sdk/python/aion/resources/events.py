"""What happens in the tenant, as it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Optional

from .._event_stream import EventStream
from .._requests import get
from ..types.events import TenantEvent
from ._base import Resource

__all__ = ["EventsResource"]


class EventsResource(Resource):
    """What happens in the tenant: files processed, batches and plans that go on."""

    async def stream(self, *, last_event_id: Optional[str] = None) -> AsyncIterator[TenantEvent]:
        """Events as they happen, without end; those after `last_event_id` where given.

        A broken connection is resumed, told by an event `reconnecting`. Raises SSEStreamError when it cannot be.
        """
        events = EventStream(self._http, get("/events"), last_event_id=last_event_id).events()
        try:
            async for event in events:
                if event.event != "ping":
                    yield TenantEvent(event.event, event.object(), event.id)
        finally:
            await events.aclose()
