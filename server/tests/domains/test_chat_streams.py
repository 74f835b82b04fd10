"""Answers as they are made: the order of events, their ends, who may listen, and how they are gone on with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from aionserver.domains.assistant.schemas import Answer, Event, Said, Thought, Tokens, ToolBegun, ToolEnded
from aionserver.domains.chat import conversations
from aionserver.domains.chat.narration import Listener, Narration
from aionserver.infra.errors import Unavailable
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.tools import Outcome
from aionserver.infra.web import event_streams
from aionserver.kit.ids import new_id
from plugins.assistants import AGENT, on_stage, words
from plugins.chats import SESSIONS, begin, read, refusal, say
from plugins.database import Database
from plugins.product import Product, Tenant, photo, running, settings_for, upload
from plugins.streams import Event as Heard
from plugins.streams import events_in, events_of, listening, names


async def heard(client: httpx2.AsyncClient, session: str, message: str, **headers: str) -> list[Heard]:
    """All events of an answer."""
    path = f"{SESSIONS}/{session}/messages/stream"
    answer = await client.post(path, json={"message": message}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    return events_in(answer.text)


async def test_the_events_come_in_the_order_of_the_contract(product: Product, tenant: Tenant) -> None:
    on_stage(product)
    image = (await upload(tenant, title="A red wall"))["image_id"]
    await product.do_jobs()
    session = await begin(tenant.client)
    events = await heard(tenant.client, session, "wall")
    assert names(events) == [
        "connection",
        "thinking",
        "thinking_step",
        "tool_invocation",
        "tool_result",
        "image_results",
        "token",
        "token",
        "complete",
        "close",
    ]
    assert all(one.data["type"] == one.name for one in events)
    known = {one.name: one.data for one in events}
    message_id = known["connection"]["message_id"]
    assert known["connection"] == {"type": "connection", "message_id": message_id, "status": "connected"}
    assert known["thinking"] == {"type": "thinking", "status": "processing"}
    assert known["thinking_step"] == {
        "type": "thinking_step",
        "phase": "searching",
        "agent_name": AGENT,
        "message": "Looking for pictures.",
    }
    assert known["tool_invocation"] == {"type": "tool_invocation", "tool_name": "search_images", "agent_name": AGENT}
    assert (known["tool_result"]["tool_name"], known["tool_result"]["result_count"]) == ("search_images", 1)
    assert (known["image_results"]["count"], known["image_results"]["images"][0]["image_id"]) == (1, image)
    tokens = [one for one in events if one.name == "token"]
    assert [one.id for one in events if one.id] == [one.id for one in tokens] == ["1", "2"]
    assert [one.data["token_index"] for one in tokens] == [0, 1]
    assert tokens[1].data["accumulated"] == tokens[0].data["content"] + tokens[1].data["content"]
    complete = known["complete"]
    assert complete["content"] == f"[[ref:search_1]] pictures: [[img:{image}|A red wall]]"
    assert complete["resolved_content"] == "1 pictures: A red wall"
    assert (complete["message_id"], complete["agents_used"]) == (message_id, [AGENT])
    assert (complete["has_results"], complete["result_count"]) == (True, 1)
    assert complete["image_context"][0]["image_id"] == image
    assert complete["result_refs"]["search_1"] == {
        "count": 1,
        "ids": [image],
        "image_ids": [image],
        "id_type": "image",
        "label": "wall",
    }
    assert known["close"] == {"type": "close", "message_id": message_id}
    stored = (await read(tenant.client, session))["messages"][1]
    assert (stored["id"], stored["content"]) == (message_id, complete["content"])
    assert stored["metadata"]["resolved_content"] == complete["resolved_content"]


async def test_reasoning_is_told_only_where_it_is_asked_for(product: Product, tenant: Tenant) -> None:
    on_stage(product)
    session = await begin(tenant.client)
    path = f"{SESSIONS}/{session}/messages/stream?debug_reasoning=true"
    answer = await tenant.client.post(path, json={"message": "wall"})
    (step,) = [one for one in events_in(answer.text) if one.name == "thinking_step"]
    assert step.data["reasoning"] == "The words say what to look for."


@pytest.mark.parametrize(
    ("fault", "code"),
    [(Unavailable("The model is away."), "SERVICE_UNAVAILABLE"), (RuntimeError("secret"), "ANSWER_FAILED")],
)
async def test_what_fails_says_so_costs_nothing_and_leaves_the_conversation_usable(
    product: Product, tenant: Tenant, fault: Exception, code: str
) -> None:
    assistant = on_stage(product, lambda question: [Said("I "), Said("was"), fault])
    session = await begin(tenant.client)
    events = await heard(tenant.client, session, "Who are you?")
    assert names(events)[-3:] == ["token", "error", "close"]
    assert events[-2].data["code"] == code
    assert "secret" not in events[-2].data["message"]
    refused = await tenant.client.post(f"{SESSIONS}/{session}/messages", json={"message": "Who are you?"})
    assert refusal(refused) == (503, code)
    failed = (await read(tenant.client, session))["messages"][1]
    assert (failed["content"], failed["metadata"]["status"], failed["metadata"]["error"]) == ("I was", "failed", code)
    assert await used_credits(tenant) == 0
    assistant.script = lambda question: words("I am.")
    assert (await say(tenant.client, session, "Who are you?"))["content"] == "I am."
    assert await used_credits(tenant) == 1


async def used_credits(tenant: Tenant) -> int:
    answer = await tenant.client.get("/api/v2/usage/summary")
    assert answer.status_code == 200, answer.text
    return answer.json()["usage"]["total_credits"]


async def test_an_answer_that_says_it_failed_costs_nothing_and_counts_its_tokens(
    product: Product, tenant: Tenant
) -> None:
    spent = Tokens(input=900, output=100, calls=2)
    apology = Answer("The model is slow.", "The model is slow.", tokens=spent, failure="provider_timeout")
    on_stage(product, lambda question: [apology])
    session = await begin(tenant.client)
    events = await heard(tenant.client, session, "Hello")
    assert names(events) == ["connection", "thinking", "token", "complete", "close"]
    assert await used_credits(tenant) == 0
    assert (await read(tenant.client, session))["session"]["total_tokens"] >= 1000


async def test_an_answer_without_end_is_ended(product: Product, tenant: Tenant) -> None:
    on_stage(product, lambda question: [Said("blah " * 1000)] * 30)
    events = await heard(tenant.client, await begin(tenant.client), "Talk!")
    assert (names(events)[-2:], events[-2].data["code"]) == (["error", "close"], "ANSWER_TOO_LONG")
    product.infra.settings = product.infra.settings.model_copy(update={"chat_timeout_seconds": 0.3})
    on_stage(product, lambda question: [60.0])
    events = await heard(tenant.client, await begin(tenant.client), "Wait!")
    assert (names(events)[-2:], events[-2].data["code"]) == (["error", "close"], "ANSWER_TIMEOUT")


async def test_two_messages_at_once_are_one_too_many(product: Product, tenant: Tenant) -> None:
    on_stage(product, lambda question: words("One at a time.", pause_seconds=0.1))
    session = await begin(tenant.client)
    send = [tenant.client.post(f"{SESSIONS}/{session}/messages", json={"message": "Hello"}) for _ in range(3)]
    answers = sorted(await asyncio.gather(*send), key=lambda one: one.status_code)
    assert [one.status_code for one in answers] == [200, 409, 409]
    assert refusal(answers[1]) == (409, "CHAT_SESSION_BUSY")
    assert len((await read(tenant.client, session))["messages"]) == 2


async def test_the_same_key_gets_the_same_answer_once(product: Product, tenant: Tenant) -> None:
    assistant = on_stage(product, lambda question: words("Once."))
    session, other = await begin(tenant.client), await begin(tenant.client)
    headers = {"Idempotency-Key": "once"}
    path = f"{SESSIONS}/{session}/messages"
    first = await tenant.client.post(path, json={"message": "Hello"}, headers=headers)
    again = await tenant.client.post(path, json={"message": "Hello"}, headers=headers)
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (200, 200, "true")
    assert first.json() == again.json()
    streamed = await heard(tenant.client, session, "Hello", **headers)
    assert names(streamed) == ["connection", "thinking", "token", "complete", "close"]
    assert streamed[0].data["message_id"] == first.json()["message_id"]
    for place, message in ((session, "Other"), (other, "Hello")):
        sent = await tenant.client.post(f"{SESSIONS}/{place}/messages", json={"message": message}, headers=headers)
        assert refusal(sent) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert (len(assistant.asked), await used_credits(tenant)) == (1, 1)


async def test_a_conversation_has_limits(product: Product, tenant: Tenant) -> None:
    on_stage(product, lambda question: words("Yes."))
    session = await begin(tenant.client)
    for _ in range(50):
        await say(tenant.client, session, "More?")
    refused = await tenant.client.post(f"{SESSIONS}/{session}/messages", json={"message": "More?"})
    assert refusal(refused) == (402, "USAGE_LIMIT_EXCEEDED")
    assert refused.json()["error"]["details"] == {"limit": 100, "used": 100, "resource": "messages"}
    dear = await begin(tenant.client)
    spent = Tokens(input=100_000, output=1, calls=1)
    on_stage(product, lambda question: [Answer("Yes.", "Yes.", tokens=spent)])
    assert (await say(tenant.client, dear, "More?"))["remaining_tokens"] == 0
    refused = await tenant.client.post(f"{SESSIONS}/{dear}/messages", json={"message": "More?"})
    assert refused.json()["error"]["details"]["resource"] == "tokens"


async def test_without_credits_nothing_is_answered_and_two_at_once_do_not_pass_the_plan(product: Product) -> None:
    dear = {**product.infra.settings.prices, "chat_message": 1_500}
    product.infra.settings = product.infra.settings.model_copy(update={"prices": dear})
    tenant = await product.tenant("Poor", tier="free")
    assistant = on_stage(product, lambda question: words("Not so fast.", pause_seconds=0.05))
    sessions = [await begin(tenant.client) for _ in range(2)]
    send = [tenant.client.post(f"{SESSIONS}/{one}/messages", json={"message": "Hello"}) for one in sessions]
    answers = sorted(await asyncio.gather(*send), key=lambda one: one.status_code)
    assert (answers[0].status_code, refusal(answers[1])) == (200, (402, "USAGE_LIMIT_EXCEEDED"))
    assert (len(assistant.asked), await used_credits(tenant)) == (2, 1_500)
    path = f"{SESSIONS}/{sessions[0]}/messages/stream"
    assert refusal(await tenant.client.post(path, json={"message": "Hello"})) == (402, "USAGE_LIMIT_EXCEEDED")
    assert len(assistant.asked) == 2


async def test_what_was_said_and_found_before_comes_along(product: Product, tenant: Tenant) -> None:
    assistant = on_stage(product)
    await upload(tenant, title="A red wall")
    doomed = (await upload(tenant, photo("blue"), title="A blue wall"))["image_id"]
    await product.do_jobs()
    session = await begin(tenant.client)
    await say(tenant.client, session, "wall")
    await tenant.client.delete(f"/api/v2/user-files/{doomed}")
    await say(tenant.client, session, "these", force_detailed_analysis=True)
    question = assistant.asked[-1]
    assert ([turn.role for turn in question.history], question.detailed) == (["user", "assistant"], True)
    ((result,),) = [turn.results for turn in question.history if turn.results]
    assert (result.key, result.total, [item.name for item in result.items]) == ("search_1", 1, ["A red wall"])


async def test_what_lies_far_back_is_summed_up_and_results_are_remembered(product: Product, tenant: Tenant) -> None:
    assistant = on_stage(product)
    await upload(tenant, title="A red wall")
    await product.do_jobs()
    session = await begin(tenant.client)
    await say(tenant.client, session, "wall")
    assistant.script = lambda question: words("I see.")
    for number in range(20):
        await say(tenant.client, session, f"Fact {number}.")
    question = assistant.asked[-1]
    assert "Asked: wall" in question.summary and "search_1: 1 for “wall”" in question.summary
    said = [turn.content for turn in question.history if turn.role == "user"]
    assert said[-1] == "Fact 18."
    told = question.summary + "\n".join(said)
    assert all(f"Fact {number}." in told for number in range(19))
    assert len(question.history) <= 31
    assert question.history[0].results[0].key == "search_1"


@pytest.fixture
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for long."""
    monkeypatch.setattr(conversations, "CHECK_SECONDS", 0.1)


