"""Locks that die with the process: PostgreSQL advisory locks on one connection of its own."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import psycopg

from aionserver.infra.database import CONNECTION_OPTIONS, psycopg_url

_IS_HELD = """
select exists (
    select from pg_locks where locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database())
    and (classid::bigint << 32 | objid::bigint) = %s and objsubid = 1
)
"""


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


class ProcessLocks:
    """Named locks across all processes; a killed process frees its own, for its connection ends."""

    def __init__(self, url: str) -> None:
        self._url = psycopg_url(url)
        self._connection: psycopg.AsyncConnection | None = None
        self._turn = asyncio.Lock()
        self._held: set[str] = set()

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncGenerator[bool]:
        """Whether the lock was free and is now held, until leaving."""
        if name in self._held:
            yield False
            return
        self._held.add(name)
        granted: bool | None = None
        try:
            granted = await self._ask_again("select pg_try_advisory_lock(%s)", name)
            yield granted
        finally:
            # None: cancelled while asking, so the lock may have been granted. Shielded, for it would stay for good.
            if granted is not False:
                await asyncio.shield(self._release(name))
            self._held.discard(name)

    async def is_held(self, name: str) -> bool:
        """Whether anybody holds the lock; asking takes it from nobody."""
        return name in self._held or await self._ask_again(_IS_HELD, name)

    async def _release(self, name: str) -> None:
        with suppress(psycopg.OperationalError):  # the lock went with the connection
            await self._ask("select pg_advisory_unlock(%s)", name)

    async def _ask_again(self, query: str, name: str) -> bool:
        with suppress(psycopg.OperationalError):  # the connection may have ended long ago, with a database that is back
            return await self._ask(query, name)
        return await self._ask(query, name)

    async def _ask(self, query: str, name: str) -> bool:
        async with self._turn:
            connection = await self._open()
            cursor = await connection.execute(query.encode(), (_number(name),))
            row = await cursor.fetchone()
            return bool(row and row[0])

    async def _open(self) -> psycopg.AsyncConnection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, options=CONNECTION_OPTIONS, prepare_threshold=None
            )
        return self._connection

    async def close(self) -> None:
        """Free every lock of this process."""
        async with self._turn:  # closing it under a query ends the process
            if self._connection is not None:
                await self._connection.close()
                self._connection = None
