"""A worker's side of the queue: what runs a job, when it is tried again, and who takes over from the dead."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import structlog
from procrastinate import App, JobContext, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition
from procrastinate.jobs import Job as QueuedJob
from procrastinate.retry import BaseRetryStrategy
from procrastinate.worker import Worker

from aionserver.infra.database import is_away
from aionserver.infra.errors import AionError, OutOfStorage
from aionserver.infra.job_queue import Queue
from aionserver.infra.job_rescue import DEATHS, Hands
from aionserver.infra.job_telemetry import observed
from aionserver.infra.scope import Infra
from aionserver.infra.tracing import TRACEPARENT

log = structlog.get_logger(__name__)
LONGEST_WAIT_SECONDS = 60
DATABASE_PAUSE_SECONDS = 1.0
# What outlives so many outages of the database in one try is perhaps what ends it.
MOST_OUTAGES = 20
# A long document has its turns beside the pictures, not before them; so have those that read and embed it.
DOCUMENTS_AT_ONCE = 1
# Pages of the web that are awaited at once: they take time, and nothing of this machine.
PAGES_AT_ONCE = 12
# The clock brings a job of the clock again; it need not outlive many workers.
MOST_DEATHS_BY_THE_CLOCK = 3


@dataclass(frozen=True)
class Attempt:
    """Which try of a job this is, from 1; on the last one a failure has to be recorded, for no other try follows.

    `deaths` are the moments at which workers had died that had the job in hand. They use up no tries.
    """

    number: int
    is_last: bool
    deaths: Sequence[datetime] = ()

    def deaths_after(self, moment: datetime | None) -> int:
        """How many workers died at this job after a moment; all of them when it is None."""
        return sum(moment is None or death > moment for death in self.deaths)


@dataclass(frozen=True)
class Job:
    """A kind of job: `run(infra, attempt, **arguments)`. With `cron` it also runs by the clock."""

    name: str
    run: Callable[..., Awaitable[None]]
    cron: str | None = None
    queue: Queue = "maintenance"


class RetryByType(BaseRetryStrategy):
    """Tries again after 1, 2, 4 … 60 seconds, unless the error is final or the tries are used up."""

    def __init__(self, attempts: int) -> None:
        self.attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        """When to try again; None for never."""
        if isinstance(exception, AionError) and not exception.retryable:
            return None
        if (
            isinstance(exception, (asyncio.CancelledError, KeyboardInterrupt))
            or type(exception).__name__ == "JobAborted"
        ):
            return RetryDecision()
        if job.attempts + 1 >= self.attempts:
            return None
        return RetryDecision(retry_in={"seconds": min(LONGEST_WAIT_SECONDS, 2**job.attempts)})


def register(app: App, infra: Infra, jobs: Sequence[Job]) -> None:
    """Make the jobs known to the queue under their names."""
    for job in jobs:
        task = app.task(
            name=job.name,
            queue=job.queue,
            pass_context=True,
            retry=RetryByType(infra.settings.job_attempts),
        )(_runner(infra, job))
        if job.cron:
            app.periodic(cron=job.cron, periodic_id=job.name)(task)


def _runner(infra: Infra, job: Job) -> Callable[..., Awaitable[None]]:
    async def run(context: JobContext, *_: int, **arguments: Any) -> None:
        number = context.job.attempts + 1
        arguments.pop("timestamp", None)
        carrier = {TRACEPARENT: str(arguments.pop(TRACEPARENT, ""))}
        with structlog.contextvars.bound_contextvars(job=job.name, job_id=context.job.id, attempt=number):
            deaths = _moments(arguments.pop(DEATHS, ()))
            if job.cron and len(deaths) >= MOST_DEATHS_BY_THE_CLOCK:
                log.error("job_given_up", deaths=len(deaths))
                return
            attempt = Attempt(number, number >= infra.settings.job_attempts, deaths)
            with observed(infra.monitor, job.name, carrier, is_last=attempt.is_last):
                await _run_with_room(infra, job, partial(job.run, infra, attempt, **arguments))

    return run


def _moments(seconds: object) -> list[datetime]:
    return [datetime.fromtimestamp(float(one), UTC) for one in cast("Sequence[float]", seconds)]


async def _run_with_room(infra: Infra, job: Job, run: Callable[[], Awaitable[None]]) -> None:
    """Do the job; while there is no room for its results, or no database, it stays in hand and costs no tries.

    Maintenance waits for nothing, for it is what makes room.
    """
    if job.queue == "maintenance":
        return await run()
    outages = 0
    while True:
        await infra.pressure.wait_for_room()
        try:
            return await run()
        except OutOfStorage as error:
            log.warning("job_waits_for_storage", reason=error.message)
            await asyncio.sleep(infra.pressure.pause_seconds)
        except Exception as error:
            outages += 1
            if not is_away(error) or outages > MOST_OUTAGES:
                raise
            log.warning("job_waits_for_database", reason=str(error).splitlines()[0])
            await asyncio.sleep(DATABASE_PAUSE_SECONDS)


async def serve_jobs(infra: Infra, stop: asyncio.Event) -> None:
    """Do jobs until `stop` is set; when the database goes away, begin anew when it is back."""
    while not stop.is_set():
        try:
            await _serve_until_one_ends(infra, stop)
        except ConnectorException as error:
            log.warning("queue_away", error=str(error.__cause__ or error).splitlines()[0])
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), DATABASE_PAUSE_SECONDS)


async def _serve_until_one_ends(infra: Infra, stop: asyncio.Event) -> None:
    """Files in one lane; documents, pages of the web and maintenance in others that never hold them up.

    A lane ends when it loses the database.
    """
    hands = Hands()
    hands.lanes = [
        _lane(infra, hands, "files", ["interactive", "bulk"], infra.settings.worker_concurrency),
        _lane(infra, hands, "documents", ["documents"], DOCUMENTS_AT_ONCE),
        _lane(infra, hands, "web", ["web"], PAGES_AT_ONCE),
        _lane(infra, hands, "maintenance", ["maintenance"], 1),
    ]
    tasks = [asyncio.ensure_future(work) for work in (*[lane.run() for lane in hands.lanes], hands.rescue(infra))]
    stopping = asyncio.ensure_future(stop.wait())
    done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    stopping.cancel()
    for task in done - {stopping}:
        task.result()


def _lane(infra: Infra, hands: Hands, name: str, queues: Sequence[str], concurrency: int) -> Worker:
    return Worker(
        infra.jobs.app,
        queues=queues,
        name=name,
        concurrency=concurrency,
        delete_jobs=DeleteJobCondition.SUCCESSFUL,
        install_signal_handlers=False,
        fetch_job_polling_interval=2.0,
        update_heartbeat_interval=infra.settings.heartbeat_seconds,
        stalled_worker_timeout=infra.settings.stalled_seconds,
        shutdown_graceful_timeout=5.0,
        worker_middleware=[hands.hold],
    )
