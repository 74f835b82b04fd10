"""One check for each part of the server. None takes longer than two seconds, and none fails: it says what is wrong."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from aionserver.domains.mail import service as mail
from aionserver.domains.monitoring import queries
from aionserver.domains.monitoring.schemas import WORST_LAST, Component, Status
from aionserver.infra.database import pool_figures
from aionserver.infra.errors import AionError
from aionserver.infra.free_memory import free_memory_bytes
from aionserver.infra.process_figures import resident_bytes
from aionserver.infra.schema_version import is_current
from aionserver.infra.scope import Infra
from aionserver.infra.web.health import networks
from aionserver.kit.ids import new_id

log = structlog.get_logger(__name__)
Check = Callable[[Infra], Awaitable[Component]]
LONGEST_SECONDS = 2.0
PROBE_SECONDS = 10.0
PROBE = b"Written by the health check of the server; may be removed."
LONGEST_QUEUE_AGE_SECONDS = 15 * 60
LONGEST_LETTER_AGE_SECONDS = 10 * 60


async def examine(infra: Infra) -> dict[str, Component]:
    """Every part, looked at all at once."""
    found = await asyncio.gather(*(bounded(infra, name, check) for name, check in CHECKS.items()))
    return dict(zip(CHECKS, found, strict=True))


def worst(states: list[Status]) -> Status:
    """The worst of them."""
    return WORST_LAST[max(map(WORST_LAST.index, states), default=0)]


async def bounded(infra: Infra, name: str, check: Check) -> Component:
    """What the check finds, or that it found nothing in time."""
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            return await check(infra)
    except TimeoutError:
        return Component(status="unhealthy", message=f"No answer within {LONGEST_SECONDS:g} s.")
    except AionError as error:
        return Component(status="unhealthy", message=error.message)
    except Exception as error:  # noqa: BLE001  whatever ails a part is what is asked for
        log.warning("health_check_failed", component=name, error=str(error).splitlines()[:1])
        return Component(status="unhealthy", message=f"The check failed ({type(error).__name__}); see the log.")


async def database(infra: Infra) -> Component:
    """Latency, version, schema and connections."""
    started = time.perf_counter()
    found = await queries.about(infra)
    latency_ms = round((time.perf_counter() - started) * 1000, 2)
    current = is_current(found["revision"])
    return _component(
        "healthy" if current else "unhealthy",
        "" if current else "The schema is older than this version needs: run 'aionvision migrate'.",
        latency_ms=latency_ms,
        version=found["version"],
        schema_revision=found["revision"],
        size_bytes=found["size_bytes"],
        connections=pool_figures(infra.engine),
    )


async def storage(infra: Infra) -> Component:
    """Whether an object can be written, read and removed; tried again after some seconds at the earliest."""
    latency_ms = await infra.monitor.recent("storage", PROBE_SECONDS, lambda: _probe(infra))
    return Component.model_validate(
        {"backend": "folder" if infra.storage.local else "bucket", "latency_ms": latency_ms}
    )


async def _probe(infra: Infra) -> float:
    key, started = f"health/{new_id()}", time.perf_counter()
    try:
        await infra.storage.put(key, PROBE, "text/plain")
        if await infra.storage.get(key) != PROBE:
            raise OSError("What was written is not what is read.")
    finally:
        await infra.storage.delete(key)
    return round((time.perf_counter() - started) * 1000, 2)


async def queue(infra: Infra) -> Component:
    """Depth of each queue, and the age of the oldest job that a worker could take."""
    found = await queries.queues(infra)
    oldest_seconds = max((one.oldest_seconds for one in found.values()), default=0.0)
    is_late = oldest_seconds > LONGEST_QUEUE_AGE_SECONDS
    waiting = sum(one.waiting for name, one in found.items() if name != "maintenance")
    is_deep = waiting >= infra.settings.deepest_queue
    return _component(
        "degraded" if is_late or is_deep else "healthy",
        "The workers do not keep up with what is uploaded." if is_late or is_deep else "",
        oldest_waiting_seconds=round(oldest_seconds, 1),
        failed=sum(one.failed for one in found.values()),
        queues={
            name: {"waiting": one.waiting, "running": one.running, "failed": one.failed} for name, one in found.items()
        },
    )


async def workers(infra: Infra) -> Component:
    """Workers of all machines, by their signs of life."""
    found = await queries.workers(infra)
    return _component(
        "healthy" if found.alive else "degraded",
        "" if found.alive else "No worker gives a sign of life: what is uploaded waits.",
        alive=found.alive,
        last_heartbeat_seconds=found.last_heartbeat_seconds,
    )


async def models(infra: Infra) -> Component:
    """The networks of this process, and of the others that share its data folder."""
    state = networks(infra)
    everyone = await infra.monitor.everyone()
    message = {"loaded": "", "loading": "The networks are still loading.", "failed": infra.monitor.model_fault}[state]
    return _component(
        "healthy" if state == "loaded" else "degraded" if state == "loading" else "unhealthy",
        message,
        state=state,
        loaded=infra.monitor.models,
        processes=[{"role": one.about.get("role"), "loaded": one.about.get("models")} for one in everyone.living],
    )


async def disk(infra: Infra) -> Component:
    """What is free where the data folder and the objects are."""
    places = {"data": infra.settings.root, **({"objects": infra.storage.local} if infra.storage.local else {})}
    found = {name: await asyncio.to_thread(_usage, folder) for name, folder in places.items()}
    least, free = infra.settings.least_free_disk_bytes, min(one["free_bytes"] for one in found.values())
    short = "The disk is nearly full: uploads are refused." if free < least else ""
    return _component(
        "healthy" if not short else "degraded" if free >= least // 4 else "unhealthy", short, places=found
    )


def _usage(folder: Path) -> dict[str, int]:
    found = shutil.disk_usage(folder)
    return {"free_bytes": found.free, "total_bytes": found.total}


async def memory(infra: Infra) -> Component:
    """What can still be taken of the machine or the container, and what this process has."""
    free = await asyncio.to_thread(free_memory_bytes)
    is_short = free is not None and free < infra.settings.least_free_memory_bytes
    return _component(
        "degraded" if is_short else "healthy",
        "The machine is short of memory: uploads are refused." if is_short else "",
        free_bytes=free,
        resident_bytes=resident_bytes(),
    )


async def outbox(infra: Infra) -> Component:
    """Letters that wait; without a mail server they wait for nobody."""
    found = await mail.outbox_status(infra)
    return _component(outbox_state(found), _outbox_message(found), **vars(found))


def outbox_state(found: mail.OutboxStatus) -> Status:
    """Degraded while letters were given up, or wait longer than they should."""
    is_late = (found.oldest_pending_seconds or 0) > LONGEST_LETTER_AGE_SECONDS
    return "degraded" if found.configured and (found.failed or is_late) else "healthy"


def _outbox_message(found: mail.OutboxStatus) -> str:
    return (
        "Letters are not taken by the mail server: 'aionvision mails' shows them."
        if outbox_state(found) != "healthy"
        else ""
    )


def _component(status: Status, message: str, **figures: Any) -> Component:
    return Component.model_validate({"status": status, "message": message or None, **figures})


CHECKS: Mapping[str, Check] = {
    "database": database,
    "storage": storage,
    "queue": queue,
    "workers": workers,
    "models": models,
    "disk": disk,
    "memory": memory,
    "outbox": outbox,
}
