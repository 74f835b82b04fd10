"""Short of disk, memory or time the server refuses what is new, and finishes what it has."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text
from structlog.testing import capture_logs

from aionserver.infra.database import psycopg_url
from aionserver.infra.sandbox import Sandbox
from plugins.database import Database
from plugins.disks import SmallDisk
from plugins.product import Product, Tenant, photo, running, settings_for, upload

FILES = "/api/v2/user-files"
STREAM, BATCH = f"{FILES}/upload/stream", f"{FILES}/upload/stream-batch"
HUGE = 1 << 60


@pytest.fixture(autouse=True)
def always_fresh(request: pytest.FixtureRequest) -> None:
    """The default product reads how things stand at every request."""
    if "tenant" in request.fixturenames:
        request.getfixturevalue("product").infra.pressure.fresh_seconds = 0


@pytest_asyncio.fixture
async def crowded(database: Database, small_disk: SmallDisk, sandbox: Sandbox) -> AsyncIterator[Product]:
    """The product with its data folder on a small disk that is checked by writing only, and with a single try."""
    free: dict[str, Any] = {"least_free_disk_bytes": 0, "job_attempts": 1}
    async with running(settings_for(database, small_disk.folder, **free), sandbox) as product:
        product.infra.pressure.fresh_seconds = 0
        product.infra.pressure.pause_seconds = 0.01
        yield product


async def send(tenant: Tenant, data: bytes | None = None) -> httpx2.Response:
    return await tenant.client.post(STREAM, files={"file": ("a.jpg", data or photo())})


async def status_of(tenant: Tenant, file_id: str) -> str:
    return (await tenant.client.get(f"/api/v2/uploads/status/{file_id}")).json()["unified_status"]


def stored_files(folder: Path) -> list[Path]:
    return [path for path in (folder / "objects").rglob("*") if path.is_file()]


def require_refusal(answer: httpx2.Response, status: int, code: str, short_of: str) -> None:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"]) == (status, code, {"short_of": short_of})
    assert int(answer.headers["Retry-After"]) > 0
    assert error["message"].endswith(".") and "/" not in error["message"]


SHORT = [
    ("least_free_disk_bytes", HUGE, 507, "INSUFFICIENT_STORAGE", "disk"),
    ("least_free_memory_bytes", HUGE, 429, "SERVER_OVERLOADED", "memory"),
    ("deepest_queue", 1, 429, "SERVER_OVERLOADED", "queue"),
]


@pytest.mark.parametrize(("name", "value", "status", "code", "short_of"), SHORT)
async def test_new_content_is_refused_and_all_else_goes_on(
    product: Product, tenant: Tenant, name: str, value: int, status: int, code: str, short_of: str
) -> None:
    file_id = (await upload(tenant))["image_id"]
    setattr(product.infra.settings, name, value)
    require_refusal(await send(tenant), status, code, short_of)
    several = [("files", ("a.jpg", photo())), ("files", ("b.jpg", photo("blue")))]
    require_refusal(await tenant.client.post(BATCH, files=several), status, code, short_of)
    health = await product.client(None).get("/health")
    assert (health.status_code, health.json()["short_of"]) == (200, [short_of])
    assert (await tenant.client.get(FILES, params={"search": "photo"})).json()["total_count"] == 1
    assert (await tenant.client.patch(f"{FILES}/{file_id}", json={"title": "Still here"})).status_code == 200
    assert (await tenant.client.delete(f"{FILES}/{file_id}")).status_code in (200, 204)
    assert len(stored_files(product.infra.settings.root)) == 1


@pytest.mark.parametrize("name", ["least_free_memory_bytes", "deepest_queue"])
async def test_what_was_accepted_is_finished_and_then_more_is_taken(
    product: Product, tenant: Tenant, name: str
) -> None:
    ids = [(await upload(tenant, photo(color)))["image_id"] for color in ("red", "green", "blue")]
    enough = getattr(product.infra.settings, name)
    setattr(product.infra.settings, name, HUGE if name == "least_free_memory_bytes" else 3)
    assert (await send(tenant)).status_code == 429
    await product.do_jobs()
    assert [await status_of(tenant, one) for one in ids] == ["completed"] * 3
    setattr(product.infra.settings, name, enough)
    assert (await send(tenant)).status_code == 200


async def test_a_full_queue_takes_more_as_soon_as_it_is_shorter(product: Product, tenant: Tenant) -> None:
    product.infra.settings.deepest_queue = 3
    statuses = [(await send(tenant)).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    await product.do_jobs()
    assert (await send(tenant)).status_code == 200
    assert (await tenant.client.get(FILES, params={"has_description": True})).json()["total_count"] == 3


async def test_an_upload_that_says_it_would_not_fit_is_refused_unread(crowded: Product, small_disk: SmallDisk) -> None:
    tenant = await crowded.tenant()
    require_refusal(await send(tenant, photo() + bytes(9 << 20)), 507, "INSUFFICIENT_STORAGE", "disk")
    assert small_disk.free_bytes > 7 << 20


@pytest.mark.parametrize("size_bytes", [4 << 20, 20 << 20])
async def test_a_disk_that_fills_while_bytes_come_in_leaves_nothing_of_them(
    crowded: Product, small_disk: SmallDisk, size_bytes: int
) -> None:
    tenant = await crowded.tenant()
    small_disk.fill(but_bytes=1 << 20)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + photo()

    async def body() -> AsyncIterator[bytes]:
        yield head
        for _ in range(size_bytes >> 16):
            yield bytes(1 << 16)
        yield b"\r\n--x--\r\n"

    content_type = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await tenant.client.post(STREAM, content=body(), headers=content_type)
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "INSUFFICIENT_STORAGE")
    assert answer.headers["Retry-After"] == "60"
    await until(lambda: stored_files(small_disk.folder) == [])
    assert (await tenant.client.get(FILES)).json()["total_count"] == 0
    small_disk.clear()
    assert (await tenant.client.post(STREAM, files={"file": ("a.jpg", photo())})).status_code == 200


async def until(holds: Callable[[], bool]) -> None:
    """Return once it holds; what is checked comes about in another task or thread."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def attempts(product: Product) -> list[int]:
    async with product.infra.engine.connect() as connection:
        query = "select attempts from procrastinate_jobs where task_name = 'files.process'"
        return list(await connection.scalars(text(query)))


