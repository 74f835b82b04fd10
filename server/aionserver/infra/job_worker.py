"""A worker's side of the queue: what runs a job, when it is tried again, and who takes over from the dead."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from procrastinate import App, JobContext, RetryDecision
from procrastinate.exceptions import ConnectorException, ProcrastinateException
from procrastinate.jobs import Job as QueuedJob
from procrastinate.retry import BaseRetryStrategy

from aionserver.infra.errors import AionError
from aionserver.infra.job_queue import Queue
from aionserver.infra.scope import Infra

log = structlog.get_logger(__name__)
LONGEST_WAIT_SECONDS = 60


@dataclass(frozen=True)
class Attempt:
    """Which try of a job this is, from 1; on the last one a failure has to be recorded, for no other try follows."""

    number: int
    is_last: bool


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
        with structlog.contextvars.bound_contextvars(job=job.name, job_id=context.job.id, attempt=number):
            await job.run(infra, Attempt(number, number >= infra.settings.job_attempts), **arguments)

    return run


async def serve_jobs(infra: Infra, stop: asyncio.Event) -> None:
    """Do jobs until `stop` is set: files in one lane, maintenance in another that never holds them up."""
    settings, app = infra.settings, infra.jobs.app
    common: dict[str, Any] = {
        "delete_jobs": "successful",
        "install_signal_handlers": False,
        "fetch_job_polling_interval": 2.0,
        "update_heartbeat_interval": settings.heartbeat_seconds,
        "stalled_worker_timeout": settings.stalled_seconds,
        "shutdown_graceful_timeout": 5.0,
    }
    lanes = [
        app.run_worker_async(
            queues=["interactive", "bulk"], name="files", concurrency=settings.worker_concurrency, **common
        ),
        app.run_worker_async(queues=["maintenance"], name="maintenance", concurrency=1, **common),
        _rescue(infra),
    ]
    tasks = [asyncio.ensure_future(lane) for lane in lanes]
    stopping = asyncio.ensure_future(stop.wait())
    done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    stopping.cancel()
    for task in done - {stopping}:
        task.result()


async def _rescue(infra: Infra) -> None:
    """Give the jobs of dead workers back to the queue."""
    manager = infra.jobs.app.job_manager
    while True:
        await asyncio.sleep(infra.settings.heartbeat_seconds)
        try:
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=infra.settings.stalled_seconds):
                await _give_back(infra, job)
        except ConnectorException as error:
            log.warning("rescue_failed", error=str(error))


async def _give_back(infra: Infra, job: QueuedJob) -> None:
    try:
        await infra.jobs.app.job_manager.retry_job(job)
        log.warning("job_taken_over", job=job.task_name, job_id=job.id)
    except ProcrastinateException:
        log.info("job_taken_over_by_another", job_id=job.id)
