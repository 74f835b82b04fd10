"""A proxy of this process for clients that look up names and follow redirects by themselves.

Whatever such a client is led to, its connections go where `require_public` allows, to the very address it looked at.
"""

import asyncio
import hmac
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from typing import TypeVar
from weakref import WeakSet

import structlog

from aionserver.infra.egress import require_public
from aionserver.infra.errors import AionError
from aionserver.infra.settings import Settings

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
PIECE_BYTES = 256 * 1024
HEAD_BYTES = 16 * 1024
HEAD_SECONDS = 5.0
CONNECT_SECONDS = 5.0
SILENT_SECONDS = 120.0


class Tunnels:
    """Takes `CONNECT` on a port of the loopback, of who knows the password in `url` only."""

    def __init__(self) -> None:
        self._password = token_hex(32)
        self._server: asyncio.Server | None = None
        self._starting = asyncio.Lock()
        self._open: WeakSet[asyncio.Task[None]] = WeakSet()

    async def url(self, settings: Settings) -> str:
        """Where the proxy is, with its password; started when it is first asked for."""
        async with self._starting:
            if self._server is None:
                self._server = await asyncio.start_server(
                    lambda reader, writer: self._serve(settings, reader, writer), "127.0.0.1", 0, limit=HEAD_BYTES
                )
        port = self._server.sockets[0].getsockname()[1]
        return f"http://tunnel:{self._password}@127.0.0.1:{port}"

    async def close(self) -> None:
        """End it with all that goes through it."""
        if self._server is not None:
            self._server.close()
            for task in list(self._open):
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
            self._server = None

    async def _serve(self, settings: Settings, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
        try:
            await self._take(settings, reader, writer)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            log.debug("tunnel_broke")
        except asyncio.CancelledError:
            log.debug("tunnel_ended")  # by `close`
        finally:
            writer.close()

    async def _take(self, settings: Settings, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_SECONDS):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        host, port = _target(head)
        if not self._knows(head) or not host:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        try:
            addresses = await require_public(host, port, settings)
            async with asyncio.timeout(CONNECT_SECONDS):
                there, out = await asyncio.open_connection(addresses[0], port)
        except (AionError, OSError) as error:
            log.warning("tunnel_refused", host=host, error=str(error))
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        try:
            await asyncio.gather(_pass_on(reader, out), _pass_on(there, writer))
        finally:
            out.close()

    def _knows(self, head: str) -> bool:
        wanted = f"basic {b64encode(f'tunnel:{self._password}'.encode()).decode()}"
        sent = _header(head, "proxy-authorization", lambda value: value.strip())
        return hmac.compare_digest(sent.lower().encode(), wanted.lower().encode())


def _target(head: str) -> tuple[str, int]:
    """Host and port of a CONNECT; no host for anything else."""
    method, place, *_ = [*head.split("\r\n", 1)[0].split(" "), "", ""]
    host, _, port = place.rpartition(":")
    return (host.strip("[]"), int(port)) if method == "CONNECT" and port.isdecimal() else ("", 0)


def _header(head: str, name: str, read: Callable[[str], str]) -> str:
    lines = (line.partition(":") for line in head.split("\r\n")[1:])
    return next((read(value) for key, _, value in lines if key.lower() == name), "")


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        async with asyncio.timeout(SILENT_SECONDS):
            piece = await reader.read(PIECE_BYTES)
        if not piece:
            break
        writer.write(piece)
        await writer.drain()
    with suppress(OSError):  # the other side has gone already
        writer.write_eof()
