"""What work tells of itself while it goes on, as an asynchronous generator: in order, no faster than it is read."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

import anyio

Told = TypeVar("Told")
MOST_WAITING = 16


async def emitted(run: Callable[[Callable[[Told], Awaitable[None]]], Awaitable[None]]) -> AsyncGenerator[Told]:
    """What `run` emits; it is cancelled when nobody reads on, and what it raises is raised here."""
    sending, receiving = anyio.create_memory_object_stream[Told](MOST_WAITING)

    async def work() -> None:
        async with sending:
            await run(sending.send)

    task = asyncio.create_task(work())
    try:
        async with receiving:
            async for one in receiving:
                yield one
        await task
    finally:
        sending.close()
        receiving.close()
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
