"""Threads that hash passwords, so that the process goes on meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from aionserver.infra.errors import Unavailable

# A hash takes 64 MiB and a tenth of a second on purpose: more at once would starve what else is asked for.
THREADS = 2
MOST_WAITING = 20
Result = TypeVar("Result")


class PasswordThreads:
    """Two hashes at a time; when too many wait, the next is turned away at once."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, "passwords")
        self._under_way = 0

    async def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """What `function` returns; Unavailable when too many wait."""
        if self._under_way >= THREADS + MOST_WAITING:
            raise Unavailable("Too many people are logging in at the moment.", headers={"Retry-After": "2"})
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)
