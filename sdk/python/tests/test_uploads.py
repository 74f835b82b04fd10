"""Uploads against a server on this machine."""

from __future__ import annotations

import tracemalloc

import pytest

from aion import (
    AionvisionPermissionError,
    AionvisionTimeoutError,
    DescriptionError,
    DescriptionStatus,
    QuotaExceededError,
    StorageTarget,
    UploadError,
    ValidationError,
)

from .stand_in import Answer

BATCH = "POST /api/v2/user-files/upload/stream-batch"
ONE = "POST /api/v2/user-files/upload/stream"
LIST = "GET /api/v2/user-files"


async def test_one_file_comes_back_stored_and_described(client, api, photo):
    result = await client.upload_one(photo("kitchen.jpg"), title="My kitchen", tags=["a", "b"], folder_id="f1")
    assert (result.filename, result.description) == ("kitchen.jpg", "a picture called kitchen.jpg")
    assert (result.tags, result.visible_text, result.confidence_score) == (["x"], "EXIT", 0.9)
    assert result.description_status is DescriptionStatus.COMPLETED
    stored = api.files[result.image_id]
    assert stored["content"] == b"\xff\xd8 some bytes"
    expected = {"storage_target": "default", "title": "My kitchen", "tags": "a,b", "folder_id": "f1"}
    assert stored["fields"] == expected


async def test_without_waiting_the_description_is_pending(client, api, photo):
    result = await client.upload_one(photo(), wait_for_descriptions=False)
    assert result.is_pending
    assert not api.asked_for(LIST)


async def test_bytes_travel_under_the_name_given(client, api):
    result = await client.upload_one(b"\x89PNG bytes", filename="memory.png")
    assert result.filename == "memory.png"
    assert b"Content-Type: image/png" in api.asked_for(ONE)[0].body


async def test_a_filename_with_quotes_and_umlauts_arrives_as_it_is(client, photo):
    result = await client.upload_one(photo("größe 1.jpg"), filename='grö"ße.jpg')
    assert result.filename == 'grö"ße.jpg'
    listed = await client.files.list(ids=[result.image_id])
    assert listed.files[0].filename == "grö%22ße.jpg"


async def test_a_folder_is_sent_in_chunks_the_server_takes(client, api, photo):
    for index in range(7):
        photo(f"album/{index}.jpg", f"content {index}".encode())
    folder = photo("album/notes.txt").parent
    results = await client.upload(folder)
    assert [result.filename for result in results] == [f"{index}.jpg" for index in range(7)]
    assert [api.files[result.image_id]["content"] for result in results] == [f"content {n}".encode() for n in range(7)]
    assert results.summary() == "7 succeeded"
    assert len(api.asked_for(BATCH)) == 3


async def test_chunks_travel_as_many_at_a_time_as_the_server_allows(client, api):
    api.upload_seconds = 0.02
    await client.upload([b"x"] * 18, filenames=["x.jpg"] * 18, wait_for_descriptions=False)
    assert api.most_uploading == 2


async def test_a_server_that_names_no_caps_gets_small_chunks_one_by_one(client, api):
    api.max_batch_size = api.max_concurrent = None
    await client.upload([b"x"] * 25, filenames=["x.jpg"] * 25, wait_for_descriptions=False)
    assert len(api.asked_for(BATCH)) == 3
    assert api.most_uploading == 1


async def test_many_descriptions_are_asked_for_in_one_request(client, api):
    api.max_batch_size = 200
    await client.upload([b"x"] * 150, filenames=["x.jpg"] * 150)
    assert len(api.asked_for(LIST)) == 2


