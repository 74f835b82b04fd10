"""Jobs: written with what they are about, done in fair order, tried again, taken over from the dead, and done once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from aionserver.domains.files import service as files
from aionserver.domains.files.processing import process
from aionserver.infra.errors import NotFound, Unavailable
from aionserver.infra.job_queue import JobRequest
from aionserver.infra.job_worker import Attempt, Job, register, serve_jobs
from aionserver.infra.sandbox import Sandbox
from aionserver.kit.ids import new_id
from aionserver.models.captioning import Describer, Description, PictureFacts
from aionserver.models.tagging import ImageTags, Tagger
from aionserver.models.tagging.deterministic import ColourTagger
from plugins.database import Database
from plugins.product import Product, Tenant, photo, running, settings_for, upload

FILES = "/api/v2/user-files"
FEW = 4


async def ask(product: Product, query: str, **values: Any) -> list[Any]:
    """The rows of a query over the queue."""
    async with product.infra.engine.begin() as connection:
        found = await connection.execute(text(query), values)
        return list(found.all()) if found.returns_rows else []


async def waiting(product: Product) -> list[str]:
    """The tasks that are to be done, and when they were tried before how often."""
    rows = await ask(product, "select task_name, attempts from procrastinate_jobs where status = 'todo' order by id")
    return [f"{row.task_name} {row.attempts}" if row.attempts else row.task_name for row in rows]


async def defer(product: Product, tenant: Tenant, count: int, queue: Any = "interactive") -> None:
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.defer([JobRequest("tests.nothing", {"number": n}, queue) for n in range(count)])


async def retry_now(product: Product) -> None:
    """Let the time pass that tries are apart, and do what waits."""
    await ask(product, "update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await product.do_jobs()


async def test_a_job_exists_if_and_only_if_its_transaction_commits(product: Product, tenant: Tenant) -> None:
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.defer([JobRequest("tests.nothing")])
        await scope.session.rollback()
    assert await waiting(product) == []
    refused = await tenant.client.post(
        f"{FILES}/upload/stream", files={"file": ("a.jpg", photo())}, data={"folder_id": str(new_id())}
    )
    assert (refused.status_code, await waiting(product)) == (404, [])
    await upload(tenant)
    assert await waiting(product) == ["files.process"]


async def in_turn(product: Product, count: int, queues: Sequence[str] = ("interactive", "bulk")) -> list[UUID]:
    """The tenants of the next jobs that a worker would fetch; each is done before the next is fetched."""
    manager, tenants = product.infra.jobs.app.job_manager, list[UUID]()
    worker = await manager.register_worker()
    for _ in range(count):
        job = await manager.fetch_job(list(queues), worker)
        if job is None:
            break
        tenants.append(UUID(job.task_kwargs["tenant_id"]))  # pyright: ignore[reportArgumentType]
        await ask(product, "delete from procrastinate_jobs where id = :id", id=job.id)
    return tenants


@pytest.mark.parametrize("queue", ["interactive", "bulk"])
async def test_whoever_comes_new_is_next_however_much_another_has_waiting(
    product: Product, tenant: Tenant, queue: str
) -> None:
    other = await product.tenant("Other")
    async with product.infra.jobs.app.open_async():
        await defer(product, tenant, 300, queue)
        assert await in_turn(product, 20) == [tenant.id] * 20
        await defer(product, other, 3, queue)
        turns = await in_turn(product, 8)
        assert other.id in turns[:FEW]
        assert turns.count(other.id) == 3
        assert await in_turn(product, 1000) == [tenant.id] * (300 - 20 - 8 + 3)


@pytest.mark.parametrize("queue", ["documents", "web"])
async def test_each_lane_has_a_clock_of_its_own(product: Product, tenant: Tenant, queue: str) -> None:
    other = await product.tenant("Other")
    async with product.infra.jobs.app.open_async():
        await defer(product, tenant, 30, queue)
        await in_turn(product, 5, [queue])
        await defer(product, other, 2, queue)
        assert (await in_turn(product, FEW + 1, [queue])).count(other.id) == 2


async def test_who_was_away_gets_no_more_than_a_fair_share(product: Product, tenant: Tenant) -> None:
    other = await product.tenant("Other")
    async with product.infra.jobs.app.open_async():
        await defer(product, tenant, 50)
        await in_turn(product, 50)
        await defer(product, tenant, 20)
        await defer(product, other, 20)
        turns = await in_turn(product, 40)
    assert 8 <= turns[:20].count(tenant.id) <= 12


class Flaky:
    """A job that fails as told, and remembers its attempts."""

    def __init__(self, product: Product) -> None:
        self.attempts: list[Attempt] = []
        self.error: Exception | None = None
        register(product.infra.jobs.app, product.infra, [Job("tests.nothing", self.run)])

    async def run(self, infra: Any, attempt: Attempt, **_: Any) -> None:
        self.attempts.append(attempt)
        if self.error:
            raise self.error


async def test_an_error_that_may_pass_is_tried_again_later_and_later(product: Product, tenant: Tenant) -> None:
    flaky = Flaky(product)
    for flaky.error in (Unavailable("away"), RuntimeError("unforeseen")):
        await defer(product, tenant, 1)
        pauses: list[float] = []
        await product.do_jobs()
        while await waiting(product):
            query = (
                "select extract(epoch from scheduled_at - now())::float from procrastinate_jobs where status = 'todo'"
            )
            pauses.append((await ask(product, query))[0][0])
            await retry_now(product)
        assert [round(pause) for pause in pauses] == [1, 2, 4, 8, 16, 32, 60]
        assert [one.number for one in flaky.attempts] == [1, 2, 3, 4, 5, 6, 7, 8]
        assert [one.is_last for one in flaky.attempts] == [False] * 7 + [True]
        flaky.attempts.clear()


async def test_an_error_that_is_final_is_not_tried_again(product: Product, tenant: Tenant) -> None:
    flaky = Flaky(product)
    flaky.error = NotFound("never there")
    await defer(product, tenant, 1)
    await product.do_jobs()
    assert (len(flaky.attempts), await waiting(product)) == (1, [])


async def test_a_job_that_works_the_second_time_is_done(product: Product, tenant: Tenant) -> None:
    flaky = Flaky(product)
    flaky.error = Unavailable("away")
    await defer(product, tenant, 1)
    await product.do_jobs()
    assert await waiting(product) == ["tests.nothing 1"]
    flaky.error = None
    await retry_now(product)
    assert ([one.number for one in flaky.attempts], await waiting(product)) == ([1, 2], [])


class BrokenTagger:
    """`Tagger` that fails as a network without memory would."""

    name, version = ColourTagger.name, ColourTagger.version

    def tag(self, image: Any) -> ImageTags:
        raise MemoryError("no room for the tensor")


class OddDescriber:
    """`Describer` whose text the database can't store."""

    name, version = "odd", "1"

    def __init__(self, real: Any) -> None:
        self._real = real

    def describe(self, facts: PictureFacts) -> Description:
        return replace(self._real.describe(facts), text="null \0 character")


