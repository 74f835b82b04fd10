"""Files against a server on this machine."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest

from aion import AionvisionConnectionError, ResourceNotFoundError, ServerError, ValidationError

from .stand_in import Answer


async def upload(client, photo, *names):
    return await client.upload([photo(name) for name in names], wait_for_descriptions=False)


async def test_pages_follow_one_another_to_the_end(client, api, photo):
    names = [f"{n}.jpg" for n in range(5)]
    api.max_batch_size = 5
    await upload(client, photo, *names)
    listed = [file.filename async for file in client.files.list_all(page_size=2)]
    assert listed == names
    assert len(api.asked_for("GET /api/v2/user-files")) == 3


async def test_filters_travel_as_they_are_meant(client, api):
    await client.files.list(
        search="red & blue",
        tags=["a b", "c"],
        date_from=datetime(2026, 1, 1, tzinfo=timezone.utc),
        has_description=True,
        media_types=["image", "video"],
        folder_id="f-1",
        deleted=True,
        limit=7,
    )
    expected = (
        "search=red+%26+blue&search_mode=all&tags=a+b&tags=c&date_from=2026-01-01T00%3A00%3A00%2B00%3A00"
        "&has_description=true&media_types=image&media_types=video&folder_id=f-1&deleted=true&limit=7&offset=0"
        "&sort_order=desc"
    )
    assert api.asked[0].query == expected


async def test_a_search_is_sorted_by_relevance_unless_another_order_is_asked_for(client, api):
    await client.files.list(search="red")
    await client.files.list(search="red", sort_by="title")
    await client.files.list()
    sorts = [re.findall(r"sort_by=(\w+)", asked.query) for asked in api.asked]
    assert sorts == [[], ["title"], ["content_created_at"]]


async def test_an_empty_list_of_ids_finds_nothing_and_asks_nothing(client, api):
    page = await client.files.list(ids=[])
    assert (page.files, page.total_count, page.has_more, api.asked) == ([], 0, False, [])


@pytest.mark.parametrize(
    "filters",
    [
        {"limit": 0},
        {"limit": 101},
        {"ids": ["x"] * 501},
        {"search_mode": "smell"},
        {"sort_by": "mood"},
        {"sort_order": "up"},
    ],
)
async def test_filters_that_cannot_be_right_are_refused(client, api, filters):
    with pytest.raises(ValidationError):
        await client.files.list(**filters)
    assert not api.asked


async def test_details_are_read_whatever_else_the_server_sends(client, api):
    details = {"id": "f1", "surprise": [1], "full_descriptions": [{"id": "d", "description": "x", "new": 1}, None]}
    api.plan("GET /api/v2/user-files/f1", Answer(data={**details, "created_at": "yesterday", "size_bytes": None}))
    file = await client.files.get("f1")
    assert (file.id, file.size_bytes, file.created_at, file.object_key) == ("f1", 0, None, "")
    assert [one.description for one in file.full_descriptions] == ["x"]


async def test_an_id_cannot_lead_elsewhere(client, api):
    with pytest.raises(ResourceNotFoundError):
        await client.files.get("a/../../admin?x=1#y")
    # the server has decoded the path once
    assert api.asked[0].path == "/api/v2/user-files/a/../../admin?x=1#y"
    assert api.asked[0].query == ""


@pytest.mark.parametrize("file_id", ["", ".", ".."])
async def test_an_id_of_dots_is_refused(client, api, file_id):
    with pytest.raises(ValidationError):
        await client.files.delete(file_id)
    assert not api.asked


async def test_a_change_sends_only_what_is_given(client, api):
    api.plan("PATCH /api/v2/user-files/f1", Answer(data={"id": "f1", "title": "New"}))
    assert (await client.files.update("f1", title="New")).title == "New"
    assert api.asked[0].json == {"title": "New"}


@pytest.mark.parametrize(("tags", "sent"), [("a, b", ["a", "b"]), ("abc", ["abc"]), (("a", "b"), ["a", "b"]), ("", [])])
async def test_a_string_of_tags_is_split_at_commas_not_into_letters(client, api, tags, sent):
    api.plan("PATCH /api/v2/user-files/f1", Answer(data={"id": "f1"}))
    await client.files.update("f1", tags=tags)
    assert api.asked[0].json == {"tags": sent}


async def test_a_filter_splits_a_string_of_tags_alike(client, api):
    await client.files.list(tags="a, b")
    assert re.findall(r"tags=(\w+)", api.asked[0].query) == ["a", "b"]


async def test_a_change_of_nothing_is_refused(client):
    with pytest.raises(ValidationError, match="title or tags"):
        await client.files.update("f1")


async def test_a_deleted_file_can_be_restored(client, api):
    api.plan("DELETE /api/v2/user-files/f1", Answer(data={"id": "f1", "deleted_at": "2026-01-01T00:00:00Z"}))
    api.plan("POST /api/v2/user-files/f1/restore", Answer(data={"id": "f1", "message": "Back."}))
    assert (await client.files.delete("f1")).deleted_at.year == 2026
    assert (await client.files.restore("f1")).message == "Back."


async def test_a_batch_deletion_tells_each_fate(client, api):
    fates = {"deleted": [{"id": "a", "status": "deleted"}], "skipped": [{"id": "b", "status": "processing"}]}
    api.plan("POST /api/v2/user-files/batch-delete", Answer(data={**fates, "summary": {"deleted": 1, "odd": "x"}}))
    answer = await client.files.batch_delete(["a", "b"])
    assert [one.id for one in answer.deleted + answer.skipped] == ["a", "b"]
    assert (answer.failed, answer.summary) == ([], {"deleted": 1})


@pytest.mark.parametrize("ids", [[], ["a", "a"], [str(n) for n in range(101)], "abc"])
async def test_a_batch_deletion_takes_1_to_100_different_ids(client, api, ids):
    with pytest.raises(ValidationError):
        await client.files.batch_delete(ids)
    assert not api.asked


async def test_a_variant_is_an_absolute_address(client, api):
    url = await client.files.get_variant("f1", "tiny_64")
    assert url == api.base_url.replace("/api/v2", "/signed/f1")


async def test_a_variant_of_another_name_is_refused(client):
    with pytest.raises(ValidationError, match="medium_750"):
        await client.files.get_variant("f1", "huge")


async def test_a_variant_without_an_address_is_a_server_error(client, api):
    api.plan("GET /api/v2/user-files/f1/variant/original", Answer(data={}))
    with pytest.raises(ServerError, match="no address"):
        await client.files.get_variant("f1", "original")


async def test_a_download_follows_the_address_without_the_key(client, api, photo):
    stored = (await upload(client, photo, "a.jpg"))[0]
    assert await client.files.download(stored.image_id) == b"\xff\xd8 some bytes"
    last = api.asked[-1]
    assert last.path.startswith("/signed/")
    assert not {"authorization", "x-tenant-id", "x-request-id"} & set(last.headers)


async def test_a_download_does_not_follow_to_other_schemes(client, api):
    api.plan("GET /api/v2/user-files/f1/download", Answer(302, headers={"location": "file:///etc/passwd"}))
    with pytest.raises(ServerError, match="cannot be used"):
        await client.files.download("f1")


async def test_variants_can_be_made_anew(client, api):
    api.plan("POST /api/v2/user-files/f1/trigger-variants", Answer(data={"task_id": "t"}))
    assert await client.files.trigger_variant_generation("f1") == {"task_id": "t"}


async def test_a_download_is_written_as_it_comes(client, api, photo, tmp_path):
    stored = (await upload(client, photo, "a.jpg"))[0]
    target = tmp_path / "copy.jpg"
    assert await client.files.download_to(stored.image_id, target) == target
    assert target.read_bytes() == b"\xff\xd8 some bytes"
    assert not list(tmp_path.glob("*.part"))


async def test_an_archive_is_written_as_it_comes(client, api, tmp_path):
    api.plan("POST /api/v2/user-files/archive", Answer(blocks=[b"PK", b"zip"]))
    target = await client.files.download_archive(["a", "b"], tmp_path / "all.zip")
    assert target.read_bytes() == b"PKzip"
    assert api.asked[-1].json == {"file_ids": ["a", "b"]}


async def test_a_download_that_breaks_leaves_nothing_behind(client, api, tmp_path):
    api.plan("POST /api/v2/user-files/archive", Answer(blocks=[b"PK"], breaks=True))
    with pytest.raises(AionvisionConnectionError, match="cut off"):
        await client.files.download_archive(["a"], tmp_path / "all.zip")
    assert list(tmp_path.iterdir()) == []
