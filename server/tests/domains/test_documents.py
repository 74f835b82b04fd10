"""Documents: uploaded, read, split, embedded, shown, changed and deleted."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from aionserver import wiring
from aionserver.domains.files import service as files
from aionserver.domains.files.processing import process
from aionserver.domains.usage import service as usage
from aionserver.infra.checks import Findings, Inspection
from aionserver.infra.job_worker import Attempt
from aionserver.kit.documents.reading import read_document
from plugins.pdfs import pdf, scanned_pdf
from plugins.product import Product, Tenant, upload

MANUAL = pdf(
    [
        "# Pump X200",
        "This manual tells how the pump is installed and kept in order.",
        "Read it before the first start.",
    ],
    ["# Maintenance", "Change the oil of the pump every 500 hours of work.", "Use the grade ISO VG 46 only."],
    ["# Faults", "Where the motor hums and does not turn, the fuse F3 is blown."],
    title="Pump X200 maintenance manual",
)


async def read(product: Product, tenant: Tenant, data: bytes = MANUAL, name: str = "manual.pdf") -> str:
    """The id of a document that was uploaded and read."""
    answer = await upload(tenant, data, name)
    await product.do_jobs()
    return str(answer["image_id"])


@pytest.mark.parametrize(
    "data, name",
    [
        (b"# Care of the pump\n\nClean it.", "manual.md"),
        (b"================\nCare of the pump\n================\n\nClean it.", "manual.rst"),
        (b"Care of the pump\n================\n\nClean it.", "manual.txt"),
        (b"<html><body><h1>Care of the pump</h1><p>Clean it.</p></body></html>", "manual.html"),
    ],
)
async def test_the_heading_that_a_text_begins_with_is_its_title_and_it_has_no_pages(
    product: Product, tenant: Tenant, data: bytes, name: str
) -> None:
    address = f"/api/v2/documents/{await read(product, tenant, data, name)}"
    details, text = (await tenant.client.get(address)).json(), (await tenant.client.get(f"{address}/text")).json()
    assert details["title"] == text["metadata"]["title"] == "Care of the pump"
    assert details["page_count"] is text["page_count"] is None


async def test_a_text_that_begins_with_a_chapter_or_a_section_has_no_title(product: Product, tenant: Tenant) -> None:
    for data, name in ((b"Chapter 1\n\nClean it.", "manual.txt"), (b"## Parts\n\nA lid.", "parts.md")):
        answer = await tenant.client.get(f"/api/v2/documents/{await read(product, tenant, data, name)}")
        assert answer.json()["title"] is None


async def test_a_pdf_is_read_split_and_embedded(product: Product, tenant: Tenant) -> None:
    answer = await upload(tenant, MANUAL, "manual.pdf")
    assert (answer["media_type"], answer["document_type"]) == ("document", "pdf")
    assert (answer["text_extraction_status"], answer["description_queued"]) == ("pending", False)
    await product.do_jobs()
    details = (await tenant.client.get(f"/api/v2/documents/{answer['image_id']}")).json()
    assert details["extraction_status"] == "completed", details
    assert (details["page_count"], details["pages_read"], details["language"]) == (3, 3, "en")
    assert details["title"] == "Pump X200 maintenance manual"
    assert details["chunk_count"] >= 1
    chunks = (await tenant.client.get(f"/api/v2/documents/{answer['image_id']}/chunks")).json()
    assert chunks["total_chunks"] == details["chunk_count"]
    assert chunks["status_counts"] == {"completed": details["chunk_count"], "pending": 0}
    oil = next(chunk for chunk in chunks["chunks"] if "every 500 hours" in chunk["content"])
    assert oil["page_numbers"] == [2]
    assert oil["metadata"]["token_count"] > 0


async def test_a_scanned_page_is_recognised(product: Product, tenant: Tenant) -> None:
    document = await read(product, tenant, scanned_pdf("The seal number is 4711", "Tighten to 25 Nm"))
    read_text = (await tenant.client.get(f"/api/v2/documents/{document}/text")).json()
    assert "4711" in read_text["text"]
    assert [page["number"] for page in read_text["pages"]] == [1, 2]
    second = read_text["pages"][1]
    assert read_text["text"][second["start"] : second["end"]] == "Tighten to 25 Nm"


async def test_documents_are_listed_by_how_far_they_are(product: Product, tenant: Tenant) -> None:
    first = await read(product, tenant)
    waiting = (await upload(tenant, b"Nobody has read this yet.", "note.txt"))["image_id"]
    listed = (await tenant.client.get("/api/v2/documents")).json()
    assert [one["id"] for one in listed["documents"]] == [waiting, first]
    assert (listed["total_count"], listed["page"], listed["page_size"]) == (2, 1, 20)
    done = (await tenant.client.get("/api/v2/documents", params={"status_filter": "completed"})).json()
    assert [one["id"] for one in done["documents"]] == [first]
    second_page = (await tenant.client.get("/api/v2/documents", params={"page": 2, "page_size": 1})).json()
    assert [one["id"] for one in second_page["documents"]] == [first]
    far = (await tenant.client.get("/api/v2/documents", params={"page": 10**18, "page_size": 100})).json()
    assert (far["documents"], far["total_count"]) == ([], 2)
    health = (await tenant.client.get("/api/v2/documents/health")).json()
    assert (health["status"], health["waiting"]) == ("healthy", 1)
    assert {"pdf", "txt", "md"} <= set(health["formats"])


async def test_a_document_is_seen_among_files(product: Product, tenant: Tenant) -> None:
    document = await read(product, tenant)
    listed = (await tenant.client.get("/api/v2/user-files", params={"search": "oil", "media_types": "document"})).json()
    (file,) = listed["files"]
    assert (file["id"], file["document_type"], file["page_count"]) == (document, "pdf", 3)
    assert (file["text_extraction_status"], file["variant_status"]) == ("completed", "completed")
    assert file["title"] == "Pump X200 maintenance manual"
    cover = await tenant.client.get(file["thumbnail_url"])
    assert (cover.status_code, cover.headers["content-type"]) == (200, "image/webp")
    assert (await tenant.client.get(file["document_url"])).content == MANUAL
    status = (await tenant.client.get(f"/api/v2/uploads/status/{document}")).json()
    assert (status["unified_status"], status["is_terminal"]) == ("completed", True)


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"%PDF-1.7\nnothing more", "broken.pdf", "corrupt_file"),
        (MANUAL[: len(MANUAL) // 3], "cut.pdf", "corrupt_file"),
    ],
)
async def test_a_document_that_cannot_be_read_says_why_and_costs_nothing(
    product: Product, tenant: Tenant, data: bytes, name: str, code: str
) -> None:
    document = await read(product, tenant, data, name)
    details = (await tenant.client.get(f"/api/v2/documents/{document}")).json()
    assert (details["extraction_status"], details["error_code"]) == ("failed", code)
    assert details["error_message"].endswith(".")
    assert await credits_of(product, tenant) == 0


async def test_a_document_costs_a_credit_for_each_ten_pages_begun(product: Product, tenant: Tenant) -> None:
    await read(product, tenant, pdf(*([f"Page {number} of eleven says this and that."] for number in range(1, 12))))
    assert await credits_of(product, tenant) == 2


async def credits_of(product: Product, tenant: Tenant) -> int:
    async with product.infra.open_system_scope(tenant.id) as scope:
        return await usage.credits_in_all(scope)


async def test_a_plan_without_credits_reads_no_further(product: Product) -> None:
    tenant = await product.tenant(tier="free")
    product.infra.settings.prices["document"] = 10**6
    refused = await tenant.client.post("/api/v2/user-files/upload/stream", files={"file": ("manual.pdf", MANUAL)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "USAGE_LIMIT_EXCEEDED")


async def test_too_large_a_document_is_413_where_a_picture_is_not(product: Product, tenant: Tenant) -> None:
    product.infra.settings.max_document_bytes = 1024
    refused = await tenant.client.post("/api/v2/user-files/upload/stream", files={"file": ("a.txt", b"word " * 2000)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "FILE_TOO_LARGE")
    await upload(tenant)


async def test_reading_goes_on_with_the_page_where_it_was_cut_off(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a killed worker: what was kept stays, and nothing is read or charged twice."""
    pages = [[f"Page {number} speaks of valve V{number}."] for number in range(1, 31)]
    answer, parsed = await upload(tenant, pdf(*pages), "valves.pdf"), list[int]()
    parse = product.infra.parse

    async def cut_off(function: Any, *arguments: Any, timeout_seconds: float | None = None) -> Any:
        if function is read_document:
            parsed.append(arguments[2])
            if len(parsed) == 2:
                raise asyncio.CancelledError
        return await parse(function, *arguments, timeout_seconds=timeout_seconds)

    monkeypatch.setattr(product.infra, "parse", cut_off)
    file_id = answer["image_id"]
    with pytest.raises(asyncio.CancelledError):
        await process(product.infra, Attempt(1, is_last=False), str(tenant.id), file_id)
    between = (await tenant.client.get(f"/api/v2/documents/{file_id}")).json()
    assert (between["extraction_status"], between["page_count"], between["pages_read"]) == ("processing", 30, 8)
    partly = (await tenant.client.get(f"/api/v2/documents/{file_id}/text")).json()
    assert "V8" in partly["text"]
    assert "V9" not in partly["text"]
    assert (await tenant.client.delete(f"/api/v2/documents/{file_id}")).status_code == 409
    await product.do_jobs()
    done = (await tenant.client.get(f"/api/v2/documents/{file_id}")).json()
    assert (done["extraction_status"], done["pages_read"]) == ("completed", 30)
    assert parsed[:3] == [1, 9, 9]
    assert len(set(parsed[2:])) == len(parsed[2:])
    whole = (await tenant.client.get(f"/api/v2/documents/{file_id}/text")).json()["text"]
    assert [whole.count(f"valve V{number}.") for number in range(1, 31)] == [1] * 30
    assert await credits_of(product, tenant) == 3


