"""Uploads through HTTP."""

import asyncio
from pathlib import Path

import pytest

from aionserver.domains.uploads.jobs import sweep_all
from aionserver.domains.uploads.sweep import GRACE
from aionserver.infra.job_worker import Attempt
from aionserver.infra.storage.writing import BLOCK_BYTES
from plugins.product import Product, Tenant, photo, upload

STREAM = "/api/v2/user-files/upload/stream"
BATCH = "/api/v2/user-files/upload/stream-batch"


async def test_a_photo_comes_out_described_tagged_and_with_variants(product: Product, tenant: Tenant) -> None:
    answer = await upload(tenant, photo("red"), "beach.jpg", title="At the sea", tags="holiday, sea")
    assert answer["status"] == "processing"
    assert answer["upload_method"] == "STREAMING"
    await product.do_jobs()
    details = (await tenant.client.get(f"/api/v2/user-files/{answer['image_id']}")).json()
    assert details["description_status"] == "completed"
    assert details["variant_status"] == "completed"
    assert details["title"] == "At the sea"
    assert details["tags"][:2] == ["holiday", "sea"]
    assert len(details["tags"]) > 2
    assert details["dimensions"] == {"width": 320, "height": 240}
    assert 10 <= len(details["upload_description"].split()) <= 60
    assert details["blur_hash"]
    steps = {step["operation_type"]: step["status"] for step in details["processing_history"]}
    assert steps == dict.fromkeys(["probe", "variants", "colors", "analysis", "description", "index"], "completed")


async def test_the_type_is_decided_by_content_not_by_name(tenant: Tenant) -> None:
    answer = await upload(tenant, photo(kind="PNG"), "really-a-png.jpg")
    listed = (await tenant.client.get("/api/v2/user-files", params={"ids": answer["image_id"]})).json()
    assert listed["files"][0]["content_type"] == "image/png"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "UNSUPPORTED_FORMAT"), (bytes(9), "UNSUPPORTED_FORMAT"), (b"RIFF\0\0\0\0AVI ", "UNSUPPORTED_FORMAT")],
)
async def test_what_is_neither_picture_nor_document_is_refused_with_a_sentence(
    tenant: Tenant, data: bytes, code: str
) -> None:
    answer = await tenant.client.post(STREAM, files={"file": ("a.jpg", data)})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"].endswith(".")


