"""What only one server may hold: the lock on its data folder and its port; and the knock on its own door."""

import asyncio
import errno
import fcntl
import os
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from aionserver.supervisor.refusals import ServeRefused

LOCK_NAME = "aionvision.lock"
BACKLOG = 2048
PORT_RELEASE_SECONDS = 1.0
PORT_RETRY_SECONDS = 0.05
HEALTH_TIMEOUT_SECONDS = 5.0
HEALTH_PAUSE_SECONDS = 0.1
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  recognised, not bound


@contextmanager
def locked(data_dir: Path) -> Generator[None, None, None]:
    """Holds the data folder, made private where it is new; refuses while another server holds it."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (data_dir / LOCK_NAME).open("a+")
    except OSError as error:
        raise ServeRefused(f"The data folder {data_dir} cannot be used: {error.strerror}.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServeRefused(f"{holder(data_dir)}: stop it, or choose another --data-dir.") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def holder(data_dir: Path) -> str:
    """A clause that names who holds the data folder."""
    pid = (data_dir / LOCK_NAME).read_text().strip()
    return f"Another `aionvision serve` (process {pid}) already uses {data_dir}"


@contextmanager
def listening(host: str, port: int) -> Generator[socket.socket, None, None]:
    """The bound and listening socket; port 0 takes a free one."""
    deadline = time.monotonic() + PORT_RELEASE_SECONDS
    while True:
        try:
            listener = bound(host, port)
            break
        except OSError as error:
            # the children of a killed predecessor hold the port for another moment
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise ServeRefused(refusal(host, port, error)) from error
            time.sleep(PORT_RETRY_SECONDS)
    with listener:
        yield listener


def bound(host: str, port: int) -> socket.socket:
    """A listening socket on the first address that `host` stands for."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Every connection inherits it; uvicorn takes an inherited socket for a unix one and would not set it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def refusal(host: str, port: int, error: OSError) -> str:
    """Why the port cannot be had, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program: stop it, or choose another --port."
    return f"Cannot listen on {host} port {port}: {error.strerror}; choose another --host or --port."


def url_of(listener: socket.socket) -> str:
    """The URL to reach the socket from this machine."""
    host, port = address_of(listener)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def address_of(listener: socket.socket) -> tuple[str, int]:
    """Host and port to connect to from this machine."""
    host, port = listener.getsockname()[:2]
    return WILDCARDS.get(str(host), str(host)), port


async def first_health(listener: socket.socket) -> None:
    """Returns once /health has answered 200; until a child listens, a request waits in the queue."""
    while not await healthy(*address_of(listener)):  # noqa: ASYNC110  nobody could set an event
        await asyncio.sleep(HEALTH_PAUSE_SECONDS)


async def healthy(host: str, port: int) -> bool:
    """Whether /health answers 200 within a few seconds."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(HEALTH_TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    return False
