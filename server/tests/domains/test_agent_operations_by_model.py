"""Agents' operations with a language model: what it writes is held to what was found, and failing costs nothing."""

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from aionserver.domains.usage import service as usage
from aionserver.infra.settings import Settings
from aionserver.kit.citations import find_citations
from aionserver.kit.ids import new_id
from aionserver.models.language_model import Asked, Finished, LanguageModels, TokenCounts, Wanted, Words
from aionserver.models.language_model.remote import Endpoint as Place
from aionserver.models.language_model.remote import RemoteLanguageModel
from plugins.language_models import READ, WRITTEN, Endpoint, Reply
from plugins.passages import Passage, add_document
from plugins.product import Product, Tenant, photo, upload

AGENTS = "/api/v2/agents"
PUMP = (Passage("Clean the filter every three months.", ("Care",), 2),)


@pytest.fixture
async def pump(product: Product, tenant: Tenant, endpoint: Endpoint) -> str:
    """A manual, and a language model."""
    place = Place("openai", "m", endpoint.url("openai"), "a-secret-key", timeout_seconds=2)
    product.infra.models[LanguageModels] = LanguageModels((RemoteLanguageModel(place),))
    return (await add_document(product.infra, tenant.id, PUMP, "pump.pdf"))[0]


async def ask(tenant: Tenant, path: str, **body: Any) -> dict[str, Any]:
    answer = await tenant.client.post(f"{AGENTS}/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def used(product: Product, tenant: Tenant) -> int:
    async with product.infra.open_scope(tenant.actor) as scope:
        return (await usage.credit_balance(scope)).used


async def test_a_report_is_written_and_its_citations_are_checked(
    product: Product, tenant: Tenant, endpoint: Endpoint, pump: str
) -> None:
    words = [
        "# The filter\n\nClean it every three months [[do",
        f"c:{pump[:8]}{pump[8:13]}|x|p:2]], says a page [[doc:{new_id()}|y|p:9]].",
        " See ![x](https://evil.example/?q=1) and https://evil.example.",
    ]
    endpoint.replies = [Reply(words)]
    found = await ask(tenant, "synthesize", intent="the filter", document_ids=[pump])
    report = found["report"]
    assert f"[[doc:{pump}|pump.pdf|p:2]]" in report and "evil.example" not in report
    assert [one.id for one in find_citations(report)] == [pump, pump]
    assert report.endswith(f"## Sources\n\n1. [[doc:{pump}|pump.pdf]], page 2\n")
    assert found["summary"].startswith("Clean it every three months pump.pdf (p.2), says a page.")
    assert (found["token_usage"]["input_tokens"], found["token_usage"]["output"]) == (READ, WRITTEN)
    told = str(endpoint.asked[0]["messages"])
    assert "Clean the filter every three months." in told and "tools" not in endpoint.asked[0]
    assert await used(product, tenant) == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(["It is fine, says nobody."]), "it cited nothing of what was found"),
        (Reply(status=429), "it is rate-limited at the moment"),
        (Reply(["Clean "], cut_after=1), "its answer broke off"),
        (Reply(body=b"no json"), ""),
    ],
)
async def test_one_that_fails_is_told_of_and_done_without(
    product: Product, tenant: Tenant, endpoint: Endpoint, pump: str, reply: Reply, reason: str
) -> None:
    endpoint.replies = [reply]
    found = await ask(tenant, "synthesize", intent="the filter", document_ids=[pump], auto_save=True)
    assert f"The language model was asked and not taken: {reason}" in found["report"]
    assert "“Clean the filter every three months.”" in found["report"] and found["saved_document_id"]
    analysis = await ask(tenant, "analyze/documents", intent="the filter", document_ids=[pump])
    assert f"asked and not taken: {reason}" in analysis["analysis"] and analysis["chunk_references"]
    assert await used(product, tenant) == 0


