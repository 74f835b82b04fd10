"""What the server is short of: disk, memory, or time for what waits. New content is refused until that is over."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import structlog

from aionserver.infra.errors import AionError, OutOfStorage, RateLimited
from aionserver.infra.free_memory import free_memory_bytes
from aionserver.infra.settings import Settings

log = structlog.get_logger(__name__)
Shortage = Literal["disk", "queue", "memory"]
# What finishing a photo adds: four smaller pictures of it, and its rows with their indexes.
OBJECTS_BYTES_A_FILE = 256 * 1024
DATABASE_BYTES_A_FILE = 32 * 1024
# A file is about five files and three folders; some file systems run out of those first.
LEAST_FREE_INODES = 10_000
FRESH_SECONDS = 1.0
STALE_SECONDS = 10.0
# A reading that took long is kept longer, so that reading never costs more than a fiftieth of the time.
LEAST_REST = 50
PAUSE_SECONDS = 5.0
CountWaiting = Callable[[int], Awaitable[int]]


class Overloaded(RateLimited):
    """The server has as much to do as it can take; `Retry-After` says when to ask again."""

    code = "SERVER_OVERLOADED"


@dataclass(frozen=True)
class Place:
    """A folder, and by how many bytes it grows with every waiting file that is finished."""

    folder: Path
    bytes_a_file: int

    def spare_bytes(self, waiting: int = 0) -> int:
        """What is free once all that waits is finished; 0 for a folder that can't be asked or takes no more files."""
        try:
            found = os.statvfs(self.folder)
        except OSError:
            return 0
        if found.f_files and found.f_favail < LEAST_FREE_INODES:
            return 0
        return found.f_bavail * found.f_frsize - waiting * self.bytes_a_file


@dataclass(frozen=True)
class Reading:
    """How things stand. `spare_disk_bytes` is that of the fullest place; None is not known, and never too little."""

    spare_disk_bytes: int | None
    waiting: int
    free_memory_bytes: int | None


class Pressure:
    """Knows, for the price of a reading a second, whether there is room for more."""

    def __init__(self, settings: Settings, places: Sequence[Place], count_waiting: CountWaiting) -> None:
        self._settings, self._places, self._count_waiting = settings, places, count_waiting
        self._reading: Reading | None = None
        self._valid_until = 0.0
        self._turn = asyncio.Lock()
        self._known: Sequence[Shortage] = []
        self.fresh_seconds, self.pause_seconds = FRESH_SECONDS, PAUSE_SECONDS

    async def require_room(self, incoming_bytes: int = 0) -> None:
        """Return when the server takes new content of this size; OutOfStorage or Overloaded otherwise."""
        found = await self.shortages(incoming_bytes)
        if found:
            raise _refusal(found[0])

    async def shortages(self, incoming_bytes: int = 0) -> Sequence[Shortage]:
        """What there is too little of to take new content of this size."""
        return self._shortages_in(await self._read(), incoming_bytes)

    def _shortages_in(self, reading: Reading, incoming_bytes: int = 0) -> Sequence[Shortage]:
        settings, spare, memory = self._settings, reading.spare_disk_bytes, reading.free_memory_bytes
        short: dict[Shortage, bool] = {
            "disk": spare is not None and spare - incoming_bytes < settings.least_free_disk_bytes,
            "memory": memory is not None and memory < settings.least_free_memory_bytes,
            "queue": reading.waiting >= settings.deepest_queue,
        }
        return [name for name, is_short in short.items() if is_short]

    async def wait_for_room(self) -> None:
        """Return once there is room to work with: the last quarter of the least free disk is the database's own."""
        least = self._settings.least_free_disk_bytes // 4
        spare = await asyncio.to_thread(self._spare_bytes)
        if spare is None or spare >= least:
            return
        log.warning("job_waits_for_disk", free_bytes=spare, least_bytes=least)
        while spare is not None and spare < least:
            await asyncio.sleep(self.pause_seconds)
            spare = await asyncio.to_thread(self._spare_bytes)

    async def _read(self) -> Reading:
        """The last reading while it is fresh or being renewed; else a new one."""
        if self._reading and (self._turn.locked() or time.monotonic() < self._valid_until):
            return self._reading
        async with self._turn:
            if self._reading is None or time.monotonic() >= self._valid_until:
                self._reading = await self._measure()
            return self._reading

    async def _measure(self) -> Reading:
        started = time.monotonic()
        waiting = await self._count_waiting(self._settings.deepest_queue)
        spare = await asyncio.to_thread(self._spare_bytes, waiting)
        reading = Reading(spare, waiting, await asyncio.to_thread(free_memory_bytes))
        rest = min(STALE_SECONDS, LEAST_REST * (time.monotonic() - started))
        self._valid_until = time.monotonic() + (self.fresh_seconds and max(self.fresh_seconds, rest))
        self._tell(reading)
        return reading

    def _spare_bytes(self, waiting: int = 0) -> int | None:
        return min((place.spare_bytes(waiting) for place in self._places), default=None)

    def _tell(self, reading: Reading) -> None:
        """Log what is short when that has changed: figures for the operator, who alone may know them."""
        found = self._shortages_in(reading)
        if found != self._known:
            self._known = found
            log.warning("shortage" if found else "shortage_over", short_of=found, **asdict(reading))


def _refusal(shortage: Shortage) -> AionError:
    details = {"short_of": shortage}
    if shortage == "disk":
        message = "The server's disk is nearly full, so it takes no new content. What it has can be read and deleted."
        return OutOfStorage(message, details=details, headers={"Retry-After": "60"})
    if shortage == "memory":
        message = "The server is short of memory, so it takes no new content for the moment."
        return Overloaded(message, details=details, headers={"Retry-After": "10"})
    message = "So many files wait to be processed that the server takes no more for the moment."
    return Overloaded(message, details=details, headers={"Retry-After": "30"})
