"""How many uploads a process takes at a time, in all and of one caller; the rest are asked to come back."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID

from fastapi import Request

from aionserver.infra.actors import Actor
from aionserver.infra.errors import RateLimited

# So long an upload waits for others of its caller to end: a plan is for one program, and several may share a key.
PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.02


class TooManyUploads(RateLimited):
    """More uploads at once than the server takes."""

    code = "CONCURRENT_UPLOAD_LIMIT"


class UploadSlots:
    """The places for uploads in this process."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._of: Counter[UUID | None] = Counter()
        self.patience_seconds = PATIENCE_SECONDS

    @asynccontextmanager
    async def one_of(self, actor: Actor, most: int) -> AsyncGenerator[None]:
        """A place for one upload of a caller that may have so many at a time; TooManyUploads when none gets free."""
        caller = actor.key_id or actor.user_id
        deadline = time.monotonic() + self.patience_seconds
        while self._of[caller] >= most:
            if time.monotonic() >= deadline:
                text = f"{most} uploads of yours are on their way already, as many as your plan allows at a time."
                raise TooManyUploads(text, headers={"Retry-After": "2"})
            await asyncio.sleep(PAUSE_SECONDS)
        self._of[caller] += 1
        try:
            async with self.one():
                yield
        finally:
            self._of[caller] -= 1
            if not self._of[caller]:
                del self._of[caller]

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[None]:
        """A place for one upload; TooManyUploads when none is free."""
        if self._free <= 0:
            raise TooManyUploads("The server is receiving as many uploads as it can.", headers={"Retry-After": "2"})
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


def upload_slots(request: Request) -> UploadSlots:
    """The process's places for uploads."""
    return cast(UploadSlots, request.app.state.upload_slots)
