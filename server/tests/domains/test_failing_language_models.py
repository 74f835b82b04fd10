"""Providers that are down, slow, rate-limited or talk nonsense: the answer says so, and all goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from unittest.mock import ANY

import httpx2
import pytest
import pytest_asyncio

from aionserver.domains.usage import service as usage
from aionserver.infra.sandbox import Sandbox
from aionserver.models.language_model import LanguageModels
from aionserver.models.language_model.remote import Endpoint as Place
from aionserver.models.language_model.remote import RemoteLanguageModel
from plugins.chats import SESSIONS, begin, say
from plugins.chats import read as get
from plugins.database import Databases
from plugins.language_models import READ, Endpoint, Format, Reply
from plugins.passages import Passage, add_document
from plugins.product import Product, Tenant, running, settings_for
from plugins.streams import events_in, events_of, listening, names

AGENTS = "/api/v2/agents"
CANARY = "sk-canary-5f1d0c9a7b3e-WXYZ"
FORMS = ("openai", "anthropic", "google")
PUMP = (Passage("Clean the filter every three months.", ("Care",), 2),)
LONG_AGO = "Sun, 29 Nov 2099 08:00:00 GMT"


@dataclass(frozen=True)
class Fault:
    """What a provider does, and a part of what is said of it; `begins`: there are words before it."""

    reply: Reply
    reason: str = ""
    begins: bool = False


FAULTS = {
    "is slow": Fault(Reply(["late"], wait_seconds=2), "too long"),
    "falls silent": Fault(Reply(["Half ", "a ", "word"], cut_after=2, silent_seconds=2), begins=True),
    "is rate-limited": Fault(Reply(status=429), "rate-limited"),
    "is rate-limited for an hour": Fault(Reply(status=429, headers={"Retry-After": "3600"}), "rate-limited"),
    "is rate-limited until a day": Fault(Reply(status=429, headers={"Retry-After": LONG_AGO}), "rate-limited"),
    "refuses the key": Fault(Reply(status=401), "key was refused"),
    "forbids it": Fault(Reply(status=403), ""),
    "knows no such model": Fault(Reply(status=404), "does not know it"),
    "fails": Fault(Reply(status=500), "provider failed"),
    "is overloaded": Fault(Reply(status=529), ""),
    "is not available": Fault(Reply(status=503, headers={"Retry-After": "900"}), "not available"),
    "repeats the key": Fault(Reply(status=400, body=f'{{"error": {{"message": "{CANARY}"}}}}'.encode()), "refused"),
    "sends broken JSON": Fault(Reply(body=b"data: {broken\n\n")),
    "sends a page": Fault(Reply(body=b"<html><body>Bad gateway</body></html>")),
    "sends nothing": Fault(Reply(body=b"")),
    "sends a list": Fault(Reply(body=b"data: []\n\n")),
    "sends nonsense": Fault(Reply(body=b'data: {"choices": 5, "candidates": "x", "type": 7}\n\n')),
    "sends null": Fault(Reply(body=b"data: null\n\n")),
    "sends no text": Fault(Reply(body=b"\xff\xfe\x00\x01data: \xff\n\n")),
    "breaks off": Fault(Reply(["Half ", "a ", "word"], cut_after=2), begins=True),
    "breaks off within a frame": Fault(Reply(["Half ", "a ", "word"], cut_after=2, cuts_within=True), begins=True),
    "says half way that it failed": Fault(Reply(["Half ", "a ", "word"], error_after=2), begins=True),
    "calls what there is not": Fault(Reply(call="no_such_tool", arguments={"query": "x"})),
}


@dataclass(frozen=True)
class Open:
    """A product with a document and a conversation."""

    product: Product
    tenant: Tenant
    document: str

    def models(self, endpoint: Endpoint, form: Format, reply: Reply) -> None:
        """A language model of the form, which answers so."""
        place = Place(form, "m", endpoint.url(form), CANARY, timeout_seconds=0.7)
        self.product.infra.models[LanguageModels] = LanguageModels((RemoteLanguageModel(place),))
        endpoint.replies = [reply]

    async def used(self) -> tuple[int, int]:
        """Credits, and tokens read, so far."""
        async with self.product.infra.open_scope(self.tenant.actor) as scope:
            sums = await usage.month_sums(scope, usage.billing_month(scope).start)
            return (await usage.credit_balance(scope)).used, sum(one.input_tokens for one in sums)


@pytest_asyncio.fixture(scope="module")
async def opened(
    databases: Databases, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox
) -> AsyncIterator[Open]:
    folder = tmp_path_factory.mktemp("failing")
    with databases.copied(migrated_template) as fresh:
        settings = settings_for(fresh, folder, language_model_timeout_seconds=5, rate_limit_per_minute=100_000)
        async with running(settings, sandbox) as product:
            tenant = await product.tenant()
            document, _ = await add_document(product.infra, tenant.id, PUMP, "pump.pdf")
            yield Open(product, tenant, document)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", FAULTS)
async def test_an_answer_says_what_became_of_the_provider_and_the_conversation_goes_on(
    opened: Open, endpoint: Endpoint, form: Format, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    fault, client = FAULTS[name], opened.tenant.client
    session, (charged, read) = await begin(client), await opened.used()
    opened.models(endpoint, form, fault.reply)

    plain = await say(client, session, "How often is the filter cleaned?")
    stream = await client.post(
        f"{SESSIONS}/{session}/messages/stream", json={"message": "And how often is it cleaned?"}
    )
    events = events_in(stream.text)
    assert names(events)[-2:] == ["complete", "close"], stream.text
    told = "".join(one.data["content"] for one in events if one.name == "token")
    assert told == events[-2].data["content"]
    for content in (plain["content"], told):
        assert fault.reason in content
        if fault.begins and "Half" in content:
            assert "(The language model's answer ends here: " in content
        else:
            assert content.startswith("The language model gave no answer: ")
            assert "filter" in content.split("Without it:")[1]
    assert not fault.begins or form == "anthropic" or "Half" in told

    now_used = await opened.used()
    assert now_used[0] == charged, "what failed costs nothing"
    assert (now_used[1] > read) == (fault.begins or "calls" in name), "what was read is counted"

    opened.models(endpoint, form, Reply(["Fine ", "again."]))
    assert (await say(client, session, "hello"))["content"] == "Fine again."
    assert await opened.used() == (charged + 1, now_used[1] + READ)
    assert CANARY not in f"{plain}{stream.text}{capfd.readouterr()}"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", FAULTS)
async def test_operations_of_agents_say_so_and_do_without(
    opened: Open, endpoint: Endpoint, form: Format, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    fault, client, (charged, read) = FAULTS[name], opened.tenant.client, await opened.used()
    opened.models(endpoint, form, fault.reply)
    files = {"document_ids": [opened.document]}

    report = await client.post(f"{AGENTS}/synthesize", json={"intent": "the filter", **files})
    analysis = await client.post(f"{AGENTS}/analyze/documents", json={"intent": "the filter", **files})
    for answer, text in ((report, "report"), (analysis, "analysis")):
        assert answer.status_code == 200, answer.text
        assert "The language model was asked and not taken: " in answer.json()[text]
        assert fault.reason in answer.json()[text]
        assert "“Clean the filter every three months.”" in answer.json()[text]
    order = await client.post(f"{AGENTS}/organize", json={"intent": "Sort by severity of the damage", **files})
    assert order.status_code == 200, order.text
    assert order.json()["success"] is False and order.json()["folders_created"] == 0
    assert "the language model gave no order: " in order.json()["summary"] and fault.reason in order.json()["summary"]

    now_used = await opened.used()
    assert now_used[0] == charged
    assert (now_used[1] > read) == (fault.begins or "calls" in name)
    assert CANARY not in f"{report.text}{analysis.text}{order.text}{capfd.readouterr()}"


async def test_a_provider_that_is_down_is_told_of(opened: Open, endpoint: Endpoint) -> None:
    for form in ("openai", "anthropic", "google"):
        opened.models(endpoint, form, Reply())
        place = Place(form, "m", "http://127.0.0.1:9/v1", CANARY, timeout_seconds=0.7)
        opened.product.infra.models[LanguageModels] = LanguageModels((RemoteLanguageModel(place),))
        session = await begin(opened.tenant.client)
        said = await say(opened.tenant.client, session, "How often is the filter cleaned?")
        assert said["content"].startswith("The language model gave no answer: it cannot be reached. Without it:")


@pytest.mark.parametrize("form", FORMS)
async def test_wrong_arguments_are_told_to_the_model_which_may_mend_them(
    opened: Open, endpoint: Endpoint, form: Format
) -> None:
    session = await begin(opened.tenant.client)
    opened.models(endpoint, form, Reply())
    wrong = [{"query": 7}, {"nonsense": True}, {"query": "x" * 100_000}, {"query": "filter", "limit": -1}]
    endpoint.replies = [
        *(Reply(call="search_documents", arguments=one) for one in wrong[:2]),
        Reply(call="search_documents", arguments={"query": "filter"}),
        Reply(["It is cleaned."]),
    ]
    assert (await say(opened.tenant.client, session, "How often?"))["content"] == "It is cleaned."
    endpoint.replies = [Reply(call="search_documents", arguments=one) for one in wrong]
    assert "language model" in (await say(opened.tenant.client, session, "How often?"))["content"]
    opened.models(endpoint, form, Reply(["Fine."]))
    assert (await say(opened.tenant.client, session, "hello"))["content"] == "Fine."


@pytest.mark.parametrize("form", FORMS)
async def test_what_a_model_took_is_counted_though_nobody_waits_for_its_answer(
    opened: Open, endpoint: Endpoint, form: Format
) -> None:
    product, client = opened.product, opened.tenant.client
    patient = product.infra.settings
    product.infra.settings = patient.model_copy(update={"chat_resume_seconds": 0.3})
    try:
        opened.models(endpoint, form, Reply([f"word {number} " for number in range(40)], pause_seconds=0.2))
        session, (charged, read) = await begin(client), await opened.used()
        async with listening(product, opened.tenant.key) as listener:
            await leave_after_a_word(listener, session)
            message = await ended(client, session)
    finally:
        product.infra.settings = patient
    assert (message["metadata"]["status"], await opened.used()) == ("cancelled", (charged, ANY))
    assert (await opened.used())[1] > read, "what was read is counted"
    whole = await get(client, session)
    assert whole["session"]["total_tokens"] > whole["messages"][1]["token_count"] > 0


async def leave_after_a_word(listener: httpx2.AsyncClient, session: str) -> None:
    path = f"{SESSIONS}/{session}/messages/stream"
    async with (
        listener.stream("POST", path, json={"message": "Count!"}) as answer,
        aclosing(events_of(answer)) as events,
    ):
        async for event in events:
            if event.name == "token":
                return
    raise AssertionError("it was over before")


async def ended(client: httpx2.AsyncClient, session: str) -> dict[str, Any]:
    """The answer, when it is over."""
    for _ in range(100):
        message: dict[str, Any] = (await get(client, session))["messages"][1]
        if message["metadata"]["status"] != "running":
            return message
        await asyncio.sleep(0.05)
    raise AssertionError("it is not over")
