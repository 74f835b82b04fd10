"""Durable jobs: rows of procrastinate, written on the caller's own connection, in fair order between tenants."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, cast
from uuid import UUID

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Job as QueuedJob

from aionserver.infra.database import CONNECTION_OPTIONS, psycopg_url
from aionserver.infra.tracing import TRACEPARENT, current_traceparent

Queue = Literal["interactive", "bulk", "documents", "web", "maintenance"]


@dataclass(frozen=True)
class JobRequest:
    """A job to be done: the name it has in `wiring.JOBS`, and ids."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    queue: Queue = "interactive"


class JobQueue:
    """Where jobs are written.

    The database's `take_turns` gives each its turn: a clock of turns runs with the work, and a tenant's next job
    stands one turn behind its last one, or at the clock when it has none waiting. So whoever has much waiting
    stands far behind, and whoever comes new is next.
    """

    def __init__(self, url: str) -> None:
        self.app = App(
            connector=PsycopgConnector(
                conninfo=psycopg_url(url),
                kwargs={"options": CONNECTION_OPTIONS, "prepare_threshold": None},
                min_size=1,
                max_size=5,
            )
        )

    async def defer(self, connection: object, tenant_id: UUID, requests: Sequence[JobRequest]) -> None:
        """Insert the jobs through `connection`, inside its transaction."""
        owned = cast("psycopg.AsyncConnection[Any]", connection)
        for wanted in (list(group) for _, group in groupby(requests, key=lambda request: request.queue)):
            queue = wanted[0].queue
            first = await _take_turns(owned, tenant_id, queue, len(wanted))
            jobs = [_row(tenant_id, request, turn) for turn, request in enumerate(wanted, start=first)]
            await self.app.job_manager.batch_defer_jobs_async(jobs=jobs, connection=owned)

    async def having_jobs(self, connection: object, name: str, argument: str, values: Sequence[str]) -> set[str]:
        """Which values of an argument have a job of this name that waits or is in hand."""
        owned = cast("psycopg.AsyncConnection[Any]", connection)
        found = await owned.execute(_HAVING_JOBS, {"argument": argument, "name": name, "values": list(values)})
        return {str(row[0]) for row in await found.fetchall()}

    async def cancel(self, connection: object, name: str, argument: str, values: Sequence[str]) -> None:
        """Take back jobs of this name that wait, by values of an argument; those in hand go on."""
        owned = cast("psycopg.AsyncConnection[Any]", connection)
        await owned.execute(_CANCEL, {"argument": argument, "name": name, "values": list(values)})

    async def count_waiting(self, connection: object, most: int) -> int:
        """How many files wait to be processed; `most` when there are more."""
        owned = cast("psycopg.AsyncConnection[Any]", connection)
        row = await (await owned.execute(_COUNT_WAITING, (most,))).fetchone()
        assert row is not None
        return int(row[0])


_HAVING_JOBS = (
    "select args ->> %(argument)s from procrastinate_jobs where status in ('todo', 'doing')"
    " and task_name = %(name)s and args ->> %(argument)s = any(%(values)s)"
)
_CANCEL = (
    "update procrastinate_jobs set status = 'cancelled' where status = 'todo' and task_name = %(name)s"
    " and args ->> %(argument)s = any(%(values)s)"
)
_COUNT_WAITING = (
    "select count(*) from (select 1 from procrastinate_jobs"
    " where status = 'todo' and queue_name in ('interactive', 'bulk', 'documents') limit %s) as waiting"
)


async def _take_turns(connection: "psycopg.AsyncConnection[Any]", tenant_id: UUID, queue: Queue, count: int) -> int:
    cursor = await connection.execute("select take_turns(%s, %s, %s)", (tenant_id, queue, count))
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


def _row(tenant_id: UUID, request: JobRequest, turn: int) -> QueuedJob:
    trace = current_traceparent.get()
    return QueuedJob(
        queue=request.queue,
        priority=-turn,
        lock=None,
        queueing_lock=None,
        task_name=request.name,
        task_kwargs={"tenant_id": str(tenant_id), **request.arguments} | ({TRACEPARENT: trace} if trace else {}),
    )
