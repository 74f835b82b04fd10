"""Documents that clients put at presigned URLs: one by one and in batches."""

import hashlib
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import text

from plugins.pdfs import pdf
from plugins.product import Product, Tenant, photo

BASE = "/api/v2/document-uploads"
MANUAL = pdf(["# Valve V7", "Open the valve a quarter turn and wait for the pressure to fall."])
OTHER = pdf(["# Valve V8", "This one is closed by hand only."])


async def requested(tenant: Tenant, data: bytes = MANUAL, name: str = "valve.pdf", **changes: Any) -> Any:
    body = {"filename": name, "content_type": "application/pdf", "size_bytes": len(data), **changes}
    answer = await tenant.client.post(f"{BASE}/request-presigned-url", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def put(product: Product, offer: Any, data: bytes = MANUAL) -> None:
    answer = await product.client(None).put(offer["upload_url"], content=data, headers=offer["upload_headers"])
    assert answer.status_code == 200, answer.text


async def confirmed(tenant: Tenant, offer: Any, data: bytes = MANUAL, **changes: Any) -> httpx2.Response:
    checksum = f"sha256:{hashlib.sha256(data).hexdigest()}"
    body = {"object_key": offer["object_key"], "size_bytes": len(data), "content_type": "application/pdf"}
    return await tenant.client.post(f"{BASE}/confirm", json={**body, "checksum": checksum, **changes})


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def count(product: Product, tenant: Tenant, table: str) -> int:
    async with product.infra.open_system_scope(tenant.id) as scope:
        return await scope.session.scalar(text(f"select count(*) from {table}")) or 0


async def test_a_document_that_was_put_is_confirmed_and_read(product: Product, tenant: Tenant) -> None:
    offer = await requested(tenant)
    assert offer["upload_method"] == "PUT"
    await put(product, offer)
    answer = await confirmed(tenant, offer)
    assert answer.status_code == 201
    found = answer.json()
    assert found == {
        "document_id": offer["object_key"].split("/")[2],
        "object_key": offer["object_key"],
        "filename": "valve.pdf",
        "document_type": "pdf",
        "status": "pending",
        "confirmed": True,
        "deduplicated": False,
        "is_idempotent_retry": False,
    }
    await product.do_jobs()
    status = (await tenant.client.get(f"{BASE}/{found['document_id']}/status")).json()
    assert (status["text_extraction_status"], status["page_count"], status["chunk_count"]) == ("completed", 1, 1)
    assert status["completed_at"] >= status["processing_started_at"] >= status["created_at"]


async def test_confirming_again_is_told_apart_and_has_no_effect(product: Product, tenant: Tenant) -> None:
    offer = await requested(tenant)
    await put(product, offer)
    first, again = (await confirmed(tenant, offer)).json(), (await confirmed(tenant, offer)).json()
    assert again == {**first, "is_idempotent_retry": True}
    assert await count(product, tenant, "files") == 1
    assert await count(product, tenant, "ledger_entries") == 1


async def test_the_same_content_is_the_same_document(product: Product, tenant: Tenant) -> None:
    offers = [await requested(tenant, name=name) for name in ("valve.pdf", "copy.pdf")]
    for offer in offers:
        await put(product, offer)
    first, second = [(await confirmed(tenant, offer)).json() for offer in offers]
    assert (second["document_id"], second["deduplicated"], second["filename"]) == (
        first["document_id"],
        True,
        "valve.pdf",
    )
    assert await count(product, tenant, "files") == 1


async def test_the_same_key_is_answered_with_the_same_url(tenant: Tenant) -> None:
    first = await requested(tenant, idempotency_key="doc-1")
    assert await requested(tenant, idempotency_key="doc-1") == first
    assert (await requested(tenant, idempotency_key="doc-2"))["object_key"] != first["object_key"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"content_type": "image/jpeg"}, (422, "UNSUPPORTED_FORMAT")),
        ({"content_type": "application/zip"}, (422, "UNSUPPORTED_FORMAT")),
        ({"size_bytes": 52_428_801}, (413, "FILE_TOO_LARGE")),
        ({"size_bytes": 0}, (422, "VALIDATION_ERROR")),
        ({"idempotency_key": "has blanks"}, (422, "VALIDATION_ERROR")),
        ({"storage_target": "elsewhere"}, (422, "VALIDATION_ERROR")),
    ],
)
async def test_what_is_not_taken_gets_no_url(tenant: Tenant, changes: dict[str, Any], code: tuple[int, str]) -> None:
    body = {"filename": "a.pdf", "content_type": "application/pdf", "size_bytes": 9, **changes}
    assert code_of(await tenant.client.post(f"{BASE}/request-presigned-url", json=body)) == code


