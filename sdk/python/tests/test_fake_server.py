"""The server that users test their programs against, used as they would."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256

import pytest

from aion import (
    AuthenticationError,
    ChatTokenType,
    DescriptionError,
    QuotaExceededError,
    ResourceNotFoundError,
    ServerError,
    ValidationError,
)
from aion.testing import FakeServer, Reply

pytest_plugins = ["aion.testing.fixtures"]


async def test_uploads_become_described_and_search_finds_them(fake_client):
    results = await fake_client.upload([b"1", b"2"], filenames=["red car.jpg", "blue boat.jpg"], tags=["trip"])
    assert [result.description for result in results] == ["A picture of red car.", "A picture of blue boat."]
    found = await fake_client.agent_search.images("boats")
    assert [item.filename for item in found.results] == ["blue boat.jpg"]
    assert found.as_collection().ids == [results[1].image_id]
    assert [file.filename async for file in fake_client.files.list_all(search="car", page_size=1)] == ["red car.jpg"]


async def test_descriptions_take_as_long_as_the_test_says(fake_server, fake_client):
    fake_server.polls_until_ready = 3
    stored = await fake_client.upload_one(b"1", filename="a.jpg", wait_for_descriptions=False)
    assert stored.is_pending
    assert (await fake_client.uploads.wait_for_description(stored.image_id)).is_successful


async def test_descriptions_say_what_the_test_says(fake_server, fake_client):
    fake_server.describe = lambda filename, content: content.decode()
    assert (await fake_client.upload_one(b"a dog", filename="a.jpg")).description == "a dog"
    failing = fake_server.add_file("b.jpg", failure="The model timed out")
    status = await fake_client.uploads.wait_for_description(failing.id)
    assert not status.is_successful


async def test_a_failing_description_is_raised(fake_server, fake_client):
    file = fake_server.add_file("b.jpg", b"1", failure="The model timed out")
    stored = Reply({"image_id": file.id, "filename": "b.jpg", "object_key": "k", "status": "processing"})
    fake_server.answer("POST /user-files/upload/stream", stored)
    with pytest.raises(DescriptionError, match="timed out"):
        await fake_client.upload_one(b"1", filename="b.jpg")


async def test_duplicates_are_skipped_where_that_is_wanted(fake_client):
    first = await fake_client.upload_one(b"1", filename="a.jpg")
    again = await fake_client.upload_one(b"1", filename="b.jpg", skip_duplicates=True)
    assert (again.skipped, again.image_id) == (True, first.image_id)


async def test_files_are_read_changed_deleted_and_restored(fake_client):
    file_id = (await fake_client.upload_one(b"bytes", filename="a.jpg", title="A")).image_id
    assert (await fake_client.files.update(file_id, title="B", tags=["x"])).title == "B"
    assert (await fake_client.files.get(file_id[:8])).tags == ["x"]
    assert await fake_client.files.download(file_id) == b"bytes"
    await fake_client.files.delete(file_id)
    with pytest.raises(ResourceNotFoundError):
        await fake_client.files.get(file_id)
    await fake_client.files.restore(file_id)
    assert (await fake_client.files.batch_delete([file_id, "nothing"])).summary == {
        "deleted": 1,
        "skipped": 0,
        "failed": 1,
    }


async def test_documents_are_read_and_searched(fake_client):
    text = b"The rent is 900 euros.\n\nIt is due on the third day."
    document = await fake_client.documents.upload_one(text, filename="lease.txt", tags=["home"])
    assert (document.is_completed, document.chunk_count) == (True, 2)
    found = await fake_client.documents.search("when is it due")
    assert found.results[0].content == "It is due on the third day."
    assert (await fake_client.documents.get_text(document.document_id)).startswith("The rent")
    assert (await fake_client.documents.get_chunks(document.document_id)).total_chunks == 2
    assert [one.id async for one in fake_client.documents.list_all()] == [document.document_id]
    assert (await fake_client.agent_search.documents("rent")).results[0].document_id == document.document_id
    await fake_client.documents.delete(document.document_id)
    assert (await fake_client.documents.list()).total_count == 0


@pytest.mark.parametrize(
    ("filename", "document_type"), [("a.md", "md"), ("a.markdown", "md"), ("a.PPTX", "pptx"), ("a.htm", "html")]
)
async def test_documents_of_all_kinds_are_read(fake_client, filename, document_type):
    document = await fake_client.documents.upload_one(b"text", filename=filename)
    assert document.is_completed
    assert (await fake_client.documents.get(document.document_id)).document_type == document_type


async def test_folders_hold_files(fake_client):
    cars = await fake_client.folders.create("Cars")
    red = await fake_client.folders.create("Red", parent_id=cars.id)
    with pytest.raises(ValidationError):
        await fake_client.folders.create("cars")
    with pytest.raises(ValidationError):
        await fake_client.folders.move(cars.id, new_parent_id=red.id)
    picture = await fake_client.upload_one(b"1", filename="a.jpg", folder_id=red.id)
    assert (await fake_client.files.list(folder_id=red.id)).files[0].id == picture.image_id
    assert [one.name for one in (await fake_client.folders.get_breadcrumbs(red.id)).breadcrumbs] == ["Cars", "Red"]
    assert (await fake_client.folders.get(cars.id)).subfolders[0].file_count == 1
    assert (await fake_client.folders.delete(cars.id)).subfolders_affected == 1
    assert (await fake_client.folders.tree()).folders[0].depth == 0
    assert (await fake_client.folders.delete(red.id, mode="delete_all")).files_affected == 1
    assert (await fake_client.files.list()).total_count == 0


async def test_links_are_read(fake_server, fake_client):
    fake_server.polls_until_ready = 2
    link = await fake_client.links.create_and_wait("https://example.org/a", title="A", tags=["x"])
    assert (link.is_crawl_complete, link.domain) == (True, "example.org")
    assert (await fake_client.links.create("https://example.org/a")).is_duplicate
    assert (await fake_client.links.list()).total_count == 2


async def test_chat_answers_and_streams(fake_client):
    picture = await fake_client.upload_one(b"1", filename="red car.jpg")
    async with fake_client.chat_session(title="Cars") as chat:
        answer = await chat.send("Is there a car?")
        assert answer.resolved_content == "1 found: red car.jpg"
        assert answer.as_collection().ids == [picture.image_id]
        tokens = [token async for token in chat.send_stream("And a boat?")]
        words = "".join(token.content or "" for token in tokens if token.type is ChatTokenType.TOKEN)
        assert (words, tokens[-2].resolved_content) == ("Nothing was found.", "Nothing was found.")
        assert [message.role.value for message in await chat.get_messages()] == ["user", "assistant"] * 2
    assert (await fake_client.chats.list_sessions(active_only=True)).total == 0


async def test_chat_says_what_the_test_says(fake_server, fake_client):
    fake_server.answer_message = lambda message: message.upper()
    session = await fake_client.chats.create_session()
    assert (await fake_client.chat("hello", session_id=session.id)).content == "HELLO"


async def test_a_test_may_make_the_server_fail(fake_server, fake_client):
    fake_server.fail("GET /folders", 503, times=2)
    assert (await fake_client.folders.tree()).folders == []
    assert len(fake_server.asked_for("GET /folders")) == 3
    fake_server.fail("GET /folders", 401, code="EXPIRED_API_KEY", message="It has expired.")
    with pytest.raises(AuthenticationError, match="expired"):
        await fake_client.folders.tree()


async def test_a_chat_proposes_plans_that_are_decided_once(fake_server, fake_client):
    fake_server.propose_plan = lambda message: "Make the folder Cars" if "folder" in message else None
    async with fake_client.chat_session() as chat:
        plan = (await chat.send("Create a folder")).plan
        assert (await chat.send("How many?")).plan is None
        assert (await chat.approve_plan(plan.plan_id)).status == "completed"
        with pytest.raises(ValidationError, match="decided"):
            await chat.cancel_plan(plan.plan_id)
        streamed = [token.plan async for token in chat.send_stream("Another folder") if token.plan]
        assert (await chat.cancel_plan(streamed[0].plan_id)).status == "cancelled"
    assert [*fake_server.plans.values()] == ["completed", "cancelled"]


async def test_batches_are_seen_by_other_programs(fake_server, fake_client):
    fake_server.polls_until_ready = 3
    await fake_client.upload([b"1", b"2"], filenames=["a.jpg", "b.jpg"], wait_for_descriptions=False)
    (batch,) = [one async for one in fake_client.upload_sessions.list_all()]
    assert (batch.status, batch.total_files) == ("processing", 2)
    assert (await fake_client.upload_sessions.wait_for_completion(batch.session_id)).completed_files == 2
    results = fake_client.upload_sessions.get_all_results(batch.session_id, page_size=1)
    assert [one.description async for one in results] == ["A picture of a.", "A picture of b."]
    with pytest.raises(ValidationError):
        await fake_client.upload_sessions.cancel(batch.session_id)
    with pytest.raises(ResourceNotFoundError):
        await fake_client.upload_sessions.get_status("none")


async def test_presigned_uploads_and_duplicates(fake_server, fake_client):
    stored = await fake_client.uploads.upload_presigned(b"bytes", filename="car.jpg")
    assert (await fake_client.uploads.wait_for_description(stored.upload_id)).is_successful
    digests = [sha256(content).hexdigest() for content in (b"bytes", b"others")]
    known = await fake_client.uploads.check_duplicates(digests)
    assert (known.duplicates, known.unique) == (digests[:1], digests[1:])
    offer = await fake_client.uploads.request_presigned_url("a.jpg", "image/jpeg", 3)
    with pytest.raises(ValidationError, match="Nothing"):
        await fake_client.uploads.confirm_upload(offer.object_key, 3)


async def test_links_are_found(fake_client):
    link = await fake_client.links.create("https://example.org/apples", title="Pruning apple trees")
    found = await fake_client.agent_search.links("apple trees")
    assert found.link_ids == [link.id]


async def test_a_plan_may_be_used_up(fake_server, fake_client):
    fake_server.available_uploads = 0
    with pytest.raises(QuotaExceededError):
        await fake_client.upload_one(b"1", filename="a.jpg")


async def test_what_the_server_does_not_know_it_can_be_taught(fake_server, fake_client):
    with pytest.raises(ServerError, match=r"server\.answer\(\"GET /colors/families"):
        await fake_client.with_options(max_retries=0).colors.list_families()
    fake_server.answer("GET /colors/families", [{"name": "warm"}])
    assert (await fake_client.colors.list_families())[0].name == "warm"


async def test_a_repeated_post_has_one_effect(fake_server, fake_client):
    fake_server.answer("POST /folders", Reply(status=503))
    await fake_client.folders.create("Cars")
    keys = {one.headers["idempotency-key"] for one in fake_server.asked_for("POST /folders")}
    assert (len(keys), len(fake_server.folders)) == (1, 1)


def test_the_blocking_client_has_it_too(fake_server, fake_sync_client):
    assert fake_sync_client.upload_one(b"1", filename="a red car.jpg").is_completed
    with fake_sync_client.chat_session() as chat:
        assert "a red car.jpg" in chat.send("car").resolved_content
    assert fake_server.asked[-1].method == "DELETE"


async def test_servers_know_nothing_of_one_another():
    one, other = FakeServer(), FakeServer()
    async with one.client() as client:
        await client.folders.create("Cars")
    async with other.client() as client:
        assert (await client.folders.tree()).folders == []


def test_only_the_fixtures_need_pytest():
    code = "import sys, aion.testing; sys.exit('pytest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
