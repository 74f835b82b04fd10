"""Chat: conversations as contexts, and streamed answers that survive a broken connection."""

from __future__ import annotations

import json

import pytest

import aion._event_stream
from aion import (
    AuthenticationError,
    ChatError,
    ChatTokenType,
    ResourceNotFoundError,
    ServerError,
    SSEStreamError,
    SyncChatSession,
    ValidationError,
)

from .stand_in import Answer

STREAM = "POST /api/v2/chat/sessions/s1/messages/stream"


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(aion._event_stream, "FIRST_PAUSE_SECONDS", 0.001)


def frame(event, event_id=None, **data):
    place = "" if event_id is None else f"id: {event_id}\n"
    return f"event: {event}\n{place}data: {json.dumps({'type': event, **data})}\n\n".encode()


def stream(*frames, breaks=False):
    return Answer(headers={"content-type": "text/event-stream"}, blocks=list(frames), breaks=breaks)


GREETING = frame("connection", message_id="m1", status="connected")
WORDS = [frame("token", n, content=word) for n, word in enumerate(("Two ", "red ", "cars."), start=1)]
WHOLE = frame(
    "complete",
    content="Two red cars: [[img:aaaaaaaa|a.jpg]].",
    image_context=[{"image_id": "aaaaaaaa-1", "filename": "a.jpg"}],
    result_refs={"search_1": {"count": 2, "ids": ["aaaaaaaa-1"]}},
)
END = frame("close", message_id="m1")


async def tokens(client, message="How many?"):
    return [token async for token in client.chat_stream(message, session_id="s1")]


async def test_an_answer_comes_word_by_word_and_then_whole(client, api):
    api.plan(STREAM, stream(GREETING, frame("thinking", status="processing"), *WORDS, WHOLE, END))
    got = await tokens(client)
    assert [token.type.value for token in got] == ["connection", "thinking", *["token"] * 3, "complete", "close"]
    assert "".join(token.content for token in got if token.type is ChatTokenType.TOKEN) == "Two red cars."
    whole = got[-2]
    assert whole.resolved_content == "Two red cars: a.jpg."
    assert whole.references.images[0].full_id == "aaaaaaaa-1"
    assert whole.result_refs["search_1"]["count"] == 2
    assert (got[0].resolved_content, got[0].references, got[0].result_refs) == (None, None, None)
    assert api.asked[0].json == {"message": "How many?", "force_detailed_analysis": False}
    assert api.asked[0].headers["accept"] == "text/event-stream"


async def test_frames_may_be_cut_anywhere(client, api):
    whole = b"\xef\xbb\xbf: hello\r\n\r\n" + b"".join([GREETING, *WORDS, WHOLE, END]).replace(b"\n", b"\r\n")
    api.plan(STREAM, stream(*(whole[n : n + 1] for n in range(len(whole)))))
    assert [token.type.value for token in await tokens(client)][-2:] == ["complete", "close"]


async def test_a_broken_stream_goes_on_after_the_last_event(client, api):
    api.plan(STREAM, stream(GREETING, *WORDS[:2], breaks=True), stream(GREETING, WORDS[2], WHOLE, END))
    got = await tokens(client)
    assert [token.content for token in got if token.type is ChatTokenType.TOKEN] == ["Two ", "red ", "cars."]
    assert [token.data["attempt"] for token in got if token.type is ChatTokenType.RECONNECTING] == [1]
    first, second = api.asked
    assert second.headers["last-event-id"] == "2"
    assert "last-event-id" not in first.headers
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body


async def test_what_a_server_without_memory_repeats_is_not_given_twice(client, api):
    api.plan(STREAM, stream(GREETING, *WORDS[:2]), stream(GREETING, *WORDS, WHOLE, END))
    got = await tokens(client)
    assert [token.content for token in got if token.type is ChatTokenType.TOKEN] == ["Two ", "red ", "cars."]


async def test_a_cut_after_the_whole_answer_loses_nothing(client, api):
    api.plan(STREAM, stream(*WORDS, WHOLE, breaks=True))
    assert (await tokens(client))[-1].type is ChatTokenType.COMPLETE
    assert len(api.asked) == 1


async def test_after_five_attempts_the_stream_is_given_up(client, api):
    api.plan(STREAM, stream(*WORDS), *[stream(GREETING, breaks=True)] * 5)
    with pytest.raises(SSEStreamError) as caught:
        await tokens(client)
    assert (caught.value.last_event_id, caught.value.reconnect_attempts) == ("3", 5)
    assert caught.value.events_received == 8
    assert len(api.asked) == 6