async def test_callbacks_come_in_order(client, api, photo):
    api.polls_until_described = 2
    heard = []
    paths = [photo("a.jpg"), photo("b.jpg", b"undescribable"), photo("c.jpg")]
    await client.upload(
        paths,
        raise_on_failure=False,
        on_progress=lambda event: heard.append(("read", event.file_index, event.progress_percent)),
        on_file_complete=lambda event: heard.append(("stored", event.file_index, event.result.is_stored)),
        on_description_progress=lambda event: heard.append(("described", event.completed_count, event.remaining_count)),
        on_description_failed=lambda event: heard.append(("failed", event.file_index, event.is_retryable)),
    )
    assert heard[:6] == [*(("read", n, 100.0) for n in range(3)), *(("stored", n, True) for n in range(3))]
    assert heard[6:] == [("described", 1, 2), ("described", 2, 1), ("failed", 1, True), ("described", 3, 0)]


async def test_a_repeated_request_reports_each_file_once(client, api, photo):
    api.plan(BATCH, Answer(503))
    heard = []
    await client.upload([photo()], on_progress=lambda event: heard.append(event.file_index))
    assert heard == [0]
    first, second = api.asked_for(BATCH)
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body


async def test_a_failing_callback_ends_the_upload(client, photo):
    def refuse(event):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await client.upload([photo()], on_file_complete=refuse)


async def test_a_failed_description_raises_with_all_results(client, photo):
    with pytest.raises(DescriptionError, match="1 succeeded, 1 failed \\(1 retryable\\)") as caught:
        await client.upload([photo("a.jpg"), photo("b.jpg", b"undescribable")])
    results = caught.value.partial_results
    assert [result.filename for result in results.retryable()] == ["b.jpg"]
    assert caught.value.details["image_id"] == results[1].image_id
    assert results[1].description_error_type == "timeout"


async def test_a_rejected_file_raises_and_the_others_are_kept(client, photo):
    paths = [photo("a.jpg"), photo("b.jpg", b"reject me"), photo("c.jpg")]
    with pytest.raises(UploadError, match=r"1 of 3 files.*b.jpg: It is a text file") as caught:
        await client.upload(paths)
    assert [result.is_stored for result in caught.value.partial_results] == [True, False, True]


async def test_a_rejected_file_is_a_failed_result_when_asked(client, photo):
    paths = [photo("a.jpg", b"reject me"), photo("b.jpg")]
    results = await client.upload(paths, raise_on_failure=False)
    assert [result.filename for result in results.failed()] == ["a.jpg"]
    assert (results[0].description_error_type, results[0].description_is_retryable) == ("validation", False)
    assert results[1].description == "a picture called b.jpg"


async def test_results_the_server_holds_back_are_fetched_from_the_session(client, api, photo):
    api.tells_results = False
    paths = [photo(f"{n}.jpg", f"content {n}".encode()) for n in range(3)]
    results = await client.upload(paths)
    assert [result.filename for result in results] == ["0.jpg", "1.jpg", "2.jpg"]
    assert [api.files[result.image_id]["content"] for result in results] == [b"content 0", b"content 1", b"content 2"]
    assert results.succeeded_count == 3


async def test_a_session_that_cannot_be_read_is_an_upload_error(client, api, photo):
    api.tells_results = False
    api.plan(BATCH, Answer(data={"session_id": "s1", "accepted_files": 1}))
    api.plan("GET /api/v2/uploads/sessions/s1/status", Answer(404))
    with pytest.raises(UploadError) as caught:
        await client.upload([photo()])
    assert (caught.value.details["stage"], caught.value.session_id) == ("session_results", "s1")


async def test_the_quota_is_asked_before_anything_is_sent(client, api, photo):
    api.available = 1
    with pytest.raises(QuotaExceededError, match="The month is used up") as caught:
        await client.upload([photo("a.jpg"), photo("b.jpg")])
    assert caught.value.details == {"available": 1, "limit": 100}
    assert not api.asked_for(BATCH)


