"""Batches and sessions of uploads through HTTP: prepared, confirmed, found again, listed, cancelled, summed up."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from aionserver import wiring
from aionserver.domains.uploads import batches, sessions
from aionserver.domains.uploads.jobs import expire_all, sweep_all
from aionserver.domains.usage import service as usage
from aionserver.infra.actors import Role
from aionserver.infra.checks import Findings, Inspection
from aionserver.infra.clock import utc_now
from aionserver.infra.job_worker import Attempt
from aionserver.kit.ids import new_id
from plugins.product import Product, Tenant, photo, upload

UPLOADS = "/api/v2/uploads"
PREPARE = f"{UPLOADS}/batch-prepare"
CONFIRM = f"{UPLOADS}/batch-confirm"
SESSIONS = f"{UPLOADS}/sessions"
STREAM = "/api/v2/user-files/upload/stream-batch"
ONCE = Attempt(1, is_last=False)
PHOTOS = [photo(color) for color in ("red", "green", "blue")]


async def prepared(tenant: Tenant, *photos: bytes, **params: Any) -> dict[str, Any]:
    """A batch that was prepared for these photos."""
    files = [
        {"filename": f"{number}.jpg", "content_type": "image/jpeg", "size_bytes": len(data)}
        for number, data in enumerate(photos)
    ]
    body = {"files": files, "intent": "describe", "additional_params": params or None}
    answer = await tenant.client.post(PREPARE, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def put(product: Product, batch: dict[str, Any], *photos: bytes) -> None:
    """Put the first photos of a batch."""
    for one, data in zip(batch["presigned_urls"], photos, strict=False):
        answer = await product.client(None).put(one["upload_url"], content=data, headers=one["upload_headers"])
        assert answer.status_code == 200, answer.text


def confirmations(batch: dict[str, Any], *photos: bytes) -> list[dict[str, Any]]:
    keys = [one["object_key"] for one in batch["presigned_urls"]]
    return [
        {"object_key": key, "success": True, "file_size": len(data)} for key, data in zip(keys, photos, strict=False)
    ]


async def confirmed(tenant: Tenant, batch: dict[str, Any], *photos: bytes, **more: Any) -> httpx2.Response:
    body = {"batch_id": batch["batch_id"], "confirmations": confirmations(batch, *photos), **more}
    return await tenant.client.post(CONFIRM, json=body)


async def status(tenant: Tenant, session_id: str) -> dict[str, Any]:
    return (await tenant.client.get(f"{SESSIONS}/{session_id}/status")).json()


async def numbers(tenant: Tenant, batch_id: str) -> dict[str, Any]:
    return (await tenant.client.get(f"{UPLOADS}/batch/{batch_id}/status")).json()


async def listed(tenant: Tenant, **params: str) -> dict[str, Any]:
    return (await tenant.client.get(SESSIONS, params=params)).json()


async def recovered(tenant: Tenant, batch_id: str) -> dict[str, Any]:
    return (await tenant.client.post(f"{UPLOADS}/batch/{batch_id}/auto-recover")).json()


async def streamed(tenant: Tenant, count: int, first: int = 0) -> dict[str, Any]:
    """A batch that was sent as one form."""
    files = [("files", (f"{number}.jpg", photo(size=(32 + number, 32)))) for number in range(first, first + count)]
    return (await tenant.client.post(STREAM, files=files)).json()


async def scalar(product: Product, tenant: Tenant, query: str) -> Any:
    async with product.infra.open_system_scope(tenant.id) as scope:
        return await scope.session.scalar(text(query))


async def keys(product: Product) -> list[str]:
    return sorted([key async for key in product.infra.storage.list_keys("")])


async def disagreements(product: Product) -> list[str]:
    found = Findings()
    for check in wiring.CHECKS:
        await check.run(Inspection(product.infra, is_quiet=True, content=True), found)
    return found.examples


def later(product: Product, **time: float) -> None:
    product.infra.clock = lambda: utc_now() + timedelta(**time)


async def test_a_batch_goes_from_pending_over_uploading_to_completed(product: Product, tenant: Tenant) -> None:
    batch = await prepared(tenant, *PHOTOS)
    plan, session_id = batch["upload_plan"], batch["batch_id"]
    assert (plan["strategy"], plan["max_concurrent"]) == ("parallel", 3)
    assert batch["total_size_bytes"] == sum(map(len, PHOTOS))
    before = await status(tenant, session_id)
    assert (before["status"], before["pending_files"], before["started_at"]) == ("pending", 3, None)
    assert before["websocket_channel"] == f"batch.{session_id}"
    assert (await numbers(tenant, session_id))["counts"]["uploading"] == 3
    await put(product, batch, *PHOTOS)
    first = (await confirmed(tenant, batch, *PHOTOS[:1])).json()
    assert (first["successful_uploads"], first["processing_status"]) == (1, "queued")
    assert (await status(tenant, session_id))["status"] == "uploading"
    answer = (await confirmed(tenant, batch, *PHOTOS)).json()
    assert (answer["successful_uploads"], answer["failed_uploads"], answer["failed_files"]) == (3, 0, None)
    ids = [one["image_id"] for one in batch["presigned_urls"]]
    assert [one["image_id"] for one in answer["stored_images"]] == ids
    assert (await status(tenant, session_id))["status"] == "processing"
    await product.do_jobs()
    after = await status(tenant, session_id)
    assert (after["status"], after["completed_files"], after["progress_percentage"]) == ("completed", 3, 100.0)
    results = (await tenant.client.get(after["results_url"])).json()
    assert [one["image_id"] for one in results["results"]] == ids
    assert all(one["description"] for one in results["results"])
    found = await numbers(tenant, session_id)
    assert (found["overall_status"], found["completion_percentage"]) == ("completed", 100.0)
    assert (found["counts"]["completed"], found["description_counts"]["completed"]) == (3, 3)
    assert await disagreements(product) == []


async def test_confirming_a_batch_again_or_at_once_has_one_effect(product: Product, tenant: Tenant) -> None:
    batch = await prepared(tenant, *PHOTOS)
    await put(product, batch, *PHOTOS)
    answers = await asyncio.gather(*(confirmed(tenant, batch, *PHOTOS) for _ in range(3)))
    assert all(answer.json()["successful_uploads"] == 3 for answer in answers)
    assert await scalar(product, tenant, "select count(*) from ledger_entries") == 3
    assert await scalar(product, tenant, "select count(*) from procrastinate_jobs") == 3


async def test_each_file_of_a_batch_is_taken_or_refused_by_itself(product: Product, tenant: Tenant) -> None:
    photos = [PHOTOS[0], b"no picture at all", PHOTOS[1], PHOTOS[2], PHOTOS[2]]
    batch = await prepared(tenant, *photos)
    await put(product, batch, *photos[:3])
    said = confirmations(batch, *photos)
    said[2]["checksum"] = "0" * 64
    said[4] |= {"success": False, "error_message": "the line was cut"}
    said.append({"object_key": "unknown", "success": True, "file_size": 1})
    body = {"batch_id": batch["batch_id"], "confirmations": said}
    answer = (await tenant.client.post(CONFIRM, json=body)).json()
    assert (answer["successful_uploads"], answer["failed_uploads"]) == (1, 5)
    assert answer["processing_status"] == "partial"
    assert answer["failed_files"] == ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "unknown"]
    assert (await tenant.client.post(CONFIRM, json=body)).json() == answer
    await product.do_jobs()
    found = await status(tenant, batch["batch_id"])
    assert (found["status"], found["completed_files"], found["failed_files"]) == ("completed", 1, 4)
    reasons = [one["error"] for one in found["recent_errors"]]
    assert reasons[0] == "It is a text file, and was announced as image/jpeg."
    assert reasons[3] == "the line was cut"
    summed = await numbers(tenant, batch["batch_id"])
    assert (summed["overall_status"], summed["error_summary"]["count"]) == ("partially_completed", 4)
    assert [key for key in await keys(product) if key.startswith(("uploads", "incoming"))] == [said[0]["object_key"]]
    assert await disagreements(product) == []


async def test_what_is_to_be_known_of_all_files_is_said_once(product: Product, tenant: Tenant) -> None:
    known = (await upload(tenant, PHOTOS[0]))["image_id"]
    batch = await prepared(tenant, *PHOTOS[:2], tags=["sea", "boat"], skip_duplicates=True, anything={"else": 1})
    await put(product, batch, *PHOTOS[:2])
    answer = (await confirmed(tenant, batch, *PHOTOS[:2], auto_process=False)).json()
    assert answer["stored_images"][0]["image_id"] == known
    again = (await confirmed(tenant, batch, *PHOTOS[:2])).json()
    assert again == answer
    assert await scalar(product, tenant, "select count(*) from files") == 2
    details = (await tenant.client.get(f"/api/v2/user-files/{answer['stored_images'][1]['image_id']}")).json()
    assert (details["tags"], details["description_status"]) == (["sea", "boat"], "skipped")
    assert (await status(tenant, batch["batch_id"]))["skipped_files"] == 1
    skipped = batch["presigned_urls"][0]["image_id"]
    assert (await tenant.client.get(f"{UPLOADS}/status/{skipped}")).json()["image_id"] == known
    assert len([key for key in await keys(product) if not key.startswith("variants")]) == 2


async def test_a_key_for_each_file_repeats_the_batch(tenant: Tenant) -> None:
    file = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 5}
    body = {"files": [{**file, "idempotency_key": "a"}, {**file, "idempotency_key": "b"}], "intent": "describe"}
    answers = [(await tenant.client.post(PREPARE, json=body)).json() for _ in range(2)]
    assert answers[0] == answers[1]
    del body["files"][0]["idempotency_key"]
    others = [(await tenant.client.post(PREPARE, json=body)).json()["batch_id"] for _ in range(2)]
    assert len({answers[0]["batch_id"], *others}) == 3


FILE = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": 5}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"files": []}, 422),
        ({"files": [FILE] * 6}, 422),
        ({"files": [FILE, {**FILE, "content_type": "application/zip"}]}, 422),
        ({"files": [FILE, {**FILE, "size_bytes": 10**12}]}, 413),
        ({"intent": "verify"}, 422),
        ({"intent": "else"}, 422),
        ({"verification_level": "else"}, 422),
        ({"additional_params": {"tags": [1, 2]}}, 422),
        ({"additional_params": {"tags": ["x" * 51]}}, 422),
        ({"additional_params": {"skip_duplicates": "perhaps"}}, 422),
        ({"additional_params": {"folder_id": str(new_id())}}, 404),
        ({"additional_params": {"folder_id": 5}}, 422),
    ],
)
async def test_a_batch_that_cannot_be_taken_is_none(
    product: Product, tenant: Tenant, changes: dict[str, Any], code: int
) -> None:
    answer = await tenant.client.post(PREPARE, json={"files": [FILE], "intent": "describe", **changes})
    assert answer.status_code == code, answer.text
    assert await scalar(product, tenant, "select count(*) from upload_sessions") == 0


async def test_what_arrived_of_a_batch_is_found_again(product: Product, tenant: Tenant) -> None:
    batch, other = await prepared(tenant, *PHOTOS), await prepared(tenant, PHOTOS[0])
    await put(product, batch, *PHOTOS[:2])
    found = (await tenant.client.get(f"{UPLOADS}/pending-batches")).json()
    assert found["has_recoverable"] is True
    assert {one["batch_id"] for one in found["batches"]} == {batch["batch_id"], other["batch_id"]}
    assert {(one["total_files"], one["confirmed_count"]) for one in found["batches"]} == {(3, 0), (1, 0)}
    colleague = await product.another_key(tenant, Role.ADMIN)
    assert (await colleague.get(f"{UPLOADS}/pending-batches")).json() == {"batches": [], "has_recoverable": False}
    first = await recovered(tenant, batch["batch_id"])
    assert (first["status"], first["recovered_files"], first["failed_files"]) == ("recovered", 2, 1)
    assert (await recovered(tenant, batch["batch_id"]))["status"] == "already_processed"
    assert (await recovered(tenant, other["batch_id"]))["status"] == "nothing_to_recover"
    assert (await tenant.client.get(f"{UPLOADS}/pending-batches")).json()["batches"] == []
    await product.do_jobs()
    assert (await status(tenant, batch["batch_id"]))["completed_files"] == 2
    assert (await status(tenant, other["batch_id"]))["status"] == "failed"
    for unknown in (str(new_id()), "x"):
        answer = await tenant.client.post(f"{UPLOADS}/batch/{unknown}/auto-recover")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "UPLOAD_SESSION_NOT_FOUND")


async def test_a_process_that_dies_while_it_confirms_loses_no_file_of_a_batch(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await prepared(tenant, *PHOTOS)
    await put(product, batch, *PHOTOS)
    for step in ("enter", "_confirmed"):
        with monkeypatch.context() as patch:
            patch.setattr(batches, step, None)
            assert (await confirmed(tenant, batch, *PHOTOS)).status_code == 500
        assert await disagreements(product) == []
    answer = await recovered(tenant, batch["batch_id"])
    assert (answer["recovered_files"], answer["failed_files"]) == (3, 0)
    assert await scalar(product, tenant, "select count(*) from ledger_entries") == 3
    assert await disagreements(product) == []


@pytest.mark.parametrize("by", ["route", "job"])
async def test_stale_batches_expire_with_what_arrived_of_them(product: Product, tenant: Tenant, by: str) -> None:
    batch = await prepared(tenant, *PHOTOS)
    await put(product, batch, PHOTOS[0])
    assert (await tenant.client.post(f"{UPLOADS}/cleanup-stale-batches")).json()["cleaned_count"] == 0
    later(product, hours=2, seconds=1)
    assert (await tenant.client.get(f"{UPLOADS}/pending-batches")).json()["batches"] == []
    if by == "route":
        assert (await tenant.client.post(f"{UPLOADS}/cleanup-stale-batches")).json()["cleaned_count"] == 1
    else:
        await expire_all(product.infra, ONCE)
    found = await status(tenant, batch["batch_id"])
    assert (found["status"], found["failed_files"]) == ("expired", 3)
    assert await keys(product) == []
    answer = (await confirmed(tenant, batch, *PHOTOS)).json()
    assert (answer["processing_status"], answer["failed_uploads"]) == ("failed", 3)
    image_id = batch["presigned_urls"][0]["image_id"]
    assert (await tenant.client.get(f"{UPLOADS}/status/{image_id}")).json()["unified_status"] == "failed"


async def test_sessions_are_listed_newest_first_and_by_what_they_are(product: Product, tenant: Tenant) -> None:
    done = (await streamed(tenant, 2))["session_id"]
    await product.do_jobs()
    going = (await streamed(tenant, 3, first=10))["session_id"]
    broken = [("files", (f"{n}.bin", bytes(9))) for n in range(2)]
    failed = (await tenant.client.post(STREAM, files=broken)).json()["session_id"]
    waiting = (await prepared(tenant, *PHOTOS))["batch_id"]
    everything = await listed(tenant)
    assert [one["session_id"] for one in everything["sessions"]] == [waiting, failed, going, done]
    assert [one["status"] for one in everything["sessions"]] == ["pending", "failed", "processing", "completed"]
    assert [one["progress_percentage"] for one in everything["sessions"]] == [0.0, 100.0, 0.0, 100.0]
    assert [bool(one["completed_at"]) for one in everything["sessions"]] == [False, True, False, True]
    for one in everything["sessions"]:
        known = await status(tenant, one["session_id"])
        fields = ("status", "total_files", "completed_files", "failed_files", "skipped_files", "progress_percentage")
        fields = (*fields, "completed_at")
        assert {name: one[name] for name in fields} == {name: known[name] for name in fields}
        only = await listed(tenant, status=one["status"])
        assert [found["session_id"] for found in only["sessions"]] == [one["session_id"]]
        assert (only["total_count"], only["has_more"]) == (1, False)
    assert [one["upload_method"] for one in (await listed(tenant, upload_method="presigned"))["sessions"]] == [
        "presigned"
    ]
    page = await listed(tenant, limit="2", offset="1", upload_method="streaming")
    assert [one["session_id"] for one in page["sessions"]] == [going, done]
    assert (page["total_count"], page["has_more"], page["offset"]) == (3, False, 1)
    assert (await tenant.client.get(SESSIONS, params={"status": "else"})).status_code == 422
    assert (await listed(await product.tenant("Other")))["total_count"] == 0


async def test_sessions_of_a_status_are_found_in_every_part_that_is_looked_at(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LOOKED_AT_ONCE", 2)
    waiting = [(await prepared(tenant, PHOTOS[0]))["batch_id"] for _ in range(5)]
    page = await listed(tenant, status="pending", limit="2", offset="2")
    assert [one["session_id"] for one in page["sessions"]] == [waiting[2], waiting[1]]
    assert (page["total_count"], page["has_more"]) == (5, True)
    assert (await listed(tenant, status="completed"))["sessions"] == []


async def test_cancelling_takes_back_what_nobody_has_begun(product: Product, tenant: Tenant) -> None:
    batch = await streamed(tenant, 6)
    session_id, ids = batch["session_id"], [one["image_id"] for one in batch["files"]]
    await tenant.client.delete(f"/api/v2/user-files/{ids[5]}")  # ended by this
    answer = await tenant.client.post(f"{SESSIONS}/{session_id}/cancel")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["status"], found["skipped_files"], found["completed_files"]) == ("cancelled", 5, 1)
    assert found["pending_files"] == 0
    await product.do_jobs()
    assert await scalar(product, tenant, "select count(*) from ledger_entries where operation = 'describe'") == 0
    details = (await tenant.client.get(f"/api/v2/user-files/{ids[0]}")).json()
    assert (details["variant_status"], details["description_status"]) == ("failed", "failed")
    assert (await listed(tenant))["sessions"][0]["status"] == "cancelled"
    assert await disagreements(product) == []
    again = await tenant.client.post(f"{SESSIONS}/{session_id}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (400, "UPLOAD_SESSION_OVER")
    started = (await tenant.client.post(f"/api/v2/user-files/{ids[0]}/trigger-variants")).json()
    assert (started["success"], started["skipped_duplicate"]) == (True, False)
    await product.do_jobs()
    assert (await tenant.client.get(f"{UPLOADS}/status/{ids[0]}")).json()["unified_status"] == "completed"


async def test_what_is_processed_when_a_session_is_cancelled_keeps_its_results(
    product: Product, tenant: Tenant
) -> None:
    batch = await streamed(tenant, 3)
    ids = [one["image_id"] for one in batch["files"]]
    async with product.infra.open_system_scope(tenant.id) as scope:
        waiting = {"ids": ids[1:]}
        await scope.session.execute(
            text("update procrastinate_jobs set status = 'cancelled' where args ->> 'file_id' = any(:ids)"), waiting
        )
    await product.do_jobs()
    found = (await tenant.client.post(f"{SESSIONS}/{batch['session_id']}/cancel")).json()
    assert (found["completed_files"], found["skipped_files"]) == (1, 2)
    results = (await tenant.client.get(found["results_url"])).json()
    assert {one["image_id"]: bool(one["description"]) for one in results["results"]}[ids[0]] is True
    async with product.infra.open_system_scope(tenant.id) as scope:
        assert (await usage.credit_balance(scope)).used == usage.prices(product.infra).image(usage.STANDARD)


async def test_a_finished_session_cannot_be_cancelled(product: Product, tenant: Tenant) -> None:
    session_id = (await streamed(tenant, 1))["session_id"]
    await product.do_jobs()
    answer = await tenant.client.post(f"{SESSIONS}/{session_id}/cancel")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "UPLOAD_SESSION_OVER")
    for unknown in (str(new_id()), "x"):
        assert (await tenant.client.post(f"{SESSIONS}/{unknown}/cancel")).status_code == 404


async def test_a_cancelled_batch_waits_for_nothing_more(product: Product, tenant: Tenant) -> None:
    batch = await prepared(tenant, *PHOTOS)
    await put(product, batch, PHOTOS[0])
    found = (await tenant.client.post(f"{SESSIONS}/{batch['batch_id']}/cancel")).json()
    assert (found["status"], found["skipped_files"]) == ("cancelled", 3)
    answer = (await confirmed(tenant, batch, *PHOTOS)).json()
    assert (answer["processing_status"], answer["stored_images"]) == ("failed", [])
    later(product, hours=7)
    await sweep_all(product.infra, ONCE)
    assert await keys(product) == []


async def test_what_stands_still_is_told(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant))["image_id"]
    offered = (await prepared(tenant, PHOTOS[0]))["presigned_urls"][0]["image_id"]
    stuck = f"{UPLOADS}/stuck-uploads"
    assert (await tenant.client.get(stuck)).json() == {"stuck_count": 0, "images": []}
    later(product, minutes=31)
    found = (await tenant.client.get(stuck)).json()
    assert [(one["image_id"], one["unified_status"], one["is_stuck"]) for one in found["images"]] == [
        (file_id, "queued", True),
        (offered, "uploading", True),
    ]
    assert (await tenant.client.get(stuck, params={"limit": 1})).json()["stuck_count"] == 1
    assert (await tenant.client.get(stuck, params={"stuck_minutes": 40})).json()["stuck_count"] == 0
    for wrong in ({"limit": 0}, {"limit": 501}, {"stuck_minutes": 0}, {"stuck_minutes": 10**9}):
        assert (await tenant.client.get(stuck, params=wrong)).status_code == 422
    await product.do_jobs()
    assert (await tenant.client.get(stuck)).json()["stuck_count"] == 1


@pytest.mark.parametrize(("patience", "statuses"), [(0.0, [200, 200, 429]), (30.0, [200, 200, 200])])
async def test_a_plan_limits_the_uploads_of_a_caller_at_a_time(
    product: Product, patience: float, statuses: list[int]
) -> None:
    free = await product.tenant("Free", tier="free")
    product.app.state.upload_slots.patience_seconds = patience
    begun, go_on = asyncio.Semaphore(0), asyncio.Event()
    request = free.client.build_request("POST", STREAM, files=[("files", ("a.jpg", PHOTOS[0]))])
    body = await request.aread()

    async def slow() -> AsyncIterator[bytes]:
        yield body[:100]
        begun.release()
        await go_on.wait()
        yield body[100:]

    headers = {"Content-Type": request.headers["Content-Type"]}
    two = [asyncio.ensure_future(free.client.post(STREAM, content=slow(), headers=headers)) for _ in range(2)]
    await begun.acquire()
    await begun.acquire()
    third = asyncio.ensure_future(free.client.post(STREAM, content=body, headers=headers))
    if patience == 0:
        assert (await third).json()["error"]["code"] == "CONCURRENT_UPLOAD_LIMIT"
        other = await product.another_key(free, Role.ADMIN)
        assert (await other.post(STREAM, content=body, headers=headers)).status_code == 200
    go_on.set()
    assert sorted(answer.status_code for answer in await asyncio.gather(*two, third)) == statuses
    assert (await free.client.post(STREAM, content=body, headers=headers)).status_code == 200