async def queues(product: Product) -> list[str]:
    """Those of the jobs that wait, in the order in which these were written."""
    async with product.infra.engine.begin() as connection:
        found = await connection.execute(
            text("select queue_name from procrastinate_jobs where status = 'todo' order by id")
        )
        return list(found.scalars())


async def test_documents_wait_in_a_queue_of_their_own(product: Product, tenant: Tenant) -> None:
    await upload(tenant, MANUAL, "manual.pdf")
    await upload(tenant)
    assert await queues(product) == ["documents", "interactive"]


async def test_a_long_document_makes_way_and_goes_on_behind_those_that_wait(product: Product, tenant: Tenant) -> None:
    product.infra.settings.document_turn_seconds = 0
    other = await product.tenant("Other")
    pages = [[f"Page {number} speaks of valve V{number}."] for number in range(1, 31)]
    long = (await upload(tenant, pdf(*pages), "valves.pdf"))["image_id"]
    short = (await upload(other, MANUAL, "manual.pdf"))["image_id"]
    await process(product.infra, Attempt(1, is_last=True), str(tenant.id), long)
    between = (await tenant.client.get(f"/api/v2/documents/{long}")).json()
    assert (between["extraction_status"], between["pages_read"]) == ("processing", 8)
    assert await queues(product) == ["documents"] * 3
    await product.do_jobs()
    for client, document, count in ((tenant.client, long, 30), (other.client, short, 3)):
        done = (await client.get(f"/api/v2/documents/{document}")).json()
        assert (done["extraction_status"], done["pages_read"]) == ("completed", count)
    whole = (await tenant.client.get(f"/api/v2/documents/{long}/text")).json()["text"]
    assert [whole.count(f"valve V{number}.") for number in range(1, 31)] == [1] * 30
    assert await credits_of(product, tenant) == 3