async def test_a_quota_that_ends_midway_hands_over_what_was_stored(client, api):
    api.max_concurrent = 1
    stored = await client.upload([b"x"] * 3, filenames=["x.jpg"] * 3, wait_for_descriptions=False)
    results = [
        {"image_id": one.image_id, "filename": "x.jpg", "object_key": "k", "status": "processing"} for one in stored
    ]
    over = {"error": {"code": "USAGE_LIMIT_EXCEEDED", "message": "full", "details": {"limit": 7}}}
    api.plan(BATCH, Answer(data={"immediate_results": results}), Answer(402, over))
    with pytest.raises(QuotaExceededError) as caught:
        await client.upload([b"x"] * 6, filenames=["x.jpg"] * 6)
    assert len(caught.value.partial_results) == 3
    assert caught.value.limit == 7


async def test_a_chunk_that_fails_hands_over_what_was_stored(client, api):
    api.max_concurrent = 1
    stored = {"image_id": "i", "filename": "x.jpg", "object_key": "k", "status": "processing"}
    api.plan(BATCH, Answer(data={"immediate_results": [stored] * 3}), Answer(403))
    with pytest.raises(UploadError, match="3 of 6 files") as caught:
        await client.upload([b"x"] * 6, filenames=["x.jpg"] * 6)
    assert (len(caught.value.partial_results), caught.value.details["stage"]) == (3, "chunk_upload")


async def test_a_description_that_does_not_come_times_out_with_the_results(client, api, photo):
    api.polls_until_described = 10**6
    with pytest.raises(AionvisionTimeoutError, match="1 of 1 descriptions") as caught:
        await client.upload([photo()], description_timeout=0.05)
    assert caught.value.last_result[0].is_stored


async def test_a_server_that_stumbles_while_waiting_does_not_lose_the_upload(client, api, photo):
    api.plan(LIST, *[Answer(500)] * 4)
    assert (await client.upload_one(photo())).is_completed


async def test_a_file_deleted_while_waiting_is_failed(client, api, photo):
    api.plan(LIST, Answer(data={"files": [], "total_count": 0, "has_more": False}))
    result = await client.upload_one(photo(), raise_on_failure=False)
    assert (result.is_failed, result.description_error) == (True, "The file was deleted")


async def test_a_skipped_duplicate_takes_the_id_of_the_file_it_repeats(client, api, photo):
    first = await client.upload_one(photo())
    answer = {"image_id": "new", "object_key": "k", "status": "skipped", "skipped": True}
    api.plan(ONE, Answer(data={**answer, "skipped_existing_image_id": first.image_id}))
    second = await client.upload_one(photo())
    assert (second.image_id, second.skipped, second.is_completed) == (first.image_id, True, True)


async def test_what_is_there_already_is_skipped_when_asked(client, api, photo):
    first = await client.upload_one(photo("a.jpg", b"one"))
    again = await client.upload_one(photo("b.jpg", b"one"), skip_duplicates=True)
    results = await client.upload([photo("c.jpg", b"one"), photo("d.jpg", b"two")], skip_duplicates=True)
    batch = await client.uploads.upload_batch([photo("e.jpg", b"two")], skip_duplicates=True)
    assert [one.skipped for one in (first, again, *results, *batch)] == [False, True, True, False, True]
    assert {one.image_id for one in (first, again, results[0])} == {first.image_id}
    assert (results.summary(), batch[0].description) == ("2 succeeded", "a picture called d.jpg")
    assert len(api.files) == 2


async def test_the_same_bytes_are_stored_again_unless_asked_otherwise(client, api, photo):
    for name in ("a.jpg", "b.jpg"):
        assert not (await client.upload_one(photo(name))).skipped
    assert len(api.files) == 2
    assert all("skip_duplicates" not in file["fields"] for file in api.files.values())


