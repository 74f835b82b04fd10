"""The assistant with a language model: what it does through the wire, and what is said when the model fails."""

from collections.abc import Sequence
from typing import Any

import pytest

from aionserver.domains.assistant import service
from aionserver.domains.assistant.schemas import Answer, Event, Proposed, Question, Said, ToolBegun, Turn
from aionserver.domains.usage import service as usage
from aionserver.infra.actors import Actor, Role
from aionserver.infra.tools import Errand
from aionserver.kit.ids import new_id
from aionserver.models.language_model import LanguageModels
from aionserver.models.language_model.remote import Endpoint as Place
from aionserver.models.language_model.remote import RemoteLanguageModel
from plugins.language_models import READ, WRITTEN, Endpoint, Reply
from plugins.product import Product, Tenant, photo, upload


@pytest.fixture
async def dog(product: Product, tenant: Tenant, endpoint: Endpoint) -> str:
    """A picture of a dog, and an assistant with a language model."""
    place = Place("openai", "m", endpoint.url("openai"), "a-secret-key", timeout_seconds=2)
    product.infra.models[LanguageModels] = LanguageModels((RemoteLanguageModel(place),))
    found = await upload(tenant, photo("red"), title="Rex", tags="dog")
    await product.do_jobs()
    return found["image_id"]


async def events(
    product: Product, tenant: Tenant, words: str, history: Sequence[Turn] = (), actor: Actor | None = None
) -> list[Event]:
    errand = Errand(actor or tenant.actor, product.infra)
    return [one async for one in service.answer(Question(words, errand, history))]


async def ask(product: Product, tenant: Tenant, words: str, **more: Any) -> Answer:
    told = await events(product, tenant, words, **more)
    answer = told[-1]
    assert isinstance(answer, Answer), answer
    assert "".join(one.text for one in told if isinstance(one, Said)) == answer.content
    return answer


async def test_it_searches_and_cites_what_it_found(
    product: Product, tenant: Tenant, endpoint: Endpoint, dog: str
) -> None:
    told_apart = [
        "I found [[re",
        "f:search_1]] dog: [[img:",
        f"{dog[:8]}",
        f"{dog[8:13]}|x]]",
        ". See [[img:12345678|y]]!",
    ]
    endpoint.replies = [Reply(call="search_images", arguments={"query": "dog"}), Reply(told_apart)]
    answer = await ask(product, tenant, "Do I have dogs?")
    assert answer.content == f"I found [[ref:search_1]] dog: [[img:{dog}|Rex]]. See!"
    assert answer.resolved == "I found 1 dog: Rex. See!"
    assert (answer.provider, answer.model, answer.agents) == ("openai", "m", ("image_search",))
    assert (answer.tokens.input, answer.tokens.output, answer.tokens.calls) == (2 * READ, 2 * WRITTEN, 2)
    assert f"[[img:{dog}|Rex]]" in str(endpoint.asked[1]["messages"])


async def test_a_change_becomes_a_plan(product: Product, tenant: Tenant, endpoint: Endpoint, dog: str) -> None:
    endpoint.replies = [
        Reply(call="search_images", arguments={"query": "dog"}),
        Reply(call="delete_files", arguments={"files": ["search_1"]}),
    ]
    told = await events(product, tenant, "Delete my dogs")
    plan = told[-1]
    assert isinstance(plan, Proposed)
    assert [(one.tool, one.arguments) for one in plan.steps] == [("delete_files", {"files": [dog]})]
    assert "Delete files: 1 file (Rex)" in plan.summary and plan.tokens.calls == 2
    assert "delete_files" not in [one.tool for one in told if isinstance(one, ToolBegun)]
    assert (await tenant.client.get(f"/api/v2/user-files/{dog}")).status_code == 200


def offered(endpoint: Endpoint) -> set[str]:
    return {one["function"]["name"] for one in endpoint.asked[-1]["tools"]}


async def test_changes_are_offered_only_where_one_is_asked_for_by_who_may(
    product: Product, tenant: Tenant, endpoint: Endpoint, dog: str
) -> None:
    endpoint.replies = [Reply(["Yes."])]
    await ask(product, tenant, "Is there a dog?")
    assert "search_images" in offered(endpoint) and "delete_files" not in offered(endpoint)
    await ask(product, tenant, "Delete the dog")
    assert "delete_files" in offered(endpoint)
    viewer = Actor(tenant_id=tenant.id, role=Role.VIEWER)
    await ask(product, tenant, "Delete the dog", actor=viewer)
    assert "delete_files" not in offered(endpoint)