async def test_a_document_read_again_keeps_the_ids_of_its_chunks(product: Product, tenant: Tenant) -> None:
    document = await read(product, tenant)
    before = (await tenant.client.get(f"/api/v2/documents/{document}/chunks?include_embeddings=true")).json()
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.session.execute(text("delete from file_steps"))
        await scope.session.execute(text("update documents set version = 'older'"))
        await files.defer_processing(scope, {UUID(document): "document"}, "bulk")
    await product.do_jobs()
    after = (await tenant.client.get(f"/api/v2/documents/{document}/chunks?include_embeddings=true")).json()
    assert after == before
    assert len(before["chunks"][0]["embedding"]) == 384
    assert await credits_of(product, tenant) == 1


async def test_documents_of_an_older_reader_are_read_anew_in_the_background(product: Product, tenant: Tenant) -> None:
    document, picture = await read(product, tenant), (await upload(tenant))["image_id"]
    await product.do_jobs()
    charged = await credits_of(product, tenant)
    before = (await tenant.client.get(f"/api/v2/documents/{document}/chunks")).json()
    async with product.infra.open_system_scope(tenant.id) as scope:
        assert await files.renew_outdated(scope) == 0
        await scope.session.execute(
            text("update file_steps set version = 'older' where step in ('read', 'description')")
        )
        await scope.session.execute(text("update documents set version = 'older'"))
        await scope.session.execute(text("update document_pages set blocks = '[]'"))
    async with product.infra.open_system_scope(tenant.id) as scope:
        assert await files.renew_outdated(scope) == 1
    async with product.infra.open_system_scope(tenant.id) as scope:
        assert await files.renew_outdated(scope) == 0  # its job waits
    await product.do_jobs()
    async with product.infra.open_system_scope(tenant.id) as scope:
        assert await files.renew_outdated(scope) == 0
        versions = await files.step_versions(scope, "description", [UUID(str(picture))])
        assert versions == {UUID(str(picture)): "older"}
    after = (await tenant.client.get(f"/api/v2/documents/{document}/chunks")).json()
    assert after == before
    assert "ISO VG 46" in (await tenant.client.get(f"/api/v2/documents/{document}/text")).json()["text"]
    assert await credits_of(product, tenant) == charged


