"""Jobs outlive workers, databases and lost answers without being charged a try; what kills every worker is given up."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from aionserver.domains.files.jobs import resume
from aionserver.domains.files.processing import MOST_DEATHS, process
from aionserver.infra import job_worker
from aionserver.infra.database import is_away
from aionserver.infra.job_queue import JobRequest
from aionserver.infra.job_rescue import Hands
from aionserver.infra.job_worker import MOST_DEATHS_BY_THE_CLOCK, MOST_OUTAGES, Attempt, Job, register, serve_jobs
from aionserver.infra.locks import ProcessLocks
from aionserver.infra.sandbox import Sandbox
from plugins.database import Database
from plugins.product import Product, Tenant, running, settings_for, upload

LANES = 4


async def ask(product: Product, query: str, **values: Any) -> list[Any]:
    """The rows of a query over the queue."""
    async with product.infra.engine.begin() as connection:
        found = await connection.execute(text(query), values)
        return list(found.all()) if found.returns_rows else []


async def status_of(tenant: Tenant, file_id: str) -> dict[str, Any]:
    return (await tenant.client.get(f"/api/v2/uploads/status/{file_id}")).json()


async def lose_a_worker(product: Product) -> None:
    """A worker takes a job and is not heard of again; its job is taken over, whatever pause that asks for."""
    manager = product.infra.jobs.app.job_manager
    assert await manager.fetch_job(None, await manager.register_worker()) is not None
    await ask(product, "update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
    await Hands().take_over(product.infra)
    await ask(product, "update procrastinate_jobs set scheduled_at = now() where status = 'todo'")


@pytest.fixture
def hasty(product: Product) -> Product:
    """The product, quick to take a silent worker for dead."""
    product.infra.settings = product.infra.settings.model_copy(update={"stalled_seconds": 0.01})
    return product


async def test_workers_that_died_cost_a_job_no_tries(hasty: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant))["image_id"]
    async with hasty.infra.jobs.app.open_async():
        for _ in range(hasty.infra.settings.job_attempts + 2):
            await lose_a_worker(hasty)
    assert (await ask(hasty, "select status::text, attempts from procrastinate_jobs"))[0] == ("todo", 0)
    await hasty.do_jobs()
    assert (await status_of(tenant, file_id))["unified_status"] == "completed"


async def test_each_worker_that_dies_makes_the_job_wait_longer_up_to_a_bound(hasty: Product, tenant: Tenant) -> None:
    await upload(tenant)
    query = "select extract(epoch from scheduled_at - now())::float from procrastinate_jobs"
    async with hasty.infra.jobs.app.open_async():
        manager = hasty.infra.jobs.app.job_manager
        for bound in (0, 1, 3, 7, 15, 15):
            assert await manager.fetch_job(None, await manager.register_worker()) is not None
            await ask(hasty, "delete from procrastinate_workers")
            await Hands().take_over(hasty.infra)
            assert (await ask(hasty, query))[0][0] <= bound
            await ask(hasty, "update procrastinate_jobs set scheduled_at = now()")


async def test_a_job_of_a_worker_that_lives_is_left_to_it(hasty: Product, tenant: Tenant) -> None:
    await upload(tenant)
    async with hasty.infra.jobs.app.open_async():
        manager = hasty.infra.jobs.app.job_manager
        assert await manager.fetch_job(None, await manager.register_worker()) is not None
        await ask(hasty, "update procrastinate_workers set last_heartbeat = now() + interval '1 minute'")
        await Hands().take_over(hasty.infra)
    assert (await ask(hasty, "select status::text from procrastinate_jobs"))[0] == ("doing",)


async def test_a_file_that_kills_every_worker_fails_with_a_reason_and_keeps_what_was_done(
    hasty: Product, tenant: Tenant
) -> None:
    file_id = (await upload(tenant))["image_id"]
    await hasty.do_jobs()
    async with hasty.infra.open_system_scope(tenant.id) as scope:
        await scope.session.execute(text("delete from file_steps where step in ('analysis', 'description', 'index')"))
        await scope.session.execute(text("update files set description_status = 'processing'"))
        await scope.defer([JobRequest("files.process", {"file_id": file_id})])
    async with hasty.infra.jobs.app.open_async():
        for _ in range(MOST_DEATHS):
            await lose_a_worker(hasty)
    await hasty.do_jobs()
    status = await status_of(tenant, file_id)
    assert (status["unified_status"], status["is_terminal"]) == ("partially_completed", True)
    assert status["error_message"] == "Processing was given up: 20 workers died while they were at this step of it."
    assert await ask(hasty, "select id from procrastinate_jobs where status in ('todo', 'doing')") == []
    await tenant.client.post(f"/api/v2/user-files/{file_id}/trigger-variants")
    await hasty.do_jobs()
    assert (await status_of(tenant, file_id))["unified_status"] == "completed"


def test_workers_that_died_before_the_last_progress_do_not_count() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    attempt = Attempt(1, is_last=False, deaths=[began + timedelta(minutes=number) for number in range(10)])
    assert attempt.deaths_after(None) == 10
    assert attempt.deaths_after(began + timedelta(minutes=6)) == 3


class Counted:
    """A job that counts how often it runs, and fails as often as told."""

    def __init__(self, product: Product, error: Exception, failures: int = 0, cron: str | None = None) -> None:
        self.attempts: list[int] = []
        self._error, self._failures = error, failures
        job = Job("tests.counted", self.run, cron=cron, queue="maintenance" if cron else "interactive")
        register(product.infra.jobs.app, product.infra, [job])

    async def run(self, infra: Any, attempt: Attempt, **_: Any) -> None:
        self.attempts.append(attempt.number)
        if len(self.attempts) <= self._failures:
            raise self._error


async def defer(product: Product, tenant: Tenant, **arguments: Any) -> None:
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.defer([JobRequest("tests.counted", arguments)])


async def test_a_job_of_the_clock_that_kills_its_workers_is_left_to_the_next_time(
    product: Product, tenant: Tenant
) -> None:
    counted = Counted(product, RuntimeError(), cron="1 1 1 1 *")
    await defer(product, tenant, deaths=[1.5] * MOST_DEATHS_BY_THE_CLOCK)
    await defer(product, tenant, deaths=[1.5])
    await product.do_jobs()
    assert counted.attempts == [1]


LOST = psycopg.OperationalError("server closed the connection unexpectedly")


@pytest.mark.parametrize(("failures", "tries"), [(3, [1, 1, 1, 1]), (99, [1] * (MOST_OUTAGES + 1))])
async def test_a_database_that_goes_away_under_a_job_costs_it_no_try(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, failures: int, tries: list[int]
) -> None:
    monkeypatch.setattr(job_worker, "DATABASE_PAUSE_SECONDS", 0.001)
    counted = Counted(product, LOST, failures)
    await defer(product, tenant)
    await product.do_jobs()
    assert counted.attempts == tries
    left = await ask(product, "select attempts from procrastinate_jobs where status = 'todo'")
    assert left == ([] if failures == 3 else [(1,)])


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (LOST, True),
        (psycopg.errors.CannotConnectNow("starting up"), True),
        (psycopg.errors.CrashShutdown("another process crashed"), True),
        (psycopg.InterfaceError("the connection is closed"), True),
        (DBAPIError("select 1", {}, LOST), True),
        (psycopg.errors.DiskFull("no space"), False),
        (psycopg.errors.QueryCanceled("too slow"), False),
        (psycopg.errors.UniqueViolation("there already"), False),
        (DBAPIError("select 1", {}, psycopg.errors.DataError("nul")), False),
        (RuntimeError("else"), False),
    ],
)
def test_only_a_database_that_is_down_or_on_its_way_counts_as_away(error: Exception, away: bool) -> None:
    assert is_away(error) is away


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not await holds():
            await asyncio.sleep(0.05)


async def test_a_job_whose_lane_does_not_know_of_it_is_done_all_the_same(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    settings = settings_for(database, tmp_path, heartbeat_seconds=0.1)
    async with running(settings, sandbox) as product, product.infra.jobs.app.open_async():
        tenant, stop = await product.tenant(), asyncio.Event()
        file_id = (await upload(tenant))["image_id"]
        await ask(product, "update procrastinate_jobs set scheduled_at = now() + interval '1 hour'")
        serving = asyncio.ensure_future(serve_jobs(product.infra, stop))

        async def all_lanes_are_up() -> bool:
            return len(await ask(product, "select id from procrastinate_workers")) == LANES

        async def is_done() -> bool:
            return (await status_of(tenant, file_id))["unified_status"] == "completed"

        await until(all_lanes_are_up)
        # As when the answer to a fetch got lost: the database says that the lane has it.
        taken = (
            "update procrastinate_jobs set status = 'doing', worker_id = (select min(id) from procrastinate_workers)"
        )
        await ask(product, taken)
        await until(is_done)
        stop.set()
        await serving


async def test_a_worker_serves_on_after_its_connections_were_cut(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    async with running(settings_for(database, tmp_path), sandbox) as product, product.infra.jobs.app.open_async():
        tenant, stop = await product.tenant(), asyncio.Event()
        serving = asyncio.ensure_future(serve_jobs(product.infra, stop))
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            for _ in range(2):
                file_id = (await upload(tenant))["image_id"]

                async def is_done(file_id: str = file_id) -> bool:
                    return (await status_of(tenant, file_id))["unified_status"] == "completed"

                await until(is_done)
                cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                owner.execute(f"{cut} and pid <> pg_backend_pid()")
        assert not serving.done()
        stop.set()
        await serving


async def test_two_workers_that_do_not_see_each_others_locks_describe_a_file_once(
    product: Product, tenant: Tenant, database: Database
) -> None:
    file_id = (await upload(tenant))["image_id"]
    elsewhere = re.sub("@/[^?]+", "@/postgres", database.app_url)  # where names of locks mean nothing here
    other = replace(product.infra, locks=ProcessLocks(elsewhere))
    attempt = Attempt(1, is_last=False)
    await asyncio.gather(*(process(infra, attempt, str(tenant.id), file_id) for infra in (product.infra, other)))
    await other.locks.close()
    async with product.infra.open_system_scope(tenant.id) as scope:
        tables = ("descriptions", "ledger_entries", "file_steps")
        counts = [await scope.session.scalar(text(f"select count(*) from {table}")) for table in tables]
    assert counts == [1, 2, 6]
    assert (await status_of(tenant, file_id))["unified_status"] == "completed"


async def test_a_lock_can_be_had_after_its_connection_was_cut(database: Database) -> None:
    locks = ProcessLocks(database.app_url)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        async with locks.hold("a") as first:
            assert first
            owner.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        async with locks.hold("a") as second:
            assert second
    await locks.close()


async def test_files_whose_job_is_no_more_are_gone_on_with_by_the_clock(product: Product, tenant: Tenant) -> None:
    ids = [(await upload(tenant))["image_id"] for _ in range(2)]
    await ask(product, "delete from procrastinate_jobs where args ->> 'file_id' = :id", id=ids[0])
    await resume(product.infra, Attempt(1, is_last=False))
    jobs = await ask(product, "select args ->> 'file_id' from procrastinate_jobs where status = 'todo'")
    assert sorted(row[0] for row in jobs) == sorted(ids)
    await product.do_jobs()
    assert [(await status_of(tenant, one))["unified_status"] for one in ids] == ["completed"] * 2
