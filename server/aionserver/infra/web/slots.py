"""How many uploads a process takes at a time; the rest are asked to come back."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

from fastapi import Request

from aionserver.infra.errors import RateLimited


class TooManyUploads(RateLimited):
    """More uploads at once than the server takes."""

    code = "CONCURRENT_UPLOAD_LIMIT"


class UploadSlots:
    """The places for uploads in this process."""

    def __init__(self, most: int) -> None:
        self._free = most

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
