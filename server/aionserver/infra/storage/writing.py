"""An object on its way in: hashed and written by a thread, while the next bytes arrive."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Any, Protocol

from aionserver.infra.storage.faults import translated
from aionserver.infra.storage.remote import Fault

# Of each upload two such blocks are in memory at most. A larger one saves little more of the way to a thread and back.
BLOCK_BYTES = 1024 * 1024
KEPT_BLOCKS = 8


class Memory:
    """Blocks that are used again and again; not of the heap, so that what is not kept goes back to the system."""

    def __init__(self) -> None:
        self._free: deque[mmap] = deque()

    def take(self) -> mmap:
        """A block that nobody else has."""
        try:
            return self._free.pop()
        except IndexError:
            return mmap(-1, BLOCK_BYTES, flags=MAP_PRIVATE | MAP_ANONYMOUS)

    def give_back(self, block: mmap) -> None:
        """Let others have a block."""
        if len(self._free) < KEPT_BLOCKS:
            self._free.append(block)
        else:
            block.close()


@dataclass(frozen=True)
class StoredObject:
    """What a finished write has made."""

    key: str
    size_bytes: int
    sha256: str


class Sink(Protocol):
    """Where an object's blocks go. Its methods block, and are called one after the other."""

    def append(self, data: memoryview) -> None:
        """Take further bytes, which are others after the call."""
        ...

    def finish(self) -> None:
        """Make the object visible, whole, and durable."""
        ...

    def abandon(self) -> None:
        """Let go of what was taken, unless it is visible."""
        ...


class ObjectWriter:
    """Takes an object piece by piece; nothing is visible before `close`. One that is not closed is to be abandoned."""

    def __init__(
        self, key: str, sink: Sink, threads: ThreadPoolExecutor, memory: Memory, told: Fault | None = None
    ) -> None:
        self.key, self._sink, self._threads, self._memory, self._told = key, sink, threads, memory, told
        self.size_bytes = 0
        self._digest = hashlib.sha256()
        # The one that is being filled, then the one that is being written.
        self._blocks, self._filled = [memory.take()], 0
        self._working: asyncio.Future[None] | None = None

    async def write(self, piece: bytes | memoryview) -> None:
        """Append a piece; it is copied. Waits while the block before the last is still being written."""
        rest = memoryview(piece)
        while rest:
            taken = rest[: BLOCK_BYTES - self._filled]
            self._blocks[0][self._filled : self._filled + len(taken)] = taken
            self._filled += len(taken)
            rest = rest[len(taken) :]
            if self._filled == BLOCK_BYTES:
                await self._pass_on()
        self.size_bytes += len(piece)

    async def close(self) -> StoredObject:
        """Make the object visible under its key, whole and durable."""
        await self._settled()
        self._begin(self._finish)
        await self._settled()
        return StoredObject(self.key, self.size_bytes, self._digest.hexdigest())

    async def abandon(self) -> None:
        """Leave nothing of an unfinished object behind."""
        if self._working is not None:
            await asyncio.wait([self._working])
            self._working.exception()  # told already, or of no interest any more
        self._begin(self._sink.abandon)
        await self._settled()

    async def _pass_on(self) -> None:
        await self._settled()
        self._begin(self._append, self._blocks[0], self._filled)
        if len(self._blocks) == 1:
            self._blocks.append(self._memory.take())
        self._blocks.reverse()
        self._filled = 0

    def _append(self, block: mmap, size_bytes: int) -> None:
        with memoryview(block) as whole, whole[:size_bytes] as data:
            self._digest.update(data)
            self._sink.append(data)

    def _finish(self) -> None:
        self._append(self._blocks[0], self._filled)
        while self._blocks:  # before the long wait for the disk
            self._memory.give_back(self._blocks.pop())
        self._sink.finish()

    def _begin(self, function: Callable[..., None], *arguments: Any) -> None:
        self._working = asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    async def _settled(self) -> None:
        if self._working is not None:
            # A thread can't be stopped: who is cancelled here leaves it to `abandon` to wait for it.
            await translated(asyncio.shield(self._working), self._told)
            self._working = None
