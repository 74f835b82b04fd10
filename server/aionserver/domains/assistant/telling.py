"""Events of work that goes on while they are read: in order, and no faster than they are read."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import anyio

from aionserver.domains.assistant.schemas import Event
from aionserver.kit.citations import complete_part

Emit = Callable[[Event], Awaitable[None]]
MOST_WAITING = 16


async def events_of(run: Callable[[Emit], Awaitable[None]]) -> AsyncGenerator[Event]:
    """What `run` emits; it is cancelled when nobody reads on, and what it raises is raised here."""
    sending, receiving = anyio.create_memory_object_stream[Event](MOST_WAITING)

    async def work() -> None:
        async with sending:
            await run(sending.send)

    task = asyncio.create_task(work())
    try:
        async with receiving:
            async for event in receiving:
                yield event
        await task
    finally:
        sending.close()
        receiving.close()
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


def pieces(text: str) -> list[str]:
    """A text word by word, no piece ending within a citation."""
    found, waiting = list[str](), ""
    for word in _words(text):
        waiting += word
        if complete_part(waiting) == len(waiting):
            found.append(waiting)
            waiting = ""
    return [*found, waiting] if waiting else found


def _words(text: str) -> list[str]:
    """The words, each with the white space after it."""
    parts, start = list[str](), 0
    for place in range(1, len(text)):
        if text[place - 1].isspace() and not text[place].isspace():
            parts.append(text[start:place])
            start = place
    return [*parts, text[start:]] if text else []