async def status_of(tenant: Tenant, file_id: str) -> dict[str, Any]:
    return (await tenant.client.get(f"/api/v2/uploads/status/{file_id}")).json()


@pytest.mark.parametrize("broken", [Tagger, Describer])
async def test_on_the_last_try_the_file_is_marked_failed_and_not_stuck(
    database: Database, tmp_path: Path, sandbox: Sandbox, broken: Any
) -> None:
    async with running(settings_for(database, tmp_path, job_attempts=2), sandbox) as product:
        models, tenant = product.infra.models, await product.tenant()
        works = models[broken]
        models[broken] = BrokenTagger() if broken is Tagger else OddDescriber(works)
        file_id = (await upload(tenant))["image_id"]
        await product.do_jobs()
        assert (await status_of(tenant, file_id))["unified_status"] == "processing"
        assert await waiting(product) == ["files.process 1"]
        await retry_now(product)
        status = await status_of(tenant, file_id)
        assert (status["unified_status"], status["is_terminal"]) == ("partially_completed", True)
        assert status["error_message"].endswith(".") and "tensor" not in status["error_message"]
        assert await waiting(product) == []
        models[broken] = works
        await tenant.client.post(f"{FILES}/{file_id}/trigger-variants")
        await product.do_jobs()
        assert (await status_of(tenant, file_id))["unified_status"] == "completed"


