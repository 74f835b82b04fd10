"""Videos: chunks that travel side by side, come again when they failed, and an upload given up when they cannot."""

from __future__ import annotations

import asyncio

import pytest

from aion import QuotaExceededError, ServerError, ValidationError, VideoAnalysisError, VideoUploadError

from .stand_in import Answer

MOVIE = bytes(range(256)) * 4  # 1,024 bytes in chunks of 300


@pytest.fixture
def storage(api):
    """Plans an upload of MOVIE; `put` has what arrived, `fails` how often each chunk is refused first."""
    storage = Storage(api)
    storage.plan()
    return storage


class Storage:
    def __init__(self, api):
        self.api = api
        self.base = api.base_url.replace("/api/v2", "")
        self.sizes = [300, 300, 300, 124]

    def plan(self):
        chunks = [
            {"chunk_number": n, "size_bytes": size, "upload_url": f"{self.base}/put/{n}"}
            for n, size in enumerate(self.sizes, start=1)
        ]
        session = {"media_id": "v1", "upload_id": "u1", "chunks": chunks, "total_chunks": 4}
        self.api.plan("POST /api/v2/video-uploads/initiate", Answer(201, {**session, "concurrent_upload_limit": 2}))
        done = {"media_id": "v1", "status": "completed", "analysis_job_id": "j1", "processing_status": "queued"}
        self.api.plan("POST /api/v2/video-uploads/complete", Answer(data=done))
        for n in range(1, 5):
            self.api.plan(f"PUT /put/{n}", Answer(headers={"etag": f'"e{n}"'}, raw=b""))
            self.api.plan("POST /api/v2/video-uploads/chunks/confirm", Answer(data={"chunk_number": n}))

    def put(self, n):
        return b"".join(one.body for one in self.api.asked_for(f"PUT /put/{n}"))


@pytest.fixture
def movie(photo):
    return photo("movie.mp4", MOVIE)


async def test_chunks_are_sent_confirmed_and_completed(client, api, storage, movie):
    heard, ended = [], []
    result = await client.video_uploads.upload_one(
        movie, title="M", tags="a, b", on_chunk_progress=heard.append, on_upload_complete=ended.append
    )
    assert (result.media_id, result.is_completed, result.is_analyzing) == ("v1", True, True)
    assert b"".join(storage.put(n) for n in range(1, 5)) == MOVIE
    confirmed = [one.json for one in api.asked_for("POST /api/v2/video-uploads/chunks/confirm")]
    assert sorted((one["chunk_number"], one["etag"], one["size_bytes"]) for one in confirmed) == [
        (1, '"e1"', 300),
        (2, '"e2"', 300),
        (3, '"e3"', 300),
        (4, '"e4"', 124),
    ]
    assert [event.bytes_uploaded for event in heard][-1] == 1024
    assert heard[-1].progress_percent == 100.0
    assert ended[0].result == result
    began = api.asked_for("POST /api/v2/video-uploads/initiate")[0].json
    assert began == {"filename": "movie.mp4", "content_type": "video/mp4", "size_bytes": 1024, "title": "M"} | {
        "tags": ["a", "b"]
    }


async def test_the_key_does_not_reach_the_storage(client, api, storage, movie):
    await client.video_uploads.upload_one(movie)
    put = api.asked_for("PUT /put/1")[0]
    assert not {"authorization", "x-request-id", "idempotency-key"} & set(put.headers)
    assert put.headers["content-length"] == "300"


async def test_a_chunk_that_fails_is_sent_again_to_a_fresh_address(client, api, storage, movie):
    api.planned["PUT /put/2"].appendleft(Answer(503))
    fresh = {"chunk_number": 2, "upload_url": f"{storage.base}/put/2", "retry_attempt": 1, "max_retries": 3}
    api.plan("POST /api/v2/video-uploads/chunks/retry", Answer(data=fresh))
    await client.video_uploads.upload_one(movie)
    assert len(api.asked_for("PUT /put/2")) == 2
    assert len(api.asked_for("POST /api/v2/video-uploads/chunks/retry")) == 1