async def test_a_duplicate_named_only_by_its_session_is_skipped_too(client, api, photo):
    entry = {"image_id": "i", "filename": "photo.jpg", "status": "skipped"}
    api.plan(BATCH, Answer(data={"session_id": "s1", "accepted_files": 1}))
    api.plan("GET /api/v2/uploads/sessions/s1/status", Answer(data={"status": "completed"}))
    api.plan("GET /api/v2/uploads/sessions/s1/results", Answer(data={"results": [entry]}))
    results = await client.upload([photo()], skip_duplicates=True, wait_for_descriptions=False)
    assert [(one.image_id, one.skipped) for one in results] == [("i", True)]


async def test_an_empty_file_is_a_failed_result_and_the_others_are_uploaded(client, api, photo):
    contents = {"a.jpg": b"a", "b.jpg": b"", "c.jpg": b"c", "d.jpg": b"d", "e.jpg": b"e"}
    for name, content in contents.items():
        folder = photo(f"album/{name}", content).parent
    stored = []
    results = await client.upload(
        folder, raise_on_failure=False, on_file_complete=lambda event: stored.append((event.file_index, event.result))
    )
    assert [result.filename for result in results] == [*contents]
    assert [result.is_stored for result in results] == [True, False, True, True, True]
    assert sorted((index, result.filename) for index, result in stored) == [
        (0, "a.jpg"),
        (2, "c.jpg"),
        (3, "d.jpg"),
        (4, "e.jpg"),
    ]
    assert [results[n].description for n in (0, 2)] == ["a picture called a.jpg", "a picture called c.jpg"]
    empty = results[1]
    assert (empty.description_error, empty.description_error_type) == ("The file is empty", "validation")
    assert (empty.is_failed, empty.description_is_retryable) == (True, False)
    assert api.asked[0].query == "file_count=4"


async def test_empty_files_alone_are_failed_results_and_nothing_is_sent(client, api):
    results = await client.upload([b"", b""], filenames=["a.jpg", "b.jpg"], raise_on_failure=False)
    assert results.summary() == "0 succeeded, 2 failed (0 retryable)"
    assert not api.asked_for(BATCH)


@pytest.mark.parametrize("raises", [True, False])
async def test_one_file_that_is_empty_is_refused(client, api, photo, raises):
    with pytest.raises(ValidationError, match="is empty"):
        await client.upload_one(photo(content=b""), raise_on_failure=raises)
    assert not api.asked


async def test_a_request_that_fails_beside_an_empty_file_is_told_as_it_is(client, api):
    api.plan(BATCH, Answer(403))
    with pytest.raises(AionvisionPermissionError):
        await client.upload([b"", b"x"], filenames=["a.jpg", "b.jpg"], raise_on_failure=False)


async def test_pictures_of_phones_are_taken_from_folders_too(client, api, photo):
    for name in ("a.HEIC", "b.heif", "c.avif", "d.tiff"):
        folder = photo(f"phone/{name}", name.encode()).parent
    results = await client.upload(folder)
    assert [result.filename for result in results] == ["a.HEIC", "b.heif", "c.avif"]
    sent = api.asked_for(BATCH)[0].body
    assert all(b"Content-Type: image/" + kind in sent for kind in (b"heic", b"heif", b"avif"))


@pytest.mark.parametrize("tags", ["a, b,", ["a", "b"]])
async def test_a_string_of_tags_is_split_at_commas(client, api, photo, tags):
    one = await client.upload_one(photo("a.jpg"), tags=tags)
    several = await client.upload([photo("b.jpg")], tags=tags)
    assert [api.files[result.image_id]["fields"]["tags"] for result in (one, *several)] == ["a,b", "a,b"]


async def test_waiting_can_be_taken_up_later(client, photo):
    results = await client.upload([photo("a.jpg"), photo("b.jpg")], wait_for_descriptions=False)
    assert results.pending_count == 2
    described = await client.uploads.wait_for_descriptions(results)
    assert described.summary() == "2 succeeded"