async def test_a_refusal_is_raised_as_what_it_is(client, api):
    api.plan(STREAM, Answer(404, {"error": {"code": "CHAT_SESSION_NOT_FOUND", "message": "No.", "details": None}}))
    with pytest.raises(ResourceNotFoundError) as caught:
        await tokens(client)
    assert caught.value.resource_id == "s1"


async def test_a_refusal_to_resume_is_raised_too(client, api):
    api.plan(STREAM, stream(*WORDS), Answer(409, {"error": {"code": "NOTHING_TO_RESUME", "message": "Too old."}}))
    with pytest.raises(ValidationError, match="Too old"):
        await tokens(client)


async def test_an_answer_that_fails_is_an_error(client, api):
    api.plan(STREAM, stream(GREETING, frame("error", message="Too busy.", code="CHAT_BUSY")))
    with pytest.raises(ChatError, match="Too busy") as caught:
        await tokens(client)
    assert (caught.value.code, caught.value.session_id) == ("CHAT_BUSY", "s1")


async def test_a_key_that_ends_meanwhile_is_an_error(client, api):
    api.plan(STREAM, stream(GREETING, frame("auth_error", error="The key has expired.")))
    with pytest.raises(AuthenticationError, match="expired"):
        await tokens(client)


async def test_a_plan_that_waits_for_approval_ends_the_stream(client, api):
    api.plan(STREAM, stream(GREETING, frame("plan_pending_approval", plan_id="p1", message="Move 3 files?")))
    got = await tokens(client)
    assert (got[-1].type, got[-1].data["plan_id"]) == (ChatTokenType.PLAN_PENDING_APPROVAL, "p1")
    assert (got[-1].plan.plan_id, got[0].plan) == ("p1", None)


async def test_an_event_of_a_later_server_is_a_status(client, api):
    api.plan(STREAM, stream(frame("dreaming", message="zzz"), b"event: token\ndata: not json\n\n", WHOLE, END))
    got = await tokens(client)
    assert (got[0].type, got[0].content) == (ChatTokenType.STATUS, "zzz")
    assert got[1].data == {"message": "not json"}


async def test_a_stream_that_never_ends_a_line_does_not_fill_the_memory(client, api):
    api.plan(STREAM, stream(*[b"x" * 1_000_000] * 12))
    with pytest.raises(ServerError, match="does not end"):
        await tokens(client.with_options(max_retries=0))


async def test_whoever_stops_listening_leaves_no_connection(client, api):
    api.plan(STREAM, stream(GREETING, *WORDS, WHOLE, END))
    events = client.chats.send_stream("How many?", session_id="s1")
    async for token in events:
        if token.type is ChatTokenType.TOKEN:
            break
    await events.aclose()
    pool = client._http._pool.open()._transport._pool
    assert [connection for connection in pool.connections if not connection.is_idle()] == []


CREATED = Answer(data={"session_id": "s1", "title": "Cars", "created_at": "2026-01-02T03:04:05Z"})
ANSWERED = Answer(data={"message_id": "m1", "content": "Two.", "token_count": 1, "processing_time_ms": 1})


async def test_a_conversation_begins_and_ends_with_its_context(client, api):
    api.plan("POST /api/v2/chat/sessions", CREATED)
    api.plan("POST /api/v2/chat/sessions/s1/messages", ANSWERED)
    api.plan("DELETE /api/v2/chat/sessions/s1", Answer())
    async with client.chat_session(title="Cars") as chat:
        assert (chat.session_id, chat.session.title) == ("s1", "Cars")
        assert (await chat.send("How many?")).content == "Two."
    assert [one.method for one in api.asked] == ["POST", "POST", "DELETE"]


async def test_a_conversation_can_be_kept_open(client, api):
    api.plan("POST /api/v2/chat/sessions", CREATED)
    async with client.chat_session(auto_close=False):
        pass
    assert len(api.asked) == 1


async def test_an_error_of_the_body_is_not_hidden_by_one_of_closing(client, api):
    api.plan("POST /api/v2/chat/sessions", CREATED, CREATED)
    with pytest.raises(KeyError, match="mine"):
        async with client.chat_session():
            raise KeyError("mine")
    with pytest.raises(ResourceNotFoundError):
        async with client.chat_session():
            pass


async def test_a_conversation_that_has_not_begun_has_no_id(client):
    with pytest.raises(RuntimeError, match="not begun"):
        _ = client.chat_session().session_id


