"""Waiting for what takes time: batches, cloud jobs, crawled pages; and several pictures described at once."""

from __future__ import annotations

import pytest

from aion import AionvisionTimeoutError, BatchError, CloudStorageError, UploadError, ValidationError

from .calls import BATCH_PAGE, BATCH_STATE, JOB, LINK_FILE, STARTED
from .stand_in import Answer

BATCH = "GET /api/v2/batch/b1"
RESULTS = "GET /api/v2/batch/b1/results"
JOBS = "GET /api/v2/cloud-storage/jobs/j1"
LINK = "GET /api/v2/user-files/l1"


def state(**changes):
    return Answer(data={**BATCH_STATE, **changes})


SESSION = "GET /api/v2/uploads/sessions/u1/status"


async def test_an_upload_session_is_waited_for(client, api):
    under_way = {"session_id": "u1", "status": "processing", "total_files": 2}
    api.plan(SESSION, Answer(data=under_way), Answer(data={**under_way, "status": "completed"}))
    assert (await client.upload_sessions.wait_for_completion("u1")).status == "completed"
    api.plan(SESSION, *[Answer(data=under_way)] * 1000)
    with pytest.raises(AionvisionTimeoutError) as caught:
        await client.upload_sessions.wait_for_completion("u1", timeout=0.03)
    assert caught.value.last_result.status == "processing"


async def test_upload_sessions_and_their_files_come_page_after_page(client, api):
    def pages(name, key):
        return [Answer(data={name: [{key: str(n)}], "total_count": 2, "has_more": n == 0}) for n in range(2)]

    api.plan("GET /api/v2/uploads/sessions", *pages("sessions", "session_id"))
    assert [one.session_id async for one in client.upload_sessions.list_all(page_size=1)] == ["0", "1"]
    api.plan("GET /api/v2/uploads/sessions/u1/results", *pages("results", "image_id"))
    found = client.upload_sessions.get_all_results("u1", page_size=1)
    assert [one.image_id async for one in found] == ["0", "1"]
    assert [one.query for one in api.asked_for("GET /api/v2/uploads/sessions/u1/results")] == [
        "include_failed=true&limit=1&offset=0",
        "include_failed=true&limit=1&offset=1",
    ]


async def test_all_keys_come_page_after_page(client, api):
    pages = [Answer(data={"api_keys": [{"id": str(n)}], "total": 2}) for n in range(2)]
    api.plan("GET /api/v2/api-keys", *pages)
    assert [key.id async for key in client.api_keys.list_all(page_size=1)] == ["0", "1"]


async def test_a_batch_is_waited_for_and_tells_every_state(client, api):
    api.plan(BATCH, state(), state(processed_items=3), state(status="partially_completed", processed_items=4))
    heard = []
    status = await client.batch.wait_for_completion("b1", on_progress=lambda one: heard.append(one.processed_items))
    assert (status.status.value, heard) == ("partially_completed", [2, 3, 4])


async def test_a_batch_that_failed_is_an_error_that_names_its_items(client, api):
    api.plan(BATCH, state(status="failed"))
    api.plan(RESULTS, Answer(data=BATCH_PAGE))
    with pytest.raises(BatchError) as caught:
        await client.batch.wait_for_completion("b1")
    assert (caught.value.batch_id, caught.value.failed_items) == ("b1", ["n2"])


async def test_a_batch_that_takes_too_long_is_a_timeout_with_the_last_state(client, api):
    api.plan(BATCH, *[state()] * 1000)
    with pytest.raises(AionvisionTimeoutError) as caught:
        await client.batch.wait_for_completion("b1", timeout=0.03)
    assert caught.value.last_result.processed_items == 2


async def test_all_results_of_a_batch_come_page_after_page(client, api):
    item = {"item_id": "n", "status": "success"}
    pages = [
        {
            "results": [{**item, "item_index": n}],
            "pagination": {"offset": n, "limit": 1, "total": 2, "has_more": n == 0},
        }
        for n in range(2)
    ]
    api.plan(RESULTS, *[Answer(data=page) for page in pages])
    assert [one.item_index async for one in client.batch.get_all_results("b1", page_size=1)] == [0, 1]


async def test_several_pictures_are_described_as_a_batch_in_their_order(client, api, photo):
    api.plan("POST /api/v2/batch/describe", Answer(202, STARTED))
    api.plan(BATCH, state(status="completed"))
    items = [
        {"item_id": f"n{n}", "item_index": n, "status": "success", "output_data": {"description": f"picture {n}"}}
        for n in (1, 0)
    ]
    api.plan(RESULTS, Answer(data={**BATCH_PAGE, "results": items}))
    seen = []
    results = await client.describe(
        [photo("a.jpg"), b"bytes", "https://example.org/c.jpg"], on_progress=lambda one: seen.append(one.status.value)
    )
    assert [result.description for result in results] == ["picture 0", "picture 1"]
    assert [sorted(image) for image in api.asked[0].json["images"]] == [["image_base64"]] * 2 + [["image_url"]]
    assert seen == ["completed"]


