"""What brings a job back whose worker died, and one that its worker does not know to have.

Neither costs the job a try, for neither is a failure of it. A job that outlived workers carries when that was in its
argument `deaths` (seconds since 1970, by the database's clock), so that one that kills its workers can be told.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from aionserver.infra.scope import Infra

log = structlog.get_logger(__name__)
DEATHS = "deaths"

# Silence counts from the database's own start, for while it was away nobody could be heard. Jobs that outlived a
# worker wait for 0, up to 1, 3, 7 and at last 15 s, so that they don't come back beside the one that killed it.
TAKE_OVER = """
with left_behind as (
    select jobs.id, coalesce(jobs.args -> 'deaths', '[]') as deaths
        from procrastinate_jobs as jobs left join procrastinate_workers as workers on workers.id = jobs.worker_id
        where jobs.status = 'doing' and jobs.id <> all(%(held)s::bigint[]) and (workers.id is null
            or greatest(workers.last_heartbeat, pg_postmaster_start_time())
                < now() - make_interval(secs => %(stalled_seconds)s::double precision))
        for update of jobs skip locked
)
update procrastinate_jobs as jobs set status = 'todo', abort_requested = false,
    scheduled_at = now() + random() * (power(2, least(jsonb_array_length(deaths), 4)) - 1) * interval '1 second',
    args = jobs.args || jsonb_build_object('deaths', deaths || to_jsonb(extract(epoch from now())))
from left_behind where jobs.id = left_behind.id returning jobs.id, jobs.task_name
"""
MISSED = """
select id from procrastinate_jobs
where status = 'doing' and worker_id = any(%(lanes)s::bigint[]) and id <> all(%(held)s::bigint[])
"""
GIVE_BACK = """
update procrastinate_jobs set status = 'todo', scheduled_at = now(), abort_requested = false
where status = 'doing' and worker_id = any(%(lanes)s::bigint[]) and id = any(%(lost)s::bigint[])
returning id, task_name
"""


class Hands:
    """The jobs that this process has in hand, and the lanes that fetch them."""

    def __init__(self) -> None:
        self.lanes: list[Worker] = []
        self._held: set[int] = set()
        self._missed: set[int] = set()

    async def hold(self, call_next: Callable[[], Awaitable[Any]], context: JobContext, _: Worker) -> Any:
        """Do a job, known to be in hand meanwhile: middleware of every lane."""
        job_id = context.job.id
        assert job_id is not None
        self._held.add(job_id)
        try:
            return await call_next()
        finally:
            self._held.discard(job_id)

    async def rescue(self, infra: Infra) -> None:
        """Put jobs of dead workers back into the queue, and ours that we do not know of, until cancelled."""
        while True:
            await asyncio.sleep(infra.settings.heartbeat_seconds)
            try:
                await self.take_over(infra)
                await self.give_back(infra)
            except ConnectorException as error:
                log.warning("rescue_failed", error=str(error))

    async def take_over(self, infra: Infra) -> None:
        """Put back what workers had in hand that give no more sign of life."""
        arguments = {"held": list(self._held), "stalled_seconds": infra.settings.stalled_seconds}
        for job in await infra.jobs.app.connector.execute_query_all_async(TAKE_OVER, **arguments):
            log.warning("job_taken_over", job=job["task_name"], job_id=job["id"])

    async def give_back(self, infra: Infra) -> None:
        """Put back what a lane has by the database's account, and not by its own, twice in a row: a lost answer."""
        connector = infra.jobs.app.connector
        lanes = [lane.worker_id for lane in self.lanes if lane.worker_id is not None]
        rows = await connector.execute_query_all_async(MISSED, lanes=lanes, held=list(self._held))
        missed = {int(row["id"]) for row in rows}
        lost, self._missed = list(missed & self._missed - self._held), missed
        for job in await connector.execute_query_all_async(GIVE_BACK, lanes=lanes, lost=lost) if lost else ():
            log.warning("job_was_lost", job=job["task_name"], job_id=job["id"])