def test_a_blocking_conversation_begins_at_once_and_ends_with_its_context(blocking, api):
    api.plan("POST /api/v2/chat/sessions", CREATED)
    api.plan("POST /api/v2/chat/sessions/s1/messages", ANSWERED)
    api.plan("DELETE /api/v2/chat/sessions/s1", Answer())
    with blocking.chat_session() as chat:
        assert isinstance(chat, SyncChatSession)
        assert chat.send("How many?").content == "Two."
    assert chat.is_closed
    with pytest.raises(RuntimeError, match="closed"):
        chat.send("More?")


def test_a_blocking_conversation_decides_about_its_plans(blocking, api):
    api.plan("POST /api/v2/chat/sessions", CREATED)
    api.plan("DELETE /api/v2/chat/sessions/s1", Answer())
    done = {"success": True, "plan_id": "p1", "message": "Done.", "status": "completed"}
    api.plan("POST /api/v2/chat/sessions/s1/plans/p1/action", Answer(data=done), Answer(data=done))
    with blocking.chat_session() as chat:
        assert chat.approve_plan("p1").status == "completed"
        chat.cancel_plan("p1")
    decided = [one.json["action"] for one in api.asked_for("POST /api/v2/chat/sessions/s1/plans/p1/action")]
    assert decided == ["approve", "cancel"]
    with pytest.raises(RuntimeError, match="closed"):
        chat.approve_plan("p1")


def test_closing_a_blocking_conversation_twice_or_in_vain_does_no_harm(blocking, api):
    api.plan("POST /api/v2/chat/sessions", CREATED)
    chat = blocking.chat_session()
    chat.close()
    chat.close()
    assert chat.is_closed
    assert len(api.asked_for("DELETE /api/v2/chat/sessions/s1")) == 1


def test_a_conversation_of_a_closed_client_is_closed(blocking, api):
    api.plan("POST /api/v2/chat/sessions", CREATED)
    chat = blocking.chat_session(auto_close=False)
    blocking.close()
    assert chat.is_closed
    with pytest.raises(RuntimeError, match="closed"):
        chat.get_messages()


@pytest.mark.parametrize(
    "call",
    [
        lambda chats: chats.send("", session_id="s1"),
        lambda chats: chats.send("x" * 10_001, session_id="s1"),
        lambda chats: chats.rename_session("s1", "x" * 256),
        lambda chats: chats.export_session("s1", format="pdf"),
        lambda chats: chats.update_videos("s1", [str(n) for n in range(101)]),
        lambda chats: chats.update_images("s1", "abc"),
        lambda chats: chats.list_sessions(limit=0),
    ],
)
async def test_what_no_server_takes_is_refused_before_sending(client, api, call):
    with pytest.raises(ValidationError):
        await call(client.chats)
    assert not api.asked


async def test_all_conversations_come_page_after_page(client, api):
    pages = [{"sessions": [{"id": str(n), "title": ""}], "total_count": 2, "has_more": n == 0} for n in range(2)]
    api.plan("GET /api/v2/chat/sessions", *[Answer(data=page) for page in pages])
    assert [session.id async for session in client.chats.iter_sessions(page_size=1)] == ["0", "1"]


async def test_all_pictures_come_page_after_page(client, api):
    pages = [Answer(data={"image_ids": [str(n)], "total_count": 2, "has_more": n == 0}) for n in range(2)]
    api.plan("GET /api/v2/chat/images/all", *pages)
    assert [image_id async for image_id in client.chats.iter_images(page_size=1)] == ["0", "1"]


async def test_events_of_the_tenant_come_without_end_and_go_on_after_a_quiet_hour(client, api, monkeypatch):
    events = [frame("file.processed", 7, file_id="f1"), frame("ping"), frame("batch.progress", 8, done=1)]
    monkeypatch.setattr(aion._event_stream, "STABLE_SECONDS", 0.0)
    api.plan("GET /api/v2/events", stream(*events[:2]), *[stream(frame("ping"))] * 9, stream(events[2]))
    seen = []
    async for event in client.events.stream(last_event_id="6"):
        if event.type != "reconnecting":
            seen.append((event.type, event.id, event.data.get("file_id")))
        if event.type == "batch.progress":
            break
    assert seen == [("file.processed", "7", "f1"), ("batch.progress", "8", None)]
    assert [one.headers["last-event-id"] for one in api.asked] == ["6", *["7"] * 10]