async def test_a_refused_upload_leaves_no_bytes_behind(product: Product, tenant: Tenant) -> None:
    answer = await tenant.client.post(STREAM, files={"file": ("a.jpg", photo())}, data={"folder_id": "unknown"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "FOLDER_NOT_FOUND"
    assert [key async for key in product.infra.storage.list_keys("uploads")] == []


async def test_too_large_a_file_is_413(product: Product, tenant: Tenant) -> None:
    product.infra.settings.max_upload_bytes = 2048
    answer = await tenant.client.post(STREAM, files={"file": ("a.jpg", photo() + bytes(4096))})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "FILE_TOO_LARGE"


async def test_a_damaged_picture_fails_with_a_sentence_and_keeps_its_bytes(product: Product, tenant: Tenant) -> None:
    data = photo(size=(800, 600), quality=95)[:2000]
    answer = await upload(tenant, data)
    await product.do_jobs()
    status = (await tenant.client.get(f"/api/v2/uploads/status/{answer['image_id']}")).json()
    assert status["unified_status"] == "failed"
    assert status["is_terminal"]
    assert "JPEG" in status["error_message"]
    download = await tenant.client.get(f"/api/v2/user-files/{answer['image_id']}/download", follow_redirects=True)
    assert download.content == data


async def test_a_failed_file_can_be_processed_again(product: Product, tenant: Tenant) -> None:
    answer = await upload(tenant, photo(size=(800, 600), quality=95)[:2000])
    await product.do_jobs()
    again = (await tenant.client.post(f"/api/v2/user-files/{answer['image_id']}/trigger-variants")).json()
    assert again["current_status"] == "queued"
    repeated = (await tenant.client.post(f"/api/v2/user-files/{answer['image_id']}/trigger-variants")).json()
    assert repeated["skipped_duplicate"] is True
    await product.do_jobs()
    status = (await tenant.client.get(f"/api/v2/uploads/status/{answer['image_id']}")).json()
    assert status["unified_status"] == "failed"


async def test_an_office_file_of_before_2007_is_refused_with_what_to_do(tenant: Tenant) -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    answer = await tenant.client.post(STREAM, files={"file": ("contract.doc", old)})
    assert answer.status_code == 422
    assert "save it in the present format" in answer.json()["error"]["message"]


async def test_the_same_bytes_are_skipped_when_asked(tenant: Tenant) -> None:
    first = await upload(tenant)
    second = await upload(tenant, skip_duplicates="true")
    assert second["skipped"] is True
    assert second["status"] == "skipped"
    assert second["skipped_existing_image_id"] == first["image_id"]
    third = await upload(tenant)
    assert third["image_id"] != first["image_id"]


async def test_another_tenants_bytes_are_no_duplicate(product: Product, tenant: Tenant) -> None:
    await upload(tenant)
    other = await product.tenant("Other")
    assert (await upload(other, skip_duplicates="true"))["skipped"] is False


async def test_one_key_one_effect(product: Product, tenant: Tenant) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await tenant.client.post(STREAM, files={"file": ("a.jpg", photo())}, headers=headers)
    again = await tenant.client.post(STREAM, files={"file": ("a.jpg", photo())}, headers=headers)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await tenant.client.post(STREAM, files={"file": ("a.jpg", photo("blue"))}, headers=headers)
    assert other.status_code == 422
    assert other.json()["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert (await tenant.client.get("/api/v2/user-files")).json()["total_count"] == 1
    assert len([key async for key in product.infra.storage.list_keys("uploads")]) == 1


async def test_the_same_key_at_the_same_time_is_409(tenant: Tenant) -> None:
    headers = {"Idempotency-Key": "twins"}
    requests = [tenant.client.post(STREAM, files={"file": ("a.jpg", photo())}, headers=headers) for _ in range(2)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*requests))
    assert statuses == [200, 409]


async def test_a_batch_takes_what_it_can_and_says_why_not(product: Product, tenant: Tenant) -> None:
    files = [("files", (f"{name}.jpg", photo(name))) for name in ("red", "green")] + [("files", ("x.bin", bytes(9)))]
    answer = (await tenant.client.post(BATCH, files=files, data={"tags": "trip"})).json()
    assert (answer["total_files"], answer["accepted_files"], answer["rejected_files"]) == (3, 2, 1)
    assert answer["status"] == "partial"
    assert [one["filename"] for one in answer["immediate_results"]] == ["red.jpg", "green.jpg"]
    assert answer["rejections"] == [
        {"filename": "x.bin", "index": 2, "reason": answer["rejections"][0]["reason"], "retryable": False}
    ]
    before = (await tenant.client.get(answer["status_url"])).json()
    assert (before["status"], before["pending_files"], before["failed_files"]) == ("processing", 2, 1)
    await product.do_jobs()
    after = (await tenant.client.get(answer["status_url"])).json()
    assert (after["status"], after["completed_files"], after["progress_percentage"]) == ("completed", 2, 100.0)
    results = (await tenant.client.get(after["results_url"])).json()
    assert {one["status"] for one in results["results"]} == {"completed"}
    assert all(one["description"] for one in results["results"])


async def test_more_than_five_files_have_no_immediate_results(tenant: Tenant) -> None:
    files = [("files", (f"{number}.jpg", photo(size=(32 + number, 32)))) for number in range(6)]
    answer = (await tenant.client.post(BATCH, files=files)).json()
    assert answer["immediate_results"] is None
    assert len(answer["files"]) == 6
    assert answer["websocket_channel"] == f"batch.{answer['session_id']}"


async def test_a_plan_limits_the_files_of_a_batch(product: Product) -> None:
    free = await product.tenant("Free", tier="free")
    files = [("files", (f"{number}.jpg", photo(size=(32 + number, 32)))) for number in range(11)]
    answer = (await free.client.post(BATCH, files=files)).json()
    assert (answer["accepted_files"], answer["rejected_files"]) == (10, 1)


async def test_quota_says_what_may_be_uploaded(product: Product, tenant: Tenant) -> None:
    unlimited = (await tenant.client.get("/api/v2/uploads/quota-check", params={"file_count": 5})).json()
    assert (unlimited["can_proceed"], unlimited["monthly_limit"], unlimited["max_batch_size"]) == (True, -1, 200)
    free = await product.tenant("Free", tier="free")
    limited = (await free.client.get("/api/v2/uploads/quota-check", params={"file_count": 1001})).json()
    assert (limited["can_proceed"], limited["available"]) == (False, 1000)
    assert (await tenant.client.get("/api/v2/uploads/quota-check")).status_code == 422


async def test_duplicates_are_known_by_hash(tenant: Tenant) -> None:
    answer = await upload(tenant)
    details = (await tenant.client.get(f"/api/v2/user-files/{answer['image_id']}")).json()
    unknown = "0" * 64
    checked = await tenant.client.post(
        "/api/v2/uploads/check-duplicates", json={"hashes": [details["hash"].upper(), unknown]}
    )
    assert checked.json() == {"duplicates": [details["hash"].upper()], "unique": [unknown]}


async def test_without_description_a_picture_still_gets_variants(product: Product, tenant: Tenant) -> None:
    answer = await upload(tenant, auto_describe="false")
    assert answer["description_queued"] is False
    await product.do_jobs()
    details = (await tenant.client.get(f"/api/v2/user-files/{answer['image_id']}")).json()
    assert (details["variant_status"], details["description_status"]) == ("completed", "skipped")
    status = (await tenant.client.get(f"/api/v2/uploads/status/{answer['image_id']}")).json()
    assert status["unified_status"] == "completed"


@pytest.mark.parametrize("fields", [{"tags": ",".join(f"t{n}" for n in range(41))}, {"title": "x" * 256}])
async def test_bounds_of_the_form_are_kept(tenant: Tenant, fields: dict[str, str]) -> None:
    answer = await tenant.client.post(STREAM, files={"file": ("a.jpg", photo())}, data=fields)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == next(iter(fields))


async def test_a_body_that_ends_early_is_422(tenant: Tenant) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + photo()
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await tenant.client.post(STREAM, content=body, headers=headers)
    assert answer.status_code == 422


def bytes_on_disk(product: Product) -> list[Path]:
    """The files of the object store, those under way too."""
    return [path for path in (product.infra.settings.root / "objects").rglob("*") if path.is_file()]


def part(name: str, data: bytes) -> bytes:
    """A file of a multipart body with the boundary x."""
    head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    return head.encode() + data + b"\r\n"


LARGE = photo() + bytes(3 * BLOCK_BYTES)


@pytest.mark.parametrize("sent", [part("a.jpg", LARGE), part("a.jpg", photo()) + part("b.jpg", LARGE)[:-BLOCK_BYTES]])
async def test_a_client_that_goes_away_leaves_no_bytes_behind(product: Product, tenant: Tenant, sent: bytes) -> None:
    messages = iter([{"type": "http.request", "body": sent, "more_body": True}, {"type": "http.disconnect"}])
    headers = [
        (b"authorization", f"Bearer {tenant.key}".encode()),
        (b"content-type", b"multipart/form-data; boundary=x"),
    ]
    seen: list[int] = []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(0.05)  # the disk has hold of it
        seen.append(len(bytes_on_disk(product)))
        return next(messages)

    async def send(message: object) -> None:
        raise AssertionError(f"nobody is there to be told {message}")

    address = {"scheme": "http", "path": BATCH, "query_string": b"", "headers": headers}
    await product.app({"type": "http", "method": "POST", **address}, receive, send)
    assert seen[-1] > 0
    assert bytes_on_disk(product) == []


async def test_too_large_a_file_of_a_batch_leaves_no_bytes_and_the_others_are_taken_in_their_order(
    product: Product, tenant: Tenant
) -> None:
    product.infra.settings.max_upload_bytes = 2 * BLOCK_BYTES
    names = [f"{number}.jpg" for number in range(12)]
    files = [("files", (name, LARGE if name == "3.jpg" else photo())) for name in names]
    answer = (await tenant.client.post(BATCH, files=files)).json()
    assert [one["filename"] for one in answer["files"]] == [name for name in names if name != "3.jpg"]
    assert [(one["filename"], one["index"]) for one in answer["rejections"]] == [("3.jpg", 3)]
    assert len(bytes_on_disk(product)) == 11


async def test_what_a_killed_process_was_writing_is_swept_away(product: Product) -> None:
    writer = product.infra.storage.open_writer("uploads/a", "image/jpeg")
    for _ in range(2):
        await writer.write(bytes(BLOCK_BYTES))
    await sweep_all(product.infra, Attempt(1, is_last=False))
    assert len(bytes_on_disk(product)) == 1
    now = product.infra.clock()
    product.infra.clock = lambda: now + GRACE * 2
    await sweep_all(product.infra, Attempt(1, is_last=False))
    assert bytes_on_disk(product) == []