async def test_a_failing_model_is_told_of_and_done_without(
    product: Product, tenant: Tenant, endpoint: Endpoint, dog: str
) -> None:
    endpoint.replies = [Reply(status=429)]
    answer = await ask(product, tenant, "find photos of dogs")
    assert answer.content.startswith("The language model gave no answer: it is rate-limited at the moment.")
    assert f"[[img:{dog}|Rex]]" in answer.content
    assert answer.failure == "it is rate-limited at the moment"


async def test_half_an_answer_says_that_it_is_half(
    product: Product, tenant: Tenant, endpoint: Endpoint, dog: str
) -> None:
    endpoint.replies = [Reply(["A dog ", "is"], cut_after=1)]
    answer = await ask(product, tenant, "what is a dog?")
    assert answer.content == "A dog \n\n(The language model's answer ends here: its answer broke off.)"
    assert answer.tokens.output > 0 and answer.failure is not None


async def test_the_conversation_goes_along(product: Product, tenant: Tenant, endpoint: Endpoint, dog: str) -> None:
    endpoint.replies = [Reply(call="search_images", arguments={"query": "dog"}), Reply(["One: [[ref:search_1]]."])]
    first = await ask(product, tenant, "find dogs")
    endpoint.replies = [Reply(call="describe_file", arguments={"file": "search_1"}), Reply(["It is Rex."])]
    history = [Turn("user", "find dogs"), Turn("assistant", first.content, first.results)]
    second = await ask(product, tenant, "what is it?", history=history)
    assert [one.key for one in second.results] == ["search_2"]
    sent = str(endpoint.asked[-2]["messages"])
    assert "One: [[ref:search_1]]." in sent and dog in sent


async def test_errors_of_tools_are_told_to_the_model(
    product: Product, tenant: Tenant, endpoint: Endpoint, dog: str
) -> None:
    endpoint.replies = [Reply(call="search_images", arguments={"query": "dog", "folder": "Nowhere"}), Reply(["No."])]
    assert (await ask(product, tenant, "dogs in Nowhere?")).content == "No."
    assert "There is no folder called" in str(endpoint.asked[-1]["messages"])


async def test_a_tenant_uses_only_providers_it_allows(
    product: Product, tenant: Tenant, endpoint: Endpoint, dog: str
) -> None:
    endpoint.replies = [Reply(["Yes."])]
    changed = await tenant.client.patch("/api/v2/tenant/settings", json={"allowed_vlm_providers": ["anthropic"]})
    assert changed.status_code == 200, changed.text
    assert (await ask(product, tenant, "hello")).model == "embedded-assistant"
    await tenant.client.patch("/api/v2/tenant/settings", json={"allowed_vlm_providers": ["openai"]})
    assert (await ask(product, tenant, "hello")).model == "m"


async def test_a_months_budget_ends(product: Product, tenant: Tenant, endpoint: Endpoint, dog: str) -> None:
    endpoint.replies = [Reply(["Yes."])]
    product.infra.settings.language_model_monthly_usd = 1.0
    product.infra.settings.language_model_output_price_usd = 10.0
    for written, used in ((90_000, "m"), (10_000, "embedded-assistant")):
        async with product.infra.open_scope(tenant.actor) as scope:
            spent = usage.Particulars(tokens=usage.Tokens(read=1, written=written))
            await usage.charge(scope, usage.CHAT_MESSAGE, new_id(), 1, spent)
        assert (await ask(product, tenant, "hello")).model == used


async def test_a_conversations_budget_ends(product: Product, tenant: Tenant, endpoint: Endpoint, dog: str) -> None:
    endpoint.replies = [Reply(["Yes."])]
    product.infra.settings.language_model_session_tokens = READ + WRITTEN + 1
    begun = (await tenant.client.post("/api/v2/chat/sessions", json={})).json()
    other = (await tenant.client.post("/api/v2/chat/sessions", json={})).json()

    async def model_of(session: dict[str, Any]) -> str:
        path = f"/api/v2/chat/sessions/{session['session_id']}/messages"
        return (await tenant.client.post(path, json={"message": "hello"})).json()["model"]

    assert [await model_of(begun) for _ in range(3)] == ["m", "m", "embedded-assistant"]
    assert await model_of(other) == "m"
    product.infra.settings.language_model_session_tokens = 0
    product.infra.settings.language_model_session_usd = 0.001
    product.infra.settings.language_model_output_price_usd = 1_000_000.0
    assert [await model_of(begun), await model_of(other)] == ["embedded-assistant", "embedded-assistant"]
    product.infra.settings.language_model_session_usd = 0.0
    assert await model_of(begun) == "m"
