"""What the database says of itself, of the queue and of the workers. None of it is a tenant's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from aionserver.infra.scope import Infra

LONGEST_MILLISECONDS = 2000
MOST_TABLES = 100
_BOUND = text(f"set local statement_timeout = {LONGEST_MILLISECONDS}")
_ABOUT = text(
    "select current_setting('server_version') as version, pg_database_size(current_database()) as size_bytes,"
    " (select version_num from alembic_version) as revision, pg_is_in_recovery() as is_replica,"
    " (select count(*) from pg_stat_replication) as replicas,"
    " pg_postmaster_start_time() as started_at"
)
_CONNECTIONS = text(
    "select numbackends as connections, current_setting('max_connections')::int as most_connections"
    " from pg_stat_database where datname = current_database()"
)
_EXTENSIONS = text("select extname, extversion from pg_extension order by extname")
_TABLES = text(
    "select c.relname as name, pg_total_relation_size(c.oid) as size_bytes,"
    " greatest(c.reltuples, 0)::bigint as about_rows from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where n.nspname = 'public' and c.relkind in ('r', 'p') order by 2 desc, 1 limit :most"
)
# What waits for a later try or for its hour does not wait for a worker.
_QUEUE = text(
    "select queue_name as queue, count(*) filter (where status = 'todo') as waiting,"
    " count(*) filter (where status = 'doing') as running, count(*) filter (where status = 'failed') as failed,"
    " min(id) filter (where status = 'todo' and coalesce(scheduled_at, now()) <= now()) as oldest"
    " from procrastinate_jobs where status in ('todo', 'doing', 'failed') group by queue_name"
)
_AGES = text(
    "select job_id, extract(epoch from now() - min(at))::float as seconds from procrastinate_events"
    " where job_id = any(:ids) and type = 'deferred' group by job_id"
)
# A worker process has four lanes, each of which gives signs of life.
_WORKERS = text(
    "select count(*) filter (where last_heartbeat > now() - make_interval(secs => :stalled)) as alive,"
    " extract(epoch from now() - max(last_heartbeat))::float as last_heartbeat_seconds from procrastinate_workers"
)
LANES_A_PROCESS = 4


@dataclass(frozen=True)
class Queue:
    """The jobs of one queue. `oldest_seconds` is since the oldest that a worker could take was written."""

    waiting: int = 0
    running: int = 0
    failed: int = 0
    oldest_seconds: float = 0.0


@dataclass(frozen=True)
class Workers:
    """Worker processes that give signs of life, and how long ago the last one did."""

    alive: int
    last_heartbeat_seconds: float | None


async def _rows(infra: Infra, query: Any, **values: Any) -> Sequence[dict[str, Any]]:
    async with infra.engine.begin() as connection:
        await connection.execute(_BOUND)
        return [dict(row) for row in (await connection.execute(query, values)).mappings()]


async def about(infra: Infra) -> Mapping[str, Any]:
    """Version, size, revision of the schema, replicas and start of the database."""
    return (await _rows(infra, _ABOUT))[0]


async def connections(infra: Infra) -> Mapping[str, Any]:
    """How many connections the database has, and how many it takes."""
    return (await _rows(infra, _CONNECTIONS))[0]


async def extensions(infra: Infra) -> dict[str, str]:
    """Extensions of the database and their versions."""
    return {str(row["extname"]): str(row["extversion"]) for row in await _rows(infra, _EXTENSIONS)}


async def tables(infra: Infra) -> list[dict[str, Any]]:
    """The largest tables with their indexes; the number of rows is as of the last analysis."""
    return [dict(row) for row in await _rows(infra, _TABLES, most=MOST_TABLES)]


async def queues(infra: Infra) -> dict[str, Queue]:
    """How the queues that have jobs stand."""
    rows = await _rows(infra, _QUEUE)
    oldest = [row["oldest"] for row in rows if row["oldest"] is not None]
    ages = {row["job_id"]: row["seconds"] for row in await _rows(infra, _AGES, ids=oldest)} if oldest else {}
    return {
        str(row["queue"]): Queue(row["waiting"], row["running"], row["failed"], ages.get(row["oldest"], 0.0))
        for row in rows
    }


async def workers(infra: Infra) -> Workers:
    """The workers of all machines."""
    row = (await _rows(infra, _WORKERS, stalled=infra.settings.stalled_seconds))[0]
    alive = -(-int(row["alive"]) // LANES_A_PROCESS)
    return Workers(alive, row["last_heartbeat_seconds"])