async def test_one_description_can_be_awaited_by_id(client, api, photo):
    api.polls_until_described = 3
    result = await client.upload_one(photo("sea.jpg"), wait_for_descriptions=False)
    status = await client.uploads.wait_for_description(result.image_id, poll_interval=0.001)
    assert (status.is_successful, status.description) == (True, "a picture called sea.jpg")


async def test_a_failed_description_awaited_by_id_is_told_as_a_status(client, photo):
    result = await client.upload_one(photo(content=b"undescribable"), wait_for_descriptions=False)
    status = await client.uploads.wait_for_description(result.image_id)
    assert (status.is_complete, status.is_successful, status.status) == (True, False, "failed")


async def test_awaiting_one_description_can_time_out(client, api, photo):
    api.polls_until_described = 10**6
    result = await client.upload_one(photo(), wait_for_descriptions=False)
    with pytest.raises(AionvisionTimeoutError) as caught:
        await client.uploads.wait_for_description(result.image_id, timeout=0.02, poll_interval=0.005)
    assert caught.value.last_result.status == "processing"


async def test_a_large_file_is_never_in_memory_as_a_whole(client, api, tmp_path):
    api.keeps_bodies = False
    answer = {"image_id": "i", "object_key": "k", "status": "processing"}
    api.plan(ONE, Answer(data=answer))
    path, size_bytes = tmp_path / "large.jpg", 50 * 1024 * 1024
    with path.open("wb") as file:
        file.truncate(size_bytes)
    tracemalloc.start()
    try:
        await client.upload_one(path, wait_for_descriptions=False)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert api.asked_for(ONE)[0].size_bytes > size_bytes
    assert peak_bytes < 8 * 1024 * 1024


async def test_a_file_that_shrinks_while_it_is_sent_is_an_upload_error(client, photo):
    path = photo("a.jpg", b"x" * 1000)
    heard = []

    def shrink(event):
        heard.append(event.file_index)
        path.write_bytes(b"x")

    with pytest.raises(UploadError, match="became shorter"):
        await client.upload([photo("first.jpg"), path], on_progress=shrink)
    assert heard == [0]


@pytest.mark.parametrize("target", ["custom", StorageTarget.CUSTOM])
async def test_the_storage_target_is_a_word_or_a_member(client, api, photo, target):
    result = await client.upload_one(photo(), storage_target=target)
    assert api.files[result.image_id]["fields"]["storage_target"] == "custom"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"files": b"bytes"}, "Bytes need a filename"),
        ({"files": [b"a", b"b"], "filenames": ["a.jpg"]}, "filenames must name each file"),
        ({"files": "no/such/file.jpg"}, "There is no file or folder"),
        ({"files": "no/such/folder"}, "There is no file or folder"),
        ({"files": "no/such/folder", "raise_on_failure": False}, "There is no file or folder"),
        ({"files": b"text", "filename": "notes.txt"}, "not of a supported type"),
        ({"files": b"text", "filename": "slides.PPTX"}, "client.documents takes documents"),
        ({"files": b"", "filename": "a.jpg"}, "is empty"),
        ({"files": []}, "no supported file"),
        ({"files": b"a", "filename": "a.jpg", "storage_target": "moon"}, "storage_target"),
        ({"files": b"a", "filename": "a.jpg", "tags": ["a,b"]}, "comma"),
    ],
)
async def test_what_cannot_be_uploaded_is_refused_before_sending(client, api, arguments, message):
    with pytest.raises(ValidationError, match=message):
        await client.upload(arguments.pop("files"), **arguments)
    assert not api.asked


async def test_a_folder_is_not_one_file(client, photo):
    with pytest.raises(ValidationError, match="takes one file"):
        await client.upload_one(photo().parent)


async def test_the_batch_form_says_what_the_pictures_are_for(client, api, photo):
    results = await client.uploads.upload_batch([photo()], verification_level="quick")
    fields = api.files[results[0].image_id]["fields"]
    assert (fields["intent"], fields["verification_level"]) == ("describe", "quick")
