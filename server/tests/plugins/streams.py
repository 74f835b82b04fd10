"""Streams of events read over a real socket, which can be left half way."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import uvicorn

from plugins.product import Product


@dataclass(frozen=True)
class Event:
    """A server-sent event."""

    name: str
    data: dict[str, Any]
    id: str | None = None


def parse(block: str) -> Event:
    """The event of a block of lines."""
    fields = dict(line.split(": ", 1) for line in block.splitlines())
    return Event(fields["event"], json.loads(fields["data"]), fields.get("id"))


def events_in(body: str) -> list[Event]:
    """The events of a stream that is over."""
    assert body.endswith("\n\n")
    return [parse(block) for block in body.removesuffix("\n\n").split("\n\n")]


def names(events: list[Event]) -> list[str]:
    return [one.name for one in events]


async def events_of(answer: httpx2.Response) -> AsyncGenerator[Event]:
    """The events of a stream, as they come."""
    rest = ""
    async for text in answer.aiter_text():
        *blocks, rest = (rest + text).split("\n\n")
        for block in blocks:
            yield parse(block)


@asynccontextmanager
async def listening(product: Product, key: str) -> AsyncGenerator[httpx2.AsyncClient]:
    """A client over a socket of the product's own."""
    config = uvicorn.Config(product.app, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    headers = {"Authorization": f"Bearer {key}"}
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        await task
