"""Search by agents and by chat: what is found, why, by whom, and no longer than it is there."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from aionserver.infra.actors import Role
from aionserver.kit.ids import new_id
from plugins.folders import add_folder
from plugins.product import Product, Tenant, photo, upload

AGENT = "/api/v2/agents/search/images"
CHAT = "/api/v2/chat/images/search"


async def search(tenant: Tenant, query: str, **more: Any) -> dict[str, Any]:
    answer = await tenant.client.post(AGENT, json={"query": query, **more})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["success"] is True
    assert found["count"] == len(found["results"]) == len(found["result_ids"])
    assert [one["image_id"] for one in found["results"]] == found["result_ids"]
    scores = [one["score"] for one in found["results"]]
    assert scores == sorted(scores, reverse=True) and all(0 <= score <= 1 for score in scores)
    return found


async def found_ids(tenant: Tenant, query: str, **more: Any) -> list[str]:
    return (await search(tenant, query, **more))["result_ids"]


async def chat(tenant: Tenant, query: str, **more: Any) -> dict[str, Any]:
    answer = await tenant.client.post(CHAT, json={"query": query, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def library(product: Product, tenant: Tenant) -> dict[str, str]:
    """Five processed pictures, each found by something else; name to id."""
    ids = {
        "tagged": (await upload(tenant, photo("red"), tags="orchestra, violin"))["image_id"],
        "titled": (await upload(tenant, photo("green"), title="Quarterly report"))["image_id"],
        "named": (await upload(tenant, photo("blue"), "XB-1041_final.jpg"))["image_id"],
        "described": (await upload(tenant, photo("gray")))["image_id"],
        "lettered": (await upload(tenant, photo("white")))["image_id"],
    }
    await product.do_jobs()
    async with product.infra.open_system_scope(tenant.id) as scope:
        for name, column, value in (
            ("described", "description", "A narrow-gauge locomotive crosses a viaduct."),
            ("lettered", "visible_text", "CAUTION wet floor"),
        ):
            query = text(f"update files set {column} = :value where id = :id")
            await scope.session.execute(query, {"value": value, "id": UUID(ids[name])})
        query = text("update descriptions set description = f.description from files f where f.id = file_id")
        await scope.session.execute(query)
    await tenant.client.delete(f"/api/v2/user-files/{ids['described']}")
    await tenant.client.post(f"/api/v2/user-files/{ids['described']}/restore")
    await product.do_jobs()  # which indexes it by its new description
    return ids


async def test_pictures_are_found_by_tag_title_name_description_and_the_text_in_them(
    product: Product, tenant: Tenant
) -> None:
    ids = await library(product, tenant)
    for query, name in (
        ("violin", "tagged"),
        ("quarterly report", "titled"),
        ("XB-1041", "named"),
        ("wet floor", "lettered"),
        ('"wet floor"', "lettered"),
        ("locomotive on a viaduct", "described"),
    ):
        found = await search(tenant, query)
        best = found["results"][0]
        assert best["image_id"] == ids[name], query
        assert best["score"] > 0.1
        assert {"type"} <= set().union(*best["features"])
        assert (await chat(tenant, query))["results"][0]["image_id"] == ids[name]
    kinds = {one["type"] for one in (await search(tenant, "violin"))["results"][0]["features"]}
    assert "tags" in kinds
    assert await found_ids(tenant, "submarine") == []


async def test_a_picture_is_found_by_what_it_shows(product: Product, tenant: Tenant) -> None:
    ids = await library(product, tenant)
    found = await search(tenant, "something red")
    assert found["results"][0]["image_id"] == ids["tagged"]
    assert any(one["type"] in ("similarity", "tags") for one in found["results"][0]["features"])


async def test_an_answer_tells_programs_and_people_the_same(product: Product, tenant: Tenant) -> None:
    ids = await library(product, tenant)
    found = await search(tenant, "violin")
    (ref,) = found["result_refs"].values()
    assert ref["ids"] == ref["image_ids"] == found["result_ids"]
    assert (ref["count"], ref["id_type"], ref["label"]) == (found["count"], "image", "violin")
    assert "[[ref:search_1]]" in found["summary_raw"] and "[[" not in found["summary"]
    assert found["token_usage"]["total_tokens"] == 0
    best = found["results"][0]
    assert best["thumbnail_url"].startswith("http://testserver/")
    assert (best["filename"], best["title"], best["image_id"]) == ("photo.jpg", None, ids["tagged"])
    nothing = await search(tenant, "submarine")
    assert (nothing["count"], nothing["result_refs"]) == (0, {})
    assert "submarine" in nothing["summary"]


async def test_a_search_is_limited_to_a_folder_to_ids_and_to_a_number(product: Product, tenant: Tenant) -> None:
    ids, folder = await library(product, tenant), new_id()
    async with product.infra.open_system_scope(tenant.id) as scope:
        await add_folder(scope, folder)
        query = text("update files set folder_id = :folder where id = :id")
        await scope.session.execute(query, {"folder": folder, "id": UUID(ids["tagged"])})
    assert await found_ids(tenant, "violin", folder_id=str(folder)) == [ids["tagged"]]
    assert await found_ids(tenant, "quarterly report", folder_id=str(folder)) == []
    assert await found_ids(tenant, "violin", folder_id=str(new_id())) == []
    assert await found_ids(tenant, "violin", folder_id="nonsense") == []
    assert await found_ids(tenant, "violin", image_ids=[ids["tagged"], "nonsense", str(new_id())]) == [ids["tagged"]]
    assert await found_ids(tenant, "violin", image_ids=[ids["titled"]]) == []
    assert await found_ids(tenant, "violin", image_ids=[]) == []
    everything = "surface"
    assert len(await found_ids(tenant, everything)) > 2
    assert len(await found_ids(tenant, everything, limit=2)) == 2


async def test_a_query_says_what_must_not_be_there_and_when_it_was_made(product: Product, tenant: Tenant) -> None:
    """What is excluded is not found; a month finds pictures by the date in them, and no others."""
    red, green = [(await upload(tenant, photo(colour), tags="violin"))["image_id"] for colour in ("red", "green")]
    await product.do_jobs()
    async with product.infra.open_system_scope(tenant.id) as scope:
        query = text("update files set content_created_at = '2022-07-09T12:00:00Z' where id = :id")
        await scope.session.execute(query, {"id": UUID(red)})
    assert sorted(await found_ids(tenant, "violin")) == sorted([red, green])
    assert await found_ids(tenant, "violin without red") == [green]
    assert await found_ids(tenant, "violin from July 2022") == [red]
    assert await found_ids(tenant, "photos taken in 2022") == [red]
    assert await found_ids(tenant, "photos from May 2022") == []


async def test_chat_turns_pages_of_what_is_found(product: Product, tenant: Tenant) -> None:
    await library(product, tenant)
    whole = await chat(tenant, "  Red GREEN blue ")
    assert whole["query_interpretation"]["normalized_query"] == "red green blue"
    assert whole["total_count"] == len(whole["results"]) > 2
    pages = [await chat(tenant, "Red GREEN blue", limit=1, offset=offset) for offset in range(whole["total_count"] + 1)]
    assert [one["image_id"] for page in pages for one in page["results"]] == [
        one["image_id"] for one in whole["results"]
    ]
    assert {page["total_count"] for page in pages} == {whole["total_count"]}
    assert all(0 <= one["relevance_score"] <= 1 and 0 <= one["confidence"] <= 1 for one in whole["results"])
    assert all(one["thumbnail_url"] and one["medium_url"] and one["full_url"] for one in whole["results"])


async def test_a_deleted_picture_is_not_found_at_once_and_found_again_when_restored(
    product: Product, tenant: Tenant
) -> None:
    ids = await library(product, tenant)
    before = await search(tenant, "something red")
    await tenant.client.delete(f"/api/v2/user-files/{ids['tagged']}")
    for query in ("violin", "something red"):
        assert ids["tagged"] not in await found_ids(tenant, query)
        assert ids["tagged"] not in {one["image_id"] for one in (await chat(tenant, query))["results"]}
    await tenant.client.post(f"/api/v2/user-files/{ids['tagged']}/restore")
    assert (await found_ids(tenant, "violin"))[0] == ids["tagged"]
    await product.do_jobs()
    assert (await search(tenant, "something red"))["results"][0]["score"] == before["results"][0]["score"]


async def test_another_tenants_pictures_are_never_found(product: Product, tenant: Tenant) -> None:
    ids = await library(product, tenant)
    other = await product.tenant("Other")
    for query in ("violin", "quarterly report", "something red", "XB-1041"):
        assert await found_ids(other, query) == []
        assert await found_ids(other, query, image_ids=list(ids.values())) == []
        assert (await chat(other, query))["total_count"] == 0


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (AGENT, {}, "query"),
        (AGENT, {"query": ""}, "query"),
        (AGENT, {"query": "x" * 2001}, "query"),
        (AGENT, {"query": "a\0b"}, "query"),
        (AGENT, {"query": "x", "limit": 0}, "limit"),
        (AGENT, {"query": "x", "limit": 501}, "limit"),
        (AGENT, {"query": "x", "image_ids": "x"}, "image_ids"),
        (CHAT, {"query": ""}, "query"),
        (CHAT, {"query": "x" * 501}, "query"),
        (CHAT, {"query": "x", "limit": 101}, "limit"),
        (CHAT, {"query": "x", "offset": -1}, "offset"),
    ],
)
async def test_what_cannot_be_searched_is_422_and_names_the_field(
    tenant: Tenant, path: str, body: dict[str, Any], field: str
) -> None:
    answer = await tenant.client.post(path, json=body)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["error"]["details"]] == [field]


async def test_no_query_is_too_odd(product: Product, tenant: Tenant) -> None:
    await upload(tenant)
    await product.do_jobs()
    for query in (
        "   ",
        "???",
        "\U00020000" * 500,
        "' or 1=1; --",
        ":*&|!()",
        "the",
        "“quoted”",
        "\u202e\ufeff",
        "a" * 500,
    ):
        await search(tenant, query)
        await chat(tenant, query)


async def test_the_same_search_with_the_same_key_is_answered_and_charged_once(product: Product, tenant: Tenant) -> None:
    await library(product, tenant)
    headers = {"Idempotency-Key": "search-1"}
    first, again = [await tenant.client.post(AGENT, json={"query": "violin"}, headers=headers) for _ in range(2)]
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first.headers
    reused = await tenant.client.post(AGENT, json={"query": "report"}, headers=headers)
    assert (reused.status_code, reused.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    other = await product.tenant("Other")
    theirs = await other.client.post(AGENT, json={"query": "violin"}, headers=headers)
    assert (theirs.status_code, theirs.json()["count"]) == (200, 0)
    for key in ("x" * 129, "ü", " "):
        odd = await tenant.client.post(AGENT, json={"query": "x"}, headers=[("Idempotency-Key", key.encode())])
        assert odd.status_code == (200 if key == " " else 422)
    async with product.infra.open_system_scope(tenant.id) as scope:
        query = text("select sum(credits) from ledger_entries where operation = 'agent_call'")
        assert (await scope.session.execute(query)).scalar_one() == 1 + 1


async def test_a_viewer_may_search(product: Product, tenant: Tenant) -> None:
    viewer = await product.another_key(tenant, Role.VIEWER)
    for path in (AGENT, CHAT):
        assert (await viewer.post(path, json={"query": "x"})).status_code == 200