async def test_a_picture_called_a_document_is_refused_and_removed(product: Product, tenant: Tenant) -> None:
    data = photo()
    offer = await requested(tenant, data)
    await put(product, offer, data)
    assert code_of(await confirmed(tenant, offer, data)) == (422, "UNSUPPORTED_FORMAT")
    assert [key async for key in product.infra.storage.list_keys("uploads")] == []


async def test_what_was_not_put_or_is_not_known_is_said(product: Product, tenant: Tenant) -> None:
    offer = await requested(tenant)
    assert code_of(await confirmed(tenant, offer)) == (409, "UPLOAD_NOT_ARRIVED")
    await put(product, offer)
    assert code_of(await confirmed(tenant, offer, size_bytes=5)) == (422, "SIZE_MISMATCH")
    assert code_of(await confirmed(tenant, offer, checksum="0" * 64)) == (422, "CHECKSUM_MISMATCH")
    unknown = {"object_key": f"uploads/{tenant.id}/{uuid4()}/a.pdf"}
    assert code_of(await confirmed(tenant, unknown)) == (404, "UPLOAD_NOT_FOUND")
    body = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 9}
    picture = (await tenant.client.post("/api/v2/uploads/request-presigned-url", json=body)).json()
    assert code_of(await confirmed(tenant, picture)) == (404, "UPLOAD_NOT_FOUND")
    assert code_of(await tenant.client.get(f"{BASE}/{uuid4()}/status")) == (404, "DOCUMENT_NOT_FOUND")


async def test_documents_come_by_the_ways_of_pictures_too(product: Product, tenant: Tenant) -> None:
    body = {"filename": "a.pdf", "content_type": "application/pdf", "size_bytes": len(MANUAL)}
    offer = (await tenant.client.post("/api/v2/uploads/request-presigned-url", json=body)).json()
    await put(product, offer)
    said = {"object_key": offer["object_key"], "size_bytes": len(MANUAL)}
    answer = await tenant.client.post("/api/v2/uploads/confirm", json=said)
    await product.do_jobs()
    status = (await tenant.client.get(f"{BASE}/{answer.json()['upload_id']}/status")).json()
    assert status["text_extraction_status"] == "completed"


