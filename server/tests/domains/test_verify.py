"""`aionvision verify`: silent where all agrees, and each thing that does not is found."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from aionserver import wiring
from aionserver.domains.files import checking
from aionserver.infra.checks import MOST_EXAMPLES, Findings, Inspection
from aionserver.infra.database import psycopg_url
from aionserver.kit.ids import new_id
from plugins.database import Database
from plugins.product import Product, Tenant, photo, upload

OBJECTS = "rows and objects agree"
TOTALS = "usage totals are those of the ledger"
STILL = "no file's processing stands still"


async def verify(product: Product, **options: bool) -> dict[str, Findings]:
    """What was found by the checks that looked at something amiss, or mended it."""
    report = {check.subject: Findings() for check in wiring.CHECKS}
    for check in wiring.CHECKS:
        await check.run(Inspection(product.infra, **options), report[check.subject])
    return {subject: found for subject, found in report.items() if found.disagreements or found.mended}


async def change(product: Product, tenant: Tenant, query: str, **values: Any) -> None:
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.session.execute(text(query), values)


async def described(product: Product, tenant: Tenant, color: str = "red") -> str:
    """The id of a photo that went through everything."""
    file_id = (await upload(tenant, photo(color)))["image_id"]
    await product.do_jobs()
    return file_id


async def key_of(product: Product, tenant: Tenant, file_id: str) -> str:
    async with product.infra.open_system_scope(tenant.id) as scope:
        found = await scope.session.scalar(text("select object_key from files where id = :id"), {"id": file_id})
    assert isinstance(found, str)
    return found


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "SECOND_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(checking, "PAGE", 2)


async def test_all_agrees_at_every_moment_of_a_files_life(product: Product, tenant: Tenant) -> None:
    other = await product.tenant("Other")
    assert await verify(product) == {}
    parts = [("files", (f"{color}.jpg", photo(color))) for color in ("red", "green", "blue")]
    await tenant.client.post("/api/v2/user-files/upload/stream-batch", files=[*parts, ("files", ("a.bin", bytes(9)))])
    damaged = (await upload(other, photo()[:400]))["image_id"]
    assert await verify(product, content=True) == {}
    await product.do_jobs()
    assert await verify(product, content=True) == {}
    await other.client.delete(f"/api/v2/user-files/{damaged}")
    assert await verify(product, is_quiet=True) == {}


BREAKAGES = [
    ("delete from ledger_entries where operation = 'upload'", "uploads are charged", "not charged"),
    (
        "delete from ledger_entries where operation = 'describe'",
        "descriptions are there, shown and charged",
        "not charged",
    ),
    ("update usage_totals set credits = 7 where span = 'month' and credits = 2", TOTALS, "credits 7, due 2"),
    ("delete from descriptions", "descriptions are there, shown and charged", "another description"),
    ("update files set description = 'Else.'", "descriptions are there, shown and charged", "another description"),
    ("delete from picture_facts", "descriptions are there, shown and charged", "what was seen"),
    ("delete from color_analyses", "colours are there", "not there"),
    ("delete from image_colors", "colours are found where they are", "not found by the colours it has"),
    ("update image_colors set packed = '\\x00'", "colours are found where they are", "not found by the colours"),
    ("delete from search_vectors", "vectors are there, and of one model", "no vectors"),
    ("update search_vectors set model = 'other@1'", "vectors are there, and of one model", "of the model"),
    ("delete from file_steps where step = 'index'", STILL, "no job is left"),
    ("delete from file_steps where step = 'analysis'", "files are as far as they say", "'analysis' is not"),
    ("update files set description_status = 'processing'", STILL, "no job is left"),
    ("delete from file_variants where name = 'tiny_64'", "files are as far as they say", "tiny_64 is missing"),
    ("delete from file_variants where name = 'tiny_64'", OBJECTS, "no row names it"),
    ("update files set size_bytes = 7", OBJECTS, "its row says 7"),
    ("update upload_sessions set total_files = 5", "upload sessions count right", "counts 5 files and has 1"),
    ("update upload_session_items set file_id = gen_random_uuid()", "upload sessions count right", "there is no file"),
]


@pytest.mark.parametrize(("query", "subject", "words"), BREAKAGES)
async def test_what_does_not_agree_is_found(
    product: Product, tenant: Tenant, database: Database, query: str, subject: str, words: str
) -> None:
    await tenant.client.post("/api/v2/user-files/upload/stream-batch", files=[("files", ("a.jpg", photo()))])
    await product.do_jobs()
    with psycopg.connect(psycopg_url(database.owner_url), autocommit=True) as owner:
        owner.execute(query.encode())
    found = (await verify(product, is_quiet=True))[subject]
    assert found.disagreements == 1
    assert words in found.examples[0]


async def test_a_charge_for_a_file_that_never_was_is_found(product: Product, tenant: Tenant) -> None:
    file_id = await described(product, tenant)
    await change(product, tenant, "delete from files where id = :id", id=file_id)
    assert (await verify(product))["charges are for files"].disagreements == 2
    now = product.infra.clock()
    product.infra.clock = lambda: now + timedelta(days=31)
    assert "charges are for files" not in await verify(product)  # it may have been purged by then


async def test_a_missing_object_is_found_whichever_it_is(product: Product, tenant: Tenant) -> None:
    file_id = await described(product, tenant)
    await described(product, tenant, "green")
    keys = [await key_of(product, tenant, file_id), f"variants/{tenant.id}/{file_id}/small_256.webp"]
    for key in keys:
        await product.infra.storage.delete(key)
    found = (await verify(product))[OBJECTS]
    assert sorted(found.examples) == [f"object {key}: is gone, and a row names it" for key in sorted(keys)]


async def test_changed_bytes_of_the_same_length_are_found_by_reading_them(product: Product, tenant: Tenant) -> None:
    key = await key_of(product, tenant, await described(product, tenant))
    data = await product.infra.storage.get(key)
    await product.infra.storage.put(key, data[:-1] + bytes([data[-1] ^ 1]), "image/jpeg")
    assert await verify(product) == {}
    assert (await verify(product, content=True))[OBJECTS].examples == [
        f"object {key}: its content is not what was uploaded"
    ]


async def test_bytes_of_an_upload_under_way_are_no_orphans_until_they_are_old_or_nothing_runs(
    product: Product, tenant: Tenant
) -> None:
    for number in range(MOST_EXAMPLES + 5):
        await product.infra.storage.put(f"uploads/{tenant.id}/{new_id()}/{number}.jpg", b"x", "image/jpeg")
    assert await verify(product) == {}
    quiet = (await verify(product, is_quiet=True))[OBJECTS]
    assert (quiet.disagreements, len(quiet.examples)) == (MOST_EXAMPLES + 5, MOST_EXAMPLES)
    now = product.infra.clock()
    product.infra.clock = lambda: now + timedelta(hours=7)
    assert (await verify(product))[OBJECTS].disagreements == MOST_EXAMPLES + 5


async def test_repairing_removes_orphans_and_nothing_else(product: Product, tenant: Tenant) -> None:
    file_id, storage = await described(product, tenant), product.infra.storage
    strange = f"uploads/{tenant.id}/no-id/x.jpg"
    for key in (f"variants/{new_id()}/{new_id()}/tiny_64.webp", f"uploads/{tenant.id}/{new_id()}/x.jpg", strange):
        await storage.put(key, b"x", "image/jpeg")
    mended = (await verify(product, is_quiet=True, repair=True))[OBJECTS]
    assert (mended.mended, mended.disagreements) == (2, 1)
    left = (await verify(product, is_quiet=True))[OBJECTS]
    assert left.examples == [f"object {strange}: its name is none that a file's object has"]
    assert await storage.get(await key_of(product, tenant, file_id)) == photo()


async def test_repairing_goes_on_with_what_stands_still(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant))["image_id"]
    await change(product, tenant, "delete from procrastinate_jobs")
    assert (await verify(product))[STILL].examples == [
        f"file {file_id}: its processing stands still, for no job is left to go on with it"
    ]
    assert (await verify(product, repair=True))[STILL].mended == 1
    assert await verify(product) == {}
    await product.do_jobs()
    status = (await tenant.client.get(f"/api/v2/uploads/status/{file_id}")).json()
    assert status["unified_status"] == "completed"


async def test_what_goes_on_meanwhile_does_not_disagree(product: Product, tenant: Tenant) -> None:
    uploads = [upload(tenant, photo(size=(200 + number, 100))) for number in range(12)]
    working = asyncio.ensure_future(asyncio.gather(*uploads))
    rounds = 0
    while not working.done() or rounds < 2:
        assert await verify(product) == {}
        rounds += 1
    processing = asyncio.ensure_future(product.do_jobs())
    while not processing.done():
        assert await verify(product) == {}
    assert all(UUID(answer["image_id"]) for answer in await working)


async def test_totals_that_differ_are_made_anew_when_asked(product: Product, tenant: Tenant) -> None:
    await described(product, tenant)
    await change(product, tenant, "delete from usage_totals where span = 'month'")
    found = (await verify(product))[TOTALS]
    assert (found.disagreements, found.looked_at) == (2, 2)
    assert (await verify(product, repair=True))[TOTALS].mended == 2
    assert await verify(product) == {}