async def test_a_chunk_that_keeps_failing_gives_the_upload_up(client, api, storage, movie):
    api.planned["PUT /put/3"].extendleft([Answer(403)] * 3)
    fresh = {"chunk_number": 3, "upload_url": f"{storage.base}/put/3"}
    api.plan("POST /api/v2/video-uploads/chunks/retry", *[Answer(data=fresh)] * 3)
    api.plan("POST /api/v2/video-uploads/abort", Answer(data={"media_id": "v1", "status": "aborted"}))
    with pytest.raises(VideoUploadError) as caught:
        await client.video_uploads.upload_one(movie, max_chunk_retries=2)
    assert (caught.value.stage, caught.value.media_id) == ("chunk_upload", "v1")
    assert len(api.asked_for("POST /api/v2/video-uploads/abort")) == 1
    assert not api.asked_for("POST /api/v2/video-uploads/complete")


async def test_chunks_that_do_not_add_up_are_not_sent(client, api, movie):
    storage = Storage(api)
    storage.sizes = [300, 300]
    storage.plan()
    api.plan("POST /api/v2/video-uploads/abort", Answer())
    with pytest.raises(VideoUploadError, match="add up"):
        await client.video_uploads.upload_one(movie)


async def test_a_refusal_to_begin_is_raised_as_what_it_is(client, api, movie):
    fault = {"error": {"code": "USAGE_LIMIT_EXCEEDED", "message": "Used up."}}
    api.plan("POST /api/v2/video-uploads/initiate", Answer(402, fault))
    with pytest.raises(QuotaExceededError):
        await client.video_uploads.upload_one(movie)


async def test_the_server_decides_how_many_chunks_travel_at_once(client, api, storage, movie, monkeypatch):
    now, most = 0, 0
    answer = api.answer

    async def slow(asked):
        nonlocal now, most
        now += asked.method == "PUT"
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= asked.method == "PUT"
        return await answer(asked)

    monkeypatch.setattr(api, "answer", slow)
    await client.video_uploads.upload_one(movie)
    assert most == 2


async def test_scenes_can_be_waited_for(client, api, storage, movie):
    states = ("pending", "uploading_to_vlm", "completed")
    api.plan("GET /api/v2/video-analysis/jobs/j1", *[Answer(data=job(state)) for state in states])
    heard = []
    result = await client.video_uploads.upload_one(movie, wait_for_analysis=True, on_analysis_progress=heard.append)
    assert result.processing_status == "completed"
    assert [event.is_terminal for event in heard] == [False, False, True]


async def test_an_analysis_that_fails_is_an_error(client, api):
    api.plan("GET /api/v2/video-analysis/jobs/j1", Answer(data={**job("failed"), "error_message": "No frames."}))
    with pytest.raises(VideoAnalysisError, match="No frames") as caught:
        await client.video_analysis.wait_for_completion("j1")
    assert (caught.value.analysis_job_id, caught.value.status) == ("j1", "failed")


def job(status):
    return {"analysis_job_id": "j1", "media_id": "v1", "status": status}


async def test_a_folder_of_videos_is_uploaded_one_after_the_other(client, api, storage, movie, photo, tmp_path):
    photo("other.webm", MOVIE)
    photo("notes.txt", b"no video")
    storage.plan()
    results = await client.video_uploads.upload(tmp_path)
    assert [result.media_id for result in results] == ["v1", "v1"]
    with pytest.raises(ValidationError, match="single"):
        await client.video_uploads.upload(tmp_path, title="Both")


async def test_a_storage_that_names_no_etag_is_a_server_error(client, api, storage, movie):
    api.planned["PUT /put/1"].clear()
    api.plan("PUT /put/1", Answer(raw=b""))
    api.plan("POST /api/v2/video-uploads/abort", Answer())
    with pytest.raises(VideoUploadError, match="ETag") as caught:
        await client.video_uploads.upload_one(movie)
    assert isinstance(caught.value.__cause__, ServerError)


def test_the_blocking_client_uploads_videos_too(blocking, storage, movie):
    assert blocking.video_uploads.upload_one(movie).is_completed