async def test_a_picture_that_fails_in_a_batch_is_an_error(client, api):
    api.plan("POST /api/v2/batch/verify", Answer(202, STARTED))
    api.plan(BATCH, state(status="partially_completed"))
    api.plan(RESULTS, Answer(data=BATCH_PAGE))
    with pytest.raises(BatchError, match="1 of 2 pictures failed; first: No") as caught:
        await client.verify(object_keys=["k1", "k2"], contents=["a car", "a boat"])
    assert caught.value.failed_items == ["n2"]
    assert [pair["text"] for pair in api.asked[0].json["image_text_pairs"]] == ["a car", "a boat"]


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.describe(),
        lambda client: client.describe("https://a", object_key="k"),
        lambda client: client.describe(b""),
        lambda client: client.describe([b"x"], max_parallel=21),
        lambda client: client.describe([b"x"], timeout_per_item=1),
        lambda client: client.describe([]),
        lambda client: client.verify(b"x"),
        lambda client: client.verify(b"x", "text", mode="guess"),
        lambda client: client.verify(images=[b"x", b"y"], contents=["a", "b", "c"]),
    ],
)
async def test_what_no_server_takes_is_refused_before_sending(client, api, call):
    with pytest.raises(ValidationError):
        await call(client)
    assert not api.asked


async def test_a_picture_that_is_not_there_is_an_upload_error(client, tmp_path):
    with pytest.raises(UploadError, match="Cannot read"):
        await client.describe(tmp_path / "none.jpg")


async def test_a_cloud_job_is_waited_for_and_tells_every_state(client, api):
    api.plan(JOBS, Answer(data={"job": {**JOB, "status": "in_progress"}}), Answer(data={"job": JOB}))
    heard = []
    job = await client.cloud_storage.wait_for_job("j1", on_progress=lambda event: heard.append(event.is_terminal))
    assert (job.status, job.is_successful, heard) == ("partial", True, [False, True])


async def test_a_cloud_job_that_failed_is_an_error(client, api):
    api.plan("POST /api/v2/cloud-storage/export", Answer(data={"job_id": "j1", "is_async": True, "message": ""}))
    api.plan(JOBS, Answer(data={"job": {**JOB, "status": "failed", "error": "The token is revoked"}}))
    with pytest.raises(CloudStorageError, match="revoked") as caught:
        await client.cloud_storage.export_and_wait("c1", ["i1"])
    assert (caught.value.job_id, caught.value.job_status) == ("j1", "failed")


async def test_an_import_may_be_over_with_the_answer(client, api):
    answer = {"image_ids": ["i1"], "total_files": 1, "is_async": False, "message": "Done."}
    api.plan("POST /api/v2/cloud-storage/import", Answer(data=answer))
    job = await client.cloud_storage.import_and_wait("c1", [{"id": "g1", "name": "a.jpg"}])
    assert (job.status, job.completed_files, len(api.asked)) == ("completed", 1, 1)


async def test_a_page_is_waited_for(client, api):
    pending = {**LINK_FILE, "crawl_status": "processing"}
    api.plan("POST /api/v2/user-files/links", Answer(201, {"id": "l1", "source_url": "https://example.org/a"}))
    api.plan(LINK, Answer(data=pending), Answer(data={**LINK_FILE, "crawl_status": "failed", "crawl_error": "No."}))
    link = await client.links.create_and_wait("https://example.org/a")
    assert (link.is_crawl_failed, link.crawl_error) == (True, "No.")


async def test_a_page_that_takes_too_long_is_a_timeout_with_the_last_state(client, api):
    api.plan(LINK, *[Answer(data={**LINK_FILE, "crawl_status": "queued"})] * 100)
    with pytest.raises(AionvisionTimeoutError) as caught:
        await client.links.wait_for_crawl("l1", timeout=0.02)
    assert caught.value.last_result.is_crawling


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.links.create("ftp://example.org"),
        lambda client: client.links.create("https://" + "a" * 2048),
        lambda client: client.links.create("https://example.org", title="x" * 501),
        lambda client: client.links.create("https://example.org", tags=["x"] * 41),
        lambda client: client.links.create("https://example.org", tags=["x" * 51]),
        lambda client: client.links.update("l1"),
        lambda client: client.folders.create("a/b"),
        lambda client: client.folders.create(""),
        lambda client: client.folders.rename("d1", "x" * 256),
        lambda client: client.folders.delete("d1", mode="burn"),
        lambda client: client.folders.move_files([]),
        lambda client: client.folders.move_files(["a", "a"]),
        lambda client: client.colors.search(),
        lambda client: client.colors.extract("i1", n_colors=2),
        lambda client: client.documents.search(""),
        lambda client: client.documents.search("x", similarity_threshold=2),
        lambda client: client.documents.list(status_filter="done"),
        lambda client: client.documents.batch_delete(["a", "a"]),
        lambda client: client.agent_operations.analyze_documents("x", []),
        lambda client: client.agent_operations.synthesize(""),
        lambda client: client.tenant.update_settings(),
        lambda client: client.tenant.invite_member("a@example.org", role="king"),
        lambda client: client.video_analysis.queue("v1", priority="now"),
        lambda client: client.video_uploads.batch_initiate([{}] * 11),
        lambda client: client.audit.list(limit=101),
        lambda client: client.pipeline().run(),
    ],
)
async def test_what_is_out_of_bounds_is_refused_before_sending(client, api, call):
    with pytest.raises(ValidationError):
        await call(client)
    assert not api.asked


def test_a_pipeline_refuses_what_cannot_run(client):
    pipeline = client.pipeline().search_images("a")
    with pytest.raises(ValidationError, match="earlier"):
        pipeline.analyze("b", depends_on=[1])
    for _ in range(9):
        pipeline.synthesize("c")
    with pytest.raises(ValidationError, match="at most 10"):
        pipeline.synthesize("d")
    assert len(pipeline.steps) == 10