async def test_an_analysis_is_written_and_rests_on_the_passages_it_cites(
    product: Product, tenant: Tenant, endpoint: Endpoint, pump: str
) -> None:
    other, _ = await add_document(product.infra, tenant.id, [Passage("The roof is red.", (), 1)], "roof.pdf")
    endpoint.replies = [Reply([f"Every three months [[doc:{pump}|pump.pdf|p:2]]."])]
    found = await ask(tenant, "analyze/documents", intent="How often?", document_ids=[pump, other])
    assert found["analysis"] == f"Every three months [[doc:{pump}|pump.pdf|p:2]]."
    assert [(one["document_id"], one["page_numbers"]) for one in found["chunk_references"]] == [(pump, [2])]
    assert found["document_count"] == 2


async def test_files_are_sorted_as_it_says_and_no_others(
    product: Product, tenant: Tenant, endpoint: Endpoint, pump: str
) -> None:
    picture = (await upload(tenant, photo("red"), title="Dent"))["image_id"]
    apart = (await upload(tenant, photo("blue"), title="Apart"))["image_id"]
    await product.do_jobs()
    told = {
        "folders": [
            {"name": "Severe [x](https://evil.example)", "files": [picture, apart, str(new_id()), 7]},
            {"name": "\u202e", "files": [pump]},
            {"name": "Light", "files": [picture, pump]},
            "nonsense",
        ]
    }
    endpoint.replies = [Reply(call="file_into_folders", arguments=told)]
    body = {"intent": "Sort by severity of the damage", "image_ids": [picture], "document_ids": [pump]}
    found = await ask(tenant, "organize", **body)
    assert {(one["folder_name"], one["file_count"]) for one in found["actions"]} == {("Severe x", 1), ("Light", 1)}
    assert (await tenant.client.get(f"/api/v2/user-files/{apart}")).json()["folder_id"] is None
    assert found["token_usage"]["call_count"] == 1
    function = endpoint.asked[0]["tools"]
    assert [one["function"]["name"] for one in function] == ["file_into_folders"]


@pytest.mark.parametrize("arguments", [{}, {"folders": 7}, {"folders": [{"name": 1, "files": {}}]}, {"folders": []}])
async def test_an_order_that_is_none_changes_nothing(
    product: Product, tenant: Tenant, endpoint: Endpoint, pump: str, arguments: dict[str, Any]
) -> None:
    endpoint.replies = [Reply(call="file_into_folders", arguments=arguments)]
    found = await ask(tenant, "organize", intent="by severity of the damage", document_ids=[pump])
    assert not found["success"] and "put none of the files into a folder" in found["summary"]
    assert (found["actions"], await used(product, tenant)) == ([], 0)


async def test_what_is_exact_is_asked_of_no_model(tenant: Tenant, endpoint: Endpoint, pump: str) -> None:
    found = await ask(tenant, "organize", intent="Sort by format", document_ids=[pump])
    assert found["files_moved"] == 1 and endpoint.asked == []


@dataclass
class Sorter:
    """A model that puts every file that it is shown into one folder, and keeps what it was shown."""

    provider: str = "local"
    name: str = "small"
    lots: list[list[str]] = field(default_factory=list[list[str]])

    async def answer(self, asked: Asked) -> AsyncGenerator[Words | Finished]:
        data = json.loads(asked.text.partition("<data>")[2].partition("</data>")[0])
        self.lots.append([one["id"] for one in data["items"]])
        arguments: Mapping[str, Any] = {"folders": [{"name": "All", "files": self.lots[-1]}]}
        yield Finished(TokenCounts(10, 5, requests=1), (Wanted("file_into_folders", arguments),))


async def test_a_small_model_is_shown_as_much_as_it_can_read_lot_by_lot(product: Product, tenant: Tenant) -> None:
    model = Sorter()
    product.infra.models[LanguageModels] = LanguageModels((model,))
    ids = [(await add_document(product.infra, tenant.id, PUMP, f"{n}-{'x' * 200}.pdf"))[0] for n in range(30)]
    settings: Settings = product.infra.settings
    settings.language_model_context_tokens = settings.language_model_max_tokens + 2_000
    found = await ask(tenant, "organize", intent="sort as you like", document_ids=ids)
    assert len(model.lots) > 1 and [one for lot in model.lots for one in lot] == ids
    assert found["files_moved"] == 30 and found["iterations"] == len(model.lots)
    assert found["token_usage"]["input_tokens"] == 10 * len(model.lots)
