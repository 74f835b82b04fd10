"""How the server fares as a whole."""

import asyncio
import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import structlog

from aionserver.domains.accounts import service as accounts
from aionserver.domains.mail import service as mail
from aionserver.domains.monitoring import components, queries
from aionserver.domains.monitoring.schemas import (
    Component,
    DatabaseHealth,
    DetailedHealth,
    EmailHealth,
    JobFigures,
    OutboxHealth,
    Pool,
    PoolHealth,
    PoolStatistics,
    ProcessFigures,
    RequestFigures,
    Status,
    SystemMetrics,
)
from aionserver.infra.actors import Actor
from aionserver.infra.database import open_session, pool_figures
from aionserver.infra.errors import NotAllowed, NotConfigured
from aionserver.infra.figures import IN_PROGRESS, MEMORY, PROCESSES, Series
from aionserver.infra.job_telemetry import OUTCOMES
from aionserver.infra.monitor import CPU
from aionserver.infra.pressure import Shortage
from aionserver.infra.process_figures import open_files, resident_bytes
from aionserver.infra.scope import Infra
from aionserver.infra.web.requests import RATE_LIMITED, REQUESTS

log = structlog.get_logger(__name__)
TABLES_SECONDS = 30.0
SMTP_SECONDS = 30.0
LONGEST_SMTP_SECONDS = 10.0
NO_MAIL_SERVER = "No mail server is set (AIONVISION_SMTP_URL): letters are read with 'aionvision mails'."


async def detailed(infra: Infra) -> DetailedHealth:
    """Every part, and the worst state of any."""
    found, short_of = await asyncio.gather(components.examine(infra), _shortages(infra))
    return DetailedHealth(
        status=components.worst([one.status for one in found.values()]),
        checked_at=infra.clock(),
        short_of=list(short_of),
        components=found,
    )


async def _shortages(infra: Infra) -> Sequence[Shortage]:
    """What there is too little of, as far as it can be told without a database."""
    try:
        async with asyncio.timeout(components.LONGEST_SECONDS):
            return await infra.pressure.shortages()
    except Exception as error:  # noqa: BLE001  the parts say what ails them
        log.warning("shortages_unknown", error=type(error).__name__)
        return []


async def email(infra: Infra) -> EmailHealth:
    """Whether the mail server takes our letters; asked again after half a minute at the earliest."""
    try:
        async with asyncio.timeout(LONGEST_SMTP_SECONDS):
            fault = await infra.monitor.recent("smtp", SMTP_SECONDS, lambda: mail.check_smtp(infra))
    except NotConfigured:
        return EmailHealth(status="healthy", configured=False, message=NO_MAIL_SERVER)
    except TimeoutError:
        fault = f"No answer within {LONGEST_SMTP_SECONDS:g} s."
    return EmailHealth(status="unhealthy" if fault else "healthy", configured=True, message=fault)


async def outbox(infra: Infra) -> OutboxHealth:
    """How the outbox stands."""
    found = await mail.outbox_status(infra)
    message = None if found.configured else NO_MAIL_SERVER
    return OutboxHealth(status=components.outbox_state(found), message=message, **vars(found))


def _pool(infra: Infra) -> Pool:
    return Pool.model_validate({**pool_figures(infra.engine), **infra.reads.figures()})


def _pool_state(pool: Pool) -> Status:
    """Degraded while every connection is in use, so that requests wait for one."""
    return "degraded" if pool.checked_out >= pool.size + pool.most_overflow else "healthy"


async def require_operator(infra: Infra, actor: Actor) -> None:
    """Raise NotAllowed for who is of another organisation than the first, which runs the server."""
    async with open_session(infra.engine) as session:
        first = await accounts.first_tenant(session)
    if actor.tenant_id != first.id:
        raise NotAllowed("This is for administrators of the organisation that runs the server.")


async def redis_pool(infra: Infra) -> PoolHealth:
    """What stands in for Redis."""
    found = await components.bounded(infra, "database", components.database)
    message = found.message or "PostgreSQL keeps queue, counters and locks; there is no Redis."
    return PoolHealth(status=components.worst([found.status, _pool_state(_pool(infra))]), message=message)


async def database(infra: Infra) -> DatabaseHealth:
    """How fast the database answers."""
    found = await components.bounded(infra, "database", components.database)
    figures = found.model_extra or {}
    return DatabaseHealth(status=found.status, message=found.message, latency_ms=figures.get("latency_ms"))


async def _database_details(infra: Infra) -> Component:
    about, extensions = await queries.about(infra), await queries.extensions(infra)
    tables = await infra.monitor.recent("tables", TABLES_SECONDS, lambda: queries.tables(infra))
    return Component.model_validate({**about, "extensions": extensions, "tables": tables})


async def pool_statistics(infra: Infra) -> PoolStatistics:
    """The pools of this process, how many connections the database has at all, what it is, how large its tables are."""
    pool = _pool(infra)
    found, more = await asyncio.gather(
        components.bounded(infra, "database", _connections),
        components.bounded(infra, "database", _database_details),
    )
    figures: dict[str, Any] = {"connections": None, "most_connections": None, **(found.model_extra or {})}
    status = components.worst([found.status, more.status, _pool_state(pool)])
    message = found.message or more.message
    return PoolStatistics(status=status, pool=pool, message=message, database=more.model_extra or {}, **figures)


async def _connections(infra: Infra) -> Component:
    return Component.model_validate({**await queries.connections(infra)})


async def system_metrics(infra: Infra) -> SystemMetrics:
    """This process, and the sums over all."""
    series = (await infra.monitor.everyone()).series
    return SystemMetrics(
        process=_process(infra),
        processes={key[1]: int(values[0]) for key, values in series.items() if key[0] == PROCESSES},
        requests=RequestFigures(
            total=_total(series, REQUESTS),
            in_progress=_total(series, IN_PROGRESS),
            rate_limited=_total(series, RATE_LIMITED),
            by_status=_by(series, REQUESTS, 3),
        ),
        jobs=JobFigures(total=_total(series, OUTCOMES), by_outcome=_by(series, OUTCOMES, 2)),
        cpu_seconds=round(sum(values[0] for key, values in series.items() if key[0] == CPU), 2),
        resident_bytes=_total(series, MEMORY),
    )


def _process(infra: Infra) -> ProcessFigures:
    monitor = infra.monitor
    return ProcessFigures(
        role=monitor.role,
        pid=os.getpid(),
        started_at=monitor.started_at,
        uptime_seconds=round(monitor.uptime_seconds, 1),
        cpu_seconds=round(time.process_time(), 2),
        resident_bytes=resident_bytes(),
        open_files=open_files(),
        threads=threading.active_count(),
        event_loop_lag_seconds=round(monitor.lags_seconds[-1], 4) if monitor.lags_seconds else 0.0,
        worst_event_loop_lag_seconds=round(max(monitor.lags_seconds, default=0.0), 4),
        models=[*monitor.models],
    )


def _total(series: Series, name: str) -> int:
    return int(sum(values[0] for key, values in series.items() if key[0] == name))


def _by(series: Series, name: str, place: int) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for key, values in series.items():
        if key[0] == name:
            counts[key[place]] += int(values[0])
    return dict(sorted(counts.items()))