async def test_a_worker_whose_disk_is_full_waits_and_then_finishes(crowded: Product, small_disk: SmallDisk) -> None:
    tenant = await crowded.tenant()
    ids = [(await upload(tenant, photo(color)))["image_id"] for color in ("red", "green", "blue")]
    small_disk.fill()
    with capture_logs() as logs:
        working = asyncio.ensure_future(crowded.do_jobs())
        await until(lambda: [line["event"] for line in logs].count("job_waits_for_storage") > 1)
        assert {await status_of(tenant, one) for one in ids} <= {"processing", "queued"}
        assert await attempts(crowded) == [0, 0, 0]
        small_disk.clear()
        await working
    assert [await status_of(tenant, one) for one in ids] == ["completed"] * 3


async def test_a_worker_leaves_the_last_of_the_disk_to_the_database(crowded: Product, small_disk: SmallDisk) -> None:
    tenant = await crowded.tenant()
    file_id = (await upload(tenant))["image_id"]
    crowded.infra.settings.least_free_disk_bytes = 4 << 20
    small_disk.fill(but_bytes=(1 << 20) - 8192)
    with capture_logs() as logs:
        working = asyncio.ensure_future(crowded.do_jobs())
        await until(lambda: any(line["event"] == "job_waits_for_disk" for line in logs))
        assert len(stored_files(small_disk.folder)) == 1
        small_disk.fill(but_bytes=2 << 20)
        await working
    assert await status_of(tenant, file_id) == "completed"
    assert (await send(tenant)).status_code == 507


FULL_TABLE = """
create function disk_is_full() returns trigger language plpgsql as $$
begin raise exception 'could not extend file "base/5/1": No space left on device' using errcode = '53100'; end $$;
create trigger disk_is_full before insert on {table} for each row execute function disk_is_full()
"""


def change(database: Database, *statements: str) -> None:
    """Run statements as the owner of the tables."""
    with psycopg.connect(psycopg_url(database.owner_url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.parametrize("table", ["files", "procrastinate_jobs", "rate_windows"])
async def test_a_full_disk_of_the_database_is_told_and_leaves_no_bytes(
    database: Database, product: Product, tenant: Tenant, table: str
) -> None:
    change(database, FULL_TABLE.format(table=table))
    answer = await send(tenant)
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "INSUFFICIENT_STORAGE")
    assert answer.headers["Retry-After"] == "60" and "base/5" not in answer.text
    assert stored_files(product.infra.settings.root) == []
    change(database, f"drop trigger disk_is_full on {table}")
    assert (await send(tenant)).status_code == 200


@pytest.mark.parametrize("table", ["file_variants", "descriptions"])
async def test_a_worker_whose_database_is_full_waits_and_then_finishes(
    database: Database, tmp_path: Path, sandbox: Sandbox, table: str
) -> None:
    async with running(settings_for(database, tmp_path, job_attempts=1), sandbox) as product:
        product.infra.pressure.pause_seconds = 0.01
        tenant = await product.tenant()
        file_id = (await upload(tenant))["image_id"]
        change(database, FULL_TABLE.format(table=table))
        with capture_logs() as logs:
            working = asyncio.ensure_future(product.do_jobs())
            await until(lambda: [line["event"] for line in logs].count("job_waits_for_storage") > 1)
            assert await attempts(product) == [0]
            change(database, f"drop trigger disk_is_full on {table}")
            await working
        assert await status_of(tenant, file_id) == "completed"