@pytest_asyncio.fixture
async def twins(database: Database, tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[tuple[Product, Product]]:
    """Two processes' worth of the product over one database."""
    settings = settings_for(database, tmp_path)
    async with running(settings, sandbox) as first, running(settings, sandbox) as second:
        yield first, second


async def leave_after(client: httpx2.AsyncClient, session: str, tokens: int, **headers: str) -> str:
    """Listen to an answer until some tokens came; the id of the last one."""
    path, body = f"{SESSIONS}/{session}/messages/stream", {"message": "Count!"}
    async with (
        client.stream("POST", path, json=body, headers=headers) as answer,
        aclosing(events_of(answer)) as events,
    ):
        async for event in events:
            if event.id and int(event.id) >= tokens:
                return event.id
    raise AssertionError("it was over before")


@pytest.mark.parametrize("place", [0, 1])
async def test_an_answer_is_gone_on_with_at_another_process(
    twins: tuple[Product, Product], swift: None, place: int
) -> None:
    first, second = twins
    text = " ".join(str(number) for number in range(30))
    assistant = on_stage(first, lambda question: words(text, pause_seconds=0.05))
    on_stage(second)
    tenant = await first.tenant()
    session = await begin(tenant.client)
    async with listening(first, tenant.key) as client, listening(twins[place], tenant.key) as other:
        last = await leave_after(client, session, 5)
        events = await heard(other, session, "Count!", **{"Last-Event-ID": last})
        assert events[0].data["status"] == "resumed"
        tokens = [one for one in events if one.name == "token"]
        assert [int(one.id or 0) for one in tokens] == list(range(int(last) + 1, 31))
        assert tokens[0].data["accumulated"].split() == [str(number) for number in range(int(last) + 1)]
        assert names(events)[-2:] == ["complete", "close"]
        again = await heard(other, session, "Count!", **{"Last-Event-ID": "30"})
        assert names(again) == ["connection", "complete", "close"]
        stale = await other.post(
            f"{SESSIONS}/{session}/messages/stream", json={"message": "Else"}, headers={"Last-Event-ID": "1"}
        )
        assert refusal(stale) == (409, "NOTHING_TO_RESUME")
    assert len(assistant.asked) == 1


async def test_the_same_key_at_another_process_joins_the_answer(twins: tuple[Product, Product], swift: None) -> None:
    first, second = twins
    assistant = on_stage(first, lambda question: words("a b c d e f", pause_seconds=0.1))
    tenant = await first.tenant()
    session = await begin(tenant.client)
    async with listening(first, tenant.key) as client, listening(second, tenant.key) as other:
        await leave_after(client, session, 1, **{"Idempotency-Key": "mine"})
        events = await heard(other, session, "Count!", **{"Idempotency-Key": "mine"})
        assert names(events) == ["connection", "thinking", *["token"] * 6, "complete", "close"]
    assert len(assistant.asked) == 1


async def test_an_answer_to_nobody_is_cancelled(twins: tuple[Product, Product]) -> None:
    first, second = twins
    first.infra.settings = first.infra.settings.model_copy(update={"chat_resume_seconds": 1.0})
    on_stage(first, lambda question: words("a b c d e f g h i j k l", pause_seconds=0.5))
    tenant = await first.tenant()
    session = await begin(tenant.client)
    async with listening(first, tenant.key) as client:
        await leave_after(client, session, 1)
        message: dict[str, Any] = {}
        for _ in range(100):
            message = (await read(second.client(tenant.key), session))["messages"][1]
            if message["metadata"]["status"] != "running":
                break
            await asyncio.sleep(0.05)
    assert message["metadata"]["status"] == "cancelled"
    assert message["content"].startswith("a ") and not message["content"].endswith("l ")
    assert await used_credits(tenant) == 0
    on_stage(second, lambda question: words("Here."))
    assert (await say(second.client(tenant.key), session, "And now?"))["content"] == "Here."


async def test_an_answer_whose_process_ends_has_failed_and_can_be_asked_for_again(
    twins: tuple[Product, Product], swift: None
) -> None:
    first, second = twins
    on_stage(first, lambda question: words("a b c d e f g h i j k l", pause_seconds=0.3))
    on_stage(second, lambda question: words("Here I am."))
    tenant = await first.tenant()
    session, elsewhere = await begin(tenant.client), second.client(tenant.key)
    async with listening(first, tenant.key) as client:
        headers = {"Idempotency-Key": "mine"}
        last = await leave_after(client, session, 2, **headers)
        following = asyncio.create_task(heard(elsewhere, session, "Count!", **{"Last-Event-ID": last}))
        await asyncio.sleep(0.5)
        await first.app.state.conversations.close()
        events = await following
        assert names(events)[-2:] == ["error", "close"]
        assert events[-2].data["code"] == "ANSWER_INTERRUPTED"
        assert names(await heard(elsewhere, session, "Count!", **headers))[-2:] == ["complete", "close"]
    statuses = [one["metadata"]["status"] for one in (await read(elsewhere, session))["messages"] if one["metadata"]]
    assert statuses == ["failed", "completed"]


async def test_a_ping_is_sent_while_nothing_happens(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert event_streams.PING_SECONDS == 15
    made = event_streams.EventStream.__init__
    monkeypatch.setattr(event_streams.EventStream, "__init__", lambda self, events: made(self, events, 0.1))
    on_stage(product, lambda question: [0.35, *words("At last.")])
    events = await heard(tenant.client, await begin(tenant.client), "Wait!")
    assert names(events).count("ping") >= 2
    assert next(one for one in events if one.name == "ping").data == {"type": "ping"}


async def test_too_many_answers_at_once_are_asked_to_come_back(product: Product, tenant: Tenant) -> None:
    assistant = on_stage(product, lambda question: words("Slowly now.", pause_seconds=0.2))
    product.app.state.conversations = conversations.Conversations(2, assistant.answer)
    sessions = [await begin(tenant.client) for _ in range(3)]
    send = [tenant.client.post(f"{SESSIONS}/{one}/messages", json={"message": "Hello"}) for one in sessions]
    answers = sorted(await asyncio.gather(*send), key=lambda one: one.status_code)
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "2"


STEPS = st.one_of(
    st.builds(Said, st.text(max_size=5)),
    st.just(Thought("a", "b", "c")),
    st.just(ToolBegun("a", "b")),
    st.just(ToolEnded("a", "b", Outcome("c"))),
)


@given(st.lists(STEPS, max_size=20), st.integers(0, 12))
def test_whatever_an_assistant_does_the_order_holds_and_whoever_resumes_misses_nothing(
    steps: list[Event], after: int
) -> None:
    narration = Narration(new_id())
    told = narration.begin()
    for step in steps:
        told += narration.tell(step)
    end = Answer("".join(step.text for step in steps if isinstance(step, Said)) or "Nothing.", "")
    told += [*narration.last_words(end), *narration.complete(end, [], {})]
    whole = Listener().hear(told)
    order = [one.name for one in whole]
    first = order.index("token")
    last = len(order) - 3
    assert order[:2] == ["connection", "thinking"] and order[-2:] == ["complete", "close"]
    assert set(order[first : last + 1]) == {"token"}
    tokens = [one for one in whole if one.name == "token"]
    assert [one.id for one in tokens] == [str(number) for number in range(1, len(tokens) + 1)]
    assert "".join(one.data["content"] for one in tokens) == tokens[-1].data["accumulated"] == end.content
    after = min(after, len(tokens))
    again = Listener(after).hear(told)
    assert [one for one in again if one.name == "token"] == tokens[after:]
    assert again[-2:] == whole[-2:]
