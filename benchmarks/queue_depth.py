"""What it costs to write one more job and to fetch the next, while others wait: milliseconds in the database.

python benchmarks/queue_depth.py [deepest]
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable
from typing import Any
from uuid import UUID

import psycopg
from _databases import fresh_database
from _served import print_machine

from aionserver.infra.database import CONNECTION_OPTIONS, psycopg_url
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.job_queue import JobQueue, JobRequest
from aionserver.kit.ids import new_id

DEEPEST = 100_000
BATCH = 1000
ROUNDS = 40
QUEUES = ["interactive", "bulk"]
MOST_GROWTH = 2.0
TAKE_TURNS = "select take_turns(%s, 'bulk', 1)"
FETCH = "select procrastinate_fetch_job_v2(%s::varchar[], %s)"
Connection = psycopg.AsyncConnection[Any]


async def fill(jobs: JobQueue, connection: Connection, tenant_id: UUID, count: int) -> None:
    """So many more jobs of a tenant, as uploads in batches write them."""
    for _ in range(0, count, BATCH):
        requests = [JobRequest("files.process", {"file_id": str(new_id())}, "bulk") for _ in range(BATCH)]
        async with connection.transaction():
            await jobs.defer(connection, tenant_id, requests)


async def database_ms(connection: Connection, query: str, *values: object) -> tuple[float, int]:
    """Milliseconds and pages that the database takes for a query; what the query does is undone."""
    async with connection.transaction(force_rollback=True):
        cursor = await connection.execute(f"explain (analyze, format json) {query}".encode(), values)
        row = await cursor.fetchone()
        assert row is not None
        found = row[0][0]
        return float(found["Execution Time"]), int(found["Plan"]["Shared Hit Blocks"])


async def median_of(connection: Connection, query: str, *values: object) -> tuple[float, float]:
    """The medians of both over several rounds."""
    found = [await database_ms(connection, query, *values) for _ in range(ROUNDS)]
    return statistics.median(ms for ms, _ in found), statistics.median(pages for _, pages in found)


async def count_ms(work: Awaitable[int]) -> float:
    """Milliseconds of one bounded count of what waits."""
    started = time.perf_counter()
    await work
    return (time.perf_counter() - started) * 1000


async def measure(jobs: JobQueue, connection: Connection, deepest: int) -> list[tuple[float, float]]:
    """Milliseconds for a turn and for a fetch, at each depth."""
    worker_id = await jobs.app.job_manager.register_worker()
    crowd, found, waiting = new_id(), list[tuple[float, float]](), 1
    await jobs.defer(connection, crowd, [JobRequest("files.process", {}, "bulk")])
    for depth in (1, deepest // 10, deepest):
        await fill(jobs, connection, crowd, depth - waiting)
        waiting = depth
        turn_ms, turn_pages = await median_of(connection, TAKE_TURNS, new_id())
        fetch_ms, fetch_pages = await median_of(connection, FETCH, QUEUES, worker_id)
        count = await count_ms(jobs.count_waiting(connection, deepest))
        print(
            f"{depth:7} waiting   a turn {turn_ms:6.3f} ms, {turn_pages:3.0f} pages"
            f"   a fetch {fetch_ms:6.3f} ms, {fetch_pages:3.0f} pages   the count for back-pressure {count:6.1f} ms"
        )
        found.append((turn_ms, fetch_ms))
    return found


async def main(urls: DatabaseUrls, deepest: int) -> None:
    """Print the costs by depth, and how they have grown."""
    print_machine()
    jobs = JobQueue(urls.application)
    options: dict[str, Any] = {"options": CONNECTION_OPTIONS, "prepare_threshold": None, "autocommit": True}
    connection = await Connection.connect(psycopg_url(urls.application), **options)
    async with connection, jobs.app.open_async():
        found = await measure(jobs, connection, deepest)
    growth = [last / first for first, last in zip(found[0], found[-1], strict=True)]
    holds = "holds" if max(growth) <= MOST_GROWTH else "is missed"
    print(f"growth  a turn {growth[0]:.2f}   a fetch {growth[1]:.2f}   goal: at most {MOST_GROWTH:g}: {holds}")


if __name__ == "__main__":
    with fresh_database() as (_, addresses):
        asyncio.run(main(addresses, int(sys.argv[1]) if len(sys.argv) > 1 else DEEPEST))