async def prepared(tenant: Tenant, *documents: bytes, **params: Any) -> Any:
    files = [
        {"filename": f"{number}.pdf", "content_type": "application/pdf", "size_bytes": len(data)}
        for number, data in enumerate(documents)
    ]
    answer = await tenant.client.post(f"{BASE}/batch-prepare", json={"files": files, "additional_params": params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def confirmations(batch: Any, *documents: bytes) -> list[dict[str, Any]]:
    return [
        {"object_key": offer["object_key"], "success": True, "file_size": len(data)}
        for offer, data in zip(batch["presigned_urls"], documents, strict=True)
    ]


async def test_a_batch_is_prepared_put_confirmed_and_followed(product: Product, tenant: Tenant) -> None:
    sent = (MANUAL, OTHER, MANUAL)
    batch = await prepared(tenant, *sent, tags="valves, plant", language="en")
    path = f"{BASE}/batch/{batch['batch_id']}/status"
    assert (await tenant.client.get(path)).json()["status"] == "pending"
    for offer, data in zip(batch["presigned_urls"], sent, strict=True):
        await put(product, offer, data)
    body = {"batch_id": batch["batch_id"], "confirmations": confirmations(batch, *sent)}
    answer = (await tenant.client.post(f"{BASE}/batch-confirm", json=body)).json()
    assert (answer["successful_uploads"], answer["failed_uploads"], answer["processing_status"]) == (3, 0, "queued")
    assert [one["filename"] for one in answer["documents"]] == ["0.pdf", "1.pdf"]
    assert await count(product, tenant, "files") == 2
    before = (await tenant.client.get(path)).json()
    assert (before["status"], before["confirmed_documents"], before["processed_documents"]) == ("processing", 3, 1)
    await product.do_jobs()
    after = (await tenant.client.get(path)).json()
    assert (after["status"], after["processed_documents"], after["failed_documents"]) == ("completed", 3, 0)
    assert {one["text_extraction_status"] for one in after["documents"]} == {"completed"}
    assert (await tenant.client.post(f"{BASE}/batch-confirm", json=body)).json()["successful_uploads"] == 3
    tagged = await tenant.client.get("/api/v2/user-files", params={"tags": "plant"})
    assert tagged.json()["total_count"] == 2


async def test_what_fails_of_a_batch_is_told(product: Product, tenant: Tenant) -> None:
    batch = await prepared(tenant, MANUAL, OTHER)
    await put(product, batch["presigned_urls"][0])
    said = confirmations(batch, MANUAL, OTHER)
    said[1] |= {"success": False, "error_message": "x" * 5000}
    body = {"batch_id": batch["batch_id"], "confirmations": said}
    answer = (await tenant.client.post(f"{BASE}/batch-confirm", json=body)).json()
    assert (answer["successful_uploads"], answer["failed_files"], answer["processing_status"]) == (
        1,
        ["1.pdf"],
        "partial",
    )
    await product.do_jobs()
    status = (await tenant.client.get(f"{BASE}/batch/{batch['batch_id']}/status")).json()
    assert (status["status"], status["processed_documents"], status["failed_documents"]) == ("completed", 1, 1)


async def test_a_reason_that_can_not_be_kept_is_refused(tenant: Tenant) -> None:
    batch = await prepared(tenant, MANUAL)
    said = [{**confirmations(batch, MANUAL)[0], "success": False, "error_message": "cut\0off"}]
    answer = await tenant.client.post(
        f"{BASE}/batch-confirm", json={"batch_id": batch["batch_id"], "confirmations": said}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_a_batch_of_pictures_is_no_batch_of_documents(tenant: Tenant) -> None:
    file = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 9}
    body = {"files": [file], "intent": "describe"}
    batch = (await tenant.client.post("/api/v2/uploads/batch-prepare", json=body)).json()["batch_id"]
    assert (await tenant.client.get(f"{BASE}/batch/{batch}/status")).status_code == 404
    said = {"batch_id": batch, "confirmations": [{"object_key": "x", "success": True, "file_size": 1}]}
    assert (await tenant.client.post(f"{BASE}/batch-confirm", json=said)).status_code == 404
    refused = await tenant.client.post(f"{BASE}/batch-prepare", json={"files": [file]})
    assert code_of(refused) == (422, "UNSUPPORTED_FORMAT")


async def test_the_quota_and_what_is_taken_are_told(tenant: Tenant) -> None:
    quota = (await tenant.client.get(f"{BASE}/quota-check", params={"file_count": 3})).json()
    assert quota == {
        "can_proceed": True,
        "requested": 3,
        "available": -1,
        "monthly_limit": -1,
        "current_usage": 0,
        "message": None,
    }
    assert (await tenant.client.get(f"{BASE}/quota-check")).status_code == 422
    health = (await tenant.client.get(f"{BASE}/health")).json()
    assert (health["status"], health["max_size_bytes"], health["max_batch_size"]) == ("healthy", 52_428_800, 100)
    assert "application/pdf" in health["content_types"]
