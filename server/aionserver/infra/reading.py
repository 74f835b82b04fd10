"""Selects that are compiled once, and connections that send several of them in one round trip."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias, cast
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import ColumnElement, Select, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from aionserver.infra.database import CONNECTION_OPTIONS, TenantRow, psycopg_url, raw_connection
from aionserver.kit.dates import in_utc

_DIALECT = PGDialect_psycopg()
_NUMBERS = itertools.count(1)
_ENTER = "select set_config('aion.tenant_id', %(tenant_id)s::text, true)"
Rows = Sequence[Any]
Connection: TypeAlias = psycopg.AsyncConnection[Any]


def of_tenant(table: type[TenantRow]) -> ColumnElement[bool]:
    """The condition that every `Query` begins with: rows of the tenant that reads."""
    return table.tenant_id == bindparam("tenant_id")


class Query:
    """A select whose values are `bindparam`s. Its rows have the columns as attributes, and no state.

    One that is `kept` is planned once a connection: for selects whose plan is the same whatever their values are.
    """

    def __init__(self, statement: Select[Any] | TextClause, *, kept: bool = False) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        # Names made for constants would mean several things in one message.
        assert not any(value is not None for value in compiled.params.values()), "values are bindparams"
        self.text = str(compiled)
        self.kept = kept
        self._parameters = list(compiled.params)
        self._name = f"kept_{next(_NUMBERS)}"

    @property
    def preparation(self) -> str:
        """The statement that makes a connection keep it."""
        places = {name: f"${number}" for number, name in enumerate(self._parameters, 1)}
        return f"prepare {self._name} as {self.text % places}"

    @property
    def execution(self) -> str:
        """The statement that runs it where it is kept."""
        return f"execute {self._name} ({', '.join(f'%({name})s' for name in self._parameters)})"


# Before a statement that counts: what it writes may be lost in a crash, so nobody waits for the disk.
UNSYNCED = Query(text("select set_config('synchronous_commit', 'off', true)"))


def _plain(value: Any) -> Any:
    # PostgreSQL reads offsets of less than 16 hours only.
    return in_utc(value) if isinstance(value, datetime) else value


async def _answers(connection: object, statements: Sequence[str], values: Mapping[str, Any]) -> list[Rows]:
    """The rows of each statement; all go out as one message, with their values written into them by psycopg."""
    async with psycopg.AsyncClientCursor(cast("Connection", connection), row_factory=namedtuple_row) as cursor:
        await cursor.execute("; ".join(statements).encode(), {name: _plain(value) for name, value in values.items()})
        answers: list[Rows] = [await cursor.fetchall()]
        while cursor.nextset():
            answers.append(await cursor.fetchall())
        return answers


async def fetch_in(session: AsyncSession, tenant_id: UUID, queries: Sequence[Query], **values: Any) -> list[Rows]:
    """The rows of each query, as the session's transaction sees them."""
    texts = [query.text for query in queries]
    return await _answers(await raw_connection(session), texts, {**values, "tenant_id": tenant_id})


async def enter_tenant(session: AsyncSession, tenant_id: UUID) -> None:
    """From here on the session's transaction sees the rows of this tenant, and no others."""
    await _answers(await raw_connection(session), [_ENTER], {"tenant_id": tenant_id})


class _Connection:
    """A connection, and what it keeps."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self._connection = connection
        self._kept: set[Query] = set()

    async def fetch(self, tenant_id: UUID, queries: Sequence[Query], values: Mapping[str, Any]) -> list[Rows]:
        """The rows of each query. Statements in one message are one transaction, which is over with the answer."""
        new = [query for query in queries if query.kept and query not in self._kept]
        if new:
            await self._connection.execute("; ".join(query.preparation for query in new).encode())
            self._kept.update(new)
        statements = [query.execution if query.kept else query.text for query in queries]
        values = {**values, "tenant_id": tenant_id}
        return (await _answers(self._connection, [_ENTER, *statements], values))[1:]

    async def close(self) -> None:
        """End the connection."""
        await self._connection.close()


class ReadConnections:
    """Connections for what is a transaction by itself, mostly reading: opened when needed, kept for the next."""

    def __init__(self, url: str, most: int) -> None:
        self._url = psycopg_url(url)
        self._most, self._in_use = most, 0
        self._room = asyncio.Semaphore(most)
        self._idle: list[_Connection] = []

    def figures(self) -> dict[str, int]:
        """How many connections there may be, are in use, and wait for the next read."""
        return {"reads_most": self._most, "reads_in_use": self._in_use, "reads_idle": len(self._idle)}

    async def fetch(self, tenant_id: UUID, queries: Sequence[Query], **values: Any) -> list[Rows]:
        """The rows of each query, in one transaction and one round trip."""
        async with self._room:
            self._in_use += 1
            try:
                return await self._fetch_once(tenant_id, queries, values)
            except psycopg.OperationalError:
                # Connections that were idle may have died with their server. The others are tried no more.
                await self.close()
                return await self._fetch_once(tenant_id, queries, values)
            finally:
                self._in_use -= 1

    async def _fetch_once(self, tenant_id: UUID, queries: Sequence[Query], values: Mapping[str, Any]) -> list[Rows]:
        connection = self._idle.pop() if self._idle else await self._open()
        try:
            answers = await connection.fetch(tenant_id, queries, values)
        except BaseException:
            await connection.close()  # also when cancelled half way: what it would answer next is unknown
            raise
        self._idle.append(connection)
        return answers

    async def _open(self) -> _Connection:
        connection = await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, options=CONNECTION_OPTIONS, prepare_threshold=None
        )
        return _Connection(connection)

    async def close(self) -> None:
        """End the connections nobody uses."""
        while self._idle:
            await self._idle.pop().close()