async def test_a_document_indexed_before_words_had_vectors_gets_them(product: Product, tenant: Tenant) -> None:
    document = await read(product, tenant)
    missing = text("select count(*) from chunks where word_vectors is null")
    async with product.infra.open_system_scope(tenant.id) as scope:
        assert await scope.session.scalar(missing) == 0
        await scope.session.execute(text("update chunks set word_vectors = null"))
        await scope.session.execute(text("update file_steps set version = 'older' where step = 'index'"))
        await files.defer_processing(scope, {UUID(document): "document"}, "bulk")
    await product.do_jobs()
    async with product.infra.open_system_scope(tenant.id) as scope:
        assert await scope.session.scalar(missing) == 0


async def test_a_deleted_document_comes_back_whole(product: Product, tenant: Tenant) -> None:
    document = await read(product, tenant)
    assert (await tenant.client.delete(f"/api/v2/documents/{document}")).status_code == 204
    assert (await tenant.client.get(f"/api/v2/documents/{document}")).status_code == 404
    assert (await tenant.client.get("/api/v2/documents")).json()["documents"] == []
    async with product.infra.open_system_scope(tenant.id) as scope:
        count = await scope.session.scalar(text("select count(*) from chunks where vector is not null"))
    assert count == 0
    await tenant.client.post(f"/api/v2/user-files/{document}/restore")
    await product.do_jobs()
    chunks = (await tenant.client.get(f"/api/v2/documents/{document}/chunks")).json()
    assert chunks["status_counts"]["pending"] == 0
    assert chunks["total_chunks"] > 0
    assert await credits_of(product, tenant) == 1


async def test_title_and_tags_are_changed_and_the_title_stays(product: Product, tenant: Tenant) -> None:
    document = await read(product, tenant)
    change = {"title": "Our pump", "tags": ["Manual"]}
    changed = await tenant.client.patch(f"/api/v2/documents/{document}", json=change)
    assert (changed.status_code, changed.json()["title"]) == (200, "Our pump")
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.session.execute(text("delete from file_steps"))
        await files.defer_processing(scope, {UUID(document): "document"}, "bulk")
    await product.do_jobs()
    assert (await tenant.client.get(f"/api/v2/documents/{document}")).json()["title"] == "Our pump"


async def test_many_are_deleted_at_once(product: Product, tenant: Tenant) -> None:
    document, picture = await read(product, tenant), (await upload(tenant))["image_id"]
    wanted = {"document_ids": [document, picture, "no-id"]}
    answer = (await tenant.client.post("/api/v2/documents/batch-delete", json=wanted)).json()
    assert answer["summary"] == {"total": 3, "deleted": 1, "skipped": 0, "failed": 2}
    assert [one["id"] for one in answer["deleted"]] == [document]
    assert {one["id"] for one in answer["failed"]} == {picture, "no-id"}
    assert (await tenant.client.get(f"/api/v2/user-files/{picture}")).status_code == 200


async def test_a_picture_is_no_document(product: Product, tenant: Tenant) -> None:
    picture = (await upload(tenant))["image_id"]
    for path in ("", "/text", "/chunks", "/download"):
        answer = await tenant.client.get(f"/api/v2/documents/{picture}{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "DOCUMENT_NOT_FOUND")


async def test_the_bytes_come_back_as_they_were(product: Product, tenant: Tenant) -> None:
    document = (await upload(tenant, MANUAL, "manual.pdf"))["image_id"]
    answer = await tenant.client.get(f"/api/v2/documents/{document}/download", follow_redirects=True)
    assert answer.content == MANUAL


async def test_what_documents_consist_of_is_verified(product: Product, tenant: Tenant) -> None:
    await read(product, tenant)
    assert await disagreements(product) == []
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.session.execute(text("delete from document_pages where number = 2"))
        await scope.session.execute(text("update chunks set vector = null, model = null"))
    found = await disagreements(product)
    assert any("2 are kept" in one for one in found)
    assert any("not all embedded" in one for one in found)


async def disagreements(product: Product) -> list[str]:
    """What `aionvision verify` finds amiss, in sentences."""
    found = Findings()
    for check in wiring.CHECKS:
        await check.run(Inspection(product.infra, is_quiet=True), found)
    return found.examples
