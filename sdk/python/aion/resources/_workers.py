"""Several tasks that share one pile of work."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Callable


async def run_workers(work: Callable[[], Coroutine[Any, Any, None]], count: int) -> None:
    """Runs `work` `count` times side by side. When one fails the others are stopped before its error is raised."""
    workers = [asyncio.ensure_future(work()) for _ in range(count)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
