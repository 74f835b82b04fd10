"""An object on its way in: hashed and written by a thread, while the next bytes arrive."""

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from aionserver.infra.storage.faults import translated

# Of each upload two such blocks are in memory at most. A larger one saves little more of the way to a thread and back.
BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class StoredObject:
    """What a finished write has made."""

    key: str
    size_bytes: int
    sha256: str


class Sink(Protocol):
    """Where an object's blocks go. Its methods block, and are called one after the other."""

    def append(self, block: bytearray) -> None:
        """Take a block."""
        ...

    def finish(self) -> None:
        """Make the object visible, whole, and durable."""
        ...

    def abandon(self) -> None:
        """Let go of what was taken, unless it is visible."""
        ...


class ObjectWriter:
    """Takes an object piece by piece; nothing is visible before `close`. One that is not closed is to be abandoned."""

    def __init__(self, key: str, sink: Sink, threads: ThreadPoolExecutor) -> None:
        self.key, self._sink, self._threads = key, sink, threads
        self.size_bytes = 0
        self._digest = hashlib.sha256()
        self._block = bytearray()
        self._working: asyncio.Future[None] | None = None

    async def write(self, piece: bytes | memoryview) -> None:
        """Append a piece; it is copied. Waits while the block before the last is still being written."""
        self._block += piece
        self.size_bytes += len(piece)
        if len(self._block) >= BLOCK_BYTES:
            await self._settled()
            block, self._block = self._block, bytearray()
            self._begin(self._append, block)

    async def close(self) -> StoredObject:
        """Make the object visible under its key, whole and durable."""
        await self._settled()
        self._begin(self._finish, self._block)
        await self._settled()
        return StoredObject(self.key, self.size_bytes, self._digest.hexdigest())

    async def abandon(self) -> None:
        """Leave nothing of an unfinished object behind."""
        if self._working is not None:
            await asyncio.wait([self._working])
            self._working.exception()  # told already, or of no interest any more
        self._begin(self._sink.abandon)
        await self._settled()

    def _append(self, block: bytearray) -> None:
        self._digest.update(block)
        self._sink.append(block)

    def _finish(self, block: bytearray) -> None:
        self._append(block)
        self._sink.finish()

    def _begin(self, function: Callable[..., None], *arguments: Any) -> None:
        self._working = asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    async def _settled(self) -> None:
        if self._working is not None:
            # A thread can't be stopped: who is cancelled here leaves it to `abandon` to wait for it.
            await translated(asyncio.shield(self._working))
            self._working = None