async def test_the_jobs_of_a_worker_that_died_are_taken_over(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    settings = settings_for(database, tmp_path, heartbeat_seconds=0.1, stalled_seconds=0.5)
    async with running(settings, sandbox) as product:
        tenant = await product.tenant()
        file_id = (await upload(tenant))["image_id"]
        async with product.infra.jobs.app.open_async():
            manager = product.infra.jobs.app.job_manager
            assert await manager.fetch_job(["interactive"], await manager.register_worker()) is not None
            assert await waiting(product) == []  # it is in the hands of a worker that shows no sign of life
            stop = asyncio.Event()
            serving = asyncio.ensure_future(serve_jobs(product.infra, stop))
            async with asyncio.timeout(20):
                while (await status_of(tenant, file_id))["unified_status"] != "completed":
                    await asyncio.sleep(0.05)
            stop.set()
            await serving


async def counts(product: Product, tenant: Tenant) -> dict[str, int]:
    async with product.infra.open_system_scope(tenant.id) as scope:
        tables = ("descriptions", "ledger_entries", "file_steps", "file_variants", "search_vectors")
        return {
            name: (await scope.session.execute(text(f"select count(*) from {name}"))).scalar_one() for name in tables
        }


async def test_a_job_that_is_done_twice_has_one_effect_and_one_price(product: Product, tenant: Tenant) -> None:
    file_id = UUID((await upload(tenant))["image_id"])
    await product.do_jobs()
    once = await counts(product, tenant)
    assert (once["descriptions"], once["ledger_entries"], once["file_variants"]) == (1, 2, 4)
    async with product.infra.open_system_scope(tenant.id) as scope:
        for _ in range(2):
            await files.defer_processing(scope, {file_id: "image"}, "interactive")
    await product.do_jobs()
    assert await counts(product, tenant) == once


async def test_a_job_that_stopped_half_way_goes_on_where_it_stopped(product: Product, tenant: Tenant) -> None:
    file_id = UUID((await upload(tenant))["image_id"])
    works = product.infra.models[Describer]
    product.infra.models[Describer] = OddDescriber(works)
    await product.do_jobs()
    before = await counts(product, tenant)
    assert (before["file_steps"], before["descriptions"]) == (4, 0)
    product.infra.models[Describer] = works
    product.infra.models[Tagger] = BrokenTagger()  # analysis is done and is not done again
    await retry_now(product)
    after = await counts(product, tenant)
    assert (after["file_steps"], after["descriptions"], after["ledger_entries"]) == (6, 1, 2)
    assert (await status_of(tenant, str(file_id)))["unified_status"] == "completed"


async def test_two_workers_with_the_same_file_do_its_work_once(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant))["image_id"]
    twins = [process(product.infra, Attempt(1, is_last=False), str(tenant.id), file_id) for _ in range(2)]
    outcomes = await asyncio.gather(*twins, return_exceptions=True)
    assert [type(one) for one in outcomes if one is not None] == [Unavailable]
    await product.do_jobs()
    found = await counts(product, tenant)
    assert (found["descriptions"], found["ledger_entries"]) == (1, 2)
    assert (await status_of(tenant, file_id))["unified_status"] == "completed"


class NewTagger(ColourTagger):
    """A tagger of a later version."""

    version = "later"


async def test_what_was_made_of_a_step_is_made_anew_when_the_step_is(product: Product, tenant: Tenant) -> None:
    file_id = UUID((await upload(tenant))["image_id"])
    await product.do_jobs()
    once = await counts(product, tenant)
    product.infra.models[Tagger] = NewTagger()
    async with product.infra.open_system_scope(tenant.id) as scope:
        await files.defer_processing(scope, {file_id: "image"}, "interactive")
    await product.do_jobs()
    assert await counts(product, tenant) == {**once, "descriptions": 2}


async def test_newcomers_go_before_all_that_waits_and_among_themselves_in_order(
    product: Product, tenant: Tenant
) -> None:
    others = [await product.tenant(name) for name in ("First", "Second", "Third")]
    manager = product.infra.jobs.app.job_manager
    async with product.infra.jobs.app.open_async():
        await defer(product, tenant, 300, "bulk")
        await in_turn(product, 20)
        worker = await manager.register_worker()
        in_hand = [await manager.fetch_job(["interactive", "bulk"], worker) for _ in range(2)]
        assert all(in_hand)
        for other in others:
            await defer(product, other, 1)
        assert await in_turn(product, 4) == [*(other.id for other in others), tenant.id]


async def test_who_comes_again_and_again_gets_no_more_than_a_fair_share(product: Product, tenant: Tenant) -> None:
    other, turns = await product.tenant("Other"), list[UUID]()
    manager = product.infra.jobs.app.job_manager
    async with product.infra.jobs.app.open_async():
        await defer(product, tenant, 50)
        worker = await manager.register_worker()
        for _ in range(20):
            await defer(product, other, 1)
            job = await manager.fetch_job(["interactive", "bulk"], worker)
            assert job is not None
            turns.append(UUID(job.task_kwargs["tenant_id"]))  # pyright: ignore[reportArgumentType]
            await defer(product, other, 1)
            await ask(product, "delete from procrastinate_jobs where id = :id", id=job.id)
    assert 8 <= turns.count(other.id) <= 12
