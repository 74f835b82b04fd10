"""Agents that write reports, analyse documents and put files in order, over HTTP and without a language model."""

import re
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from aionserver.domains.agent_operations.sorting import best_of
from aionserver.domains.usage import service as usage
from aionserver.infra.actors import Role
from aionserver.kit.citations import find_citations
from aionserver.kit.ids import new_id
from plugins.passages import Passage, add_document
from plugins.product import Product, Tenant, photo, upload

AGENTS = "/api/v2/agents"
PUMP = (
    Passage("Clean the filter every three months. Turn the pump off before you open the lid.", ("Care",), 2),
    Passage("The pump moves water from the tank to the filter. The pump must never run dry.", ("Use",), 1),
)
FILTER = (
    Passage("Clean the filter with cold water. A filter that is torn has to be replaced.", ("Care",), 1),
    Passage("The filter holds back sand. The warranty covers the filter for two years.", ("Warranty",), 3),
)
LEASE = (Passage("The tenant pays the rent on the first day of the month. The landlord repairs the roof.", (), 1),)


async def ask(client: httpx2.AsyncClient, path: str, key: str | None = None, **body: Any) -> dict[str, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = await client.post(f"{AGENTS}/{path}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
async def documents(product: Product, tenant: Tenant) -> dict[str, str]:
    """Two manuals and a contract, by their names."""
    made = {"pump.pdf": PUMP, "filter.pdf": FILTER, "lease.pdf": LEASE}
    return {name: (await add_document(product.infra, tenant.id, parts, name))[0] for name, parts in made.items()}


def cited(text: str) -> set[str]:
    return {one.id for one in find_citations(text)}


def quoted(text: str) -> list[str]:
    return re.findall("“([^”]+)”", text)


def said(*parts: tuple[Passage, ...]) -> str:
    return " ".join(one.content for some in parts for one in some)


async def spent_on(product: Product, tenant: Tenant) -> int:
    async with product.infra.open_scope(tenant.actor) as scope:
        return (await usage.credit_balance(scope)).used


# Reports


async def test_a_report_quotes_what_was_found_and_cites_it(tenant: Tenant, documents: dict[str, str]) -> None:
    found = await ask(tenant.client, "synthesize", intent="Write a report on cleaning the filter")
    report = found["report"]
    assert report.startswith("# Cleaning the filter\n") and "## Sources" in report
    assert found["success"] and found["document_count"] == 2 and found["saved_document_id"] is None
    assert cited(report) == {documents["pump.pdf"], documents["filter.pdf"]}
    assert "“Clean the filter every three months.” [[doc:" in report
    assert all(one in said(PUMP, FILTER) for one in quoted(report))
    assert "[[" not in found["summary"] and "filter" in found["summary"]
    assert found["token_usage"]["total_tokens"] == 0 and found["iterations"] == 1


async def test_a_report_of_given_files_tells_of_them_alone(
    product: Product, tenant: Tenant, documents: dict[str, str]
) -> None:
    cat = (await upload(tenant, photo("red"), title="Tom", tags="cat"))["image_id"]
    await product.do_jobs()
    given = {"image_ids": [cat], "document_ids": [documents["lease.pdf"]]}
    found = await ask(tenant.client, "synthesize", intent="Summarize these files", **given)
    assert (found["image_count"], found["document_count"]) == (1, 1)
    assert cited(found["report"]) == {cat, documents["lease.pdf"]}
    assert f"[[img:{cat}|Tom]]" in found["report"] and "rent on the first day" in found["report"]
    assert found["report"].startswith("# Report\n")
    assert "\n1 picture.\n" in found["report"]  # when it was uploaded is not when it was made


async def test_a_saved_report_is_a_document_that_is_found(
    product: Product, tenant: Tenant, documents: dict[str, str]
) -> None:
    asked = {"intent": "Report on how to clean the filter", "auto_save": True}
    found = await ask(tenant.client, "synthesize", key="once", **asked)
    again = await ask(tenant.client, "synthesize", key="once", **asked)
    assert again == found
    await product.do_jobs()
    listed = (await tenant.client.get("/api/v2/documents")).json()["documents"]
    saved = [one for one in listed if one["id"] not in documents.values()]
    assert [one["id"] for one in saved] == [found["saved_document_id"]]
    assert saved[0]["title"] == "How to clean the filter" and saved[0]["tags"] == ["report"]
    assert saved[0]["extraction_status"] == "completed" and saved[0]["filename"].endswith(".md")
    words = (await tenant.client.get(f"/api/v2/documents/{found['saved_document_id']}/text")).json()["text"]
    assert "Clean the filter every three months." in words and "pump.pdf (p.2)" in words and "[[" not in words
    query = {"query": "clean the filter", "document_ids": [found["saved_document_id"]]}
    assert (await ask(tenant.client, "search/documents", **query))["count"] > 0


async def test_nothing_to_tell_from_is_said_and_costs_nothing(product: Product, tenant: Tenant) -> None:
    before = await spent_on(product, tenant)
    for given in ({}, {"image_ids": [], "document_ids": []}):
        found = await ask(tenant.client, "synthesize", intent="zeppelins over Uruguay", auto_save=True, **given)
        assert not found["success"] and found["saved_document_id"] is None
        assert "Nothing was found" in found["summary"] and found["report"].startswith("# Zeppelins over Uruguay")
    assert await spent_on(product, tenant) == before
    assert (await tenant.client.get("/api/v2/documents")).json()["total_count"] == 0


async def test_a_viewer_reads_reports_and_saves_none(
    product: Product, tenant: Tenant, documents: dict[str, str]
) -> None:
    viewer = await product.another_key(tenant, Role.VIEWER)
    assert (await ask(viewer, "synthesize", intent="the filter"))["success"]
    answer = await viewer.post(f"{AGENTS}/synthesize", json={"intent": "the filter", "auto_save": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "PERMISSION_DENIED")


# Analyses


async def test_an_analysis_answers_tells_of_each_and_compares(tenant: Tenant, documents: dict[str, str]) -> None:
    ids = list(documents.values())
    found = await ask(tenant.client, "analyze/documents", intent="How is the filter cleaned?", document_ids=ids)
    analysis, told = found["analysis"], said(PUMP, FILTER, LEASE)
    assert found["success"] and found["document_count"] == 3
    for part in ("## How is the filter cleaned", "## pump.pdf", "## lease.pdf", "## Comparison", "## Groups"):
        assert part in analysis, part
    assert all(one in told for one in quoted(analysis)) and cited(analysis) == set(ids)
    assert f"[[doc:{documents['lease.pdf']}|lease.pdf]]: no passage speaks of what is asked." in analysis
    references = found["chunk_references"]
    assert {one["document_id"] for one in references} == set(ids)
    (first, *_) = [one for one in references if one["document_filename"] == "pump.pdf"]
    assert first["page_numbers"] in ([1], [2])
    categories = {one["name"]: one for one in found["categorization"]["categories"]}
    assert set(categories["Filter"]["document_ids"]) == {documents["pump.pdf"], documents["filter.pdf"]}
    assert categories["Other"]["document_ids"] == [documents["lease.pdf"]]
    assert found["categorization"]["total_files"] == 3 and "3 documents in 2 groups" in found["summary"]


async def test_documents_are_put_into_the_groups_that_are_named(tenant: Tenant, documents: dict[str, str]) -> None:
    ids = list(documents.values())
    intent = "Categorize these documents into rent, warranty and helicopters"
    found = await ask(tenant.client, "analyze/documents", intent=intent, document_ids=ids)
    groups = {one["name"]: one["document_ids"] for one in found["categorization"]["categories"]}
    assert found["categorization"]["clustering_method"] == "named"
    assert groups["rent"] == [documents["lease.pdf"]] and documents["filter.pdf"] in groups["warranty"]
    assert groups["helicopters"] == []


def test_a_name_fits_well_or_far_better_than_the_others() -> None:
    names = ["manuals", "contracts", "recipes"]
    assert best_of(names, {"manuals": 0.4, "contracts": 0.35}) == "manuals"
    assert best_of(names, {"recipes": 0.17}) == "recipes"
    assert best_of(names, {"contracts": 0.2, "recipes": 0.08}) == "contracts"
    assert best_of(names, {"contracts": 0.2, "recipes": 0.15}) is None


async def test_one_document_is_told_of_and_compared_with_none(tenant: Tenant, documents: dict[str, str]) -> None:
    found = await ask(tenant.client, "analyze/documents", intent="Summarize", document_ids=[documents["lease.pdf"]])
    assert found["categorization"] is None and "## Comparison" not in found["analysis"]
    assert "The landlord repairs the roof." in found["analysis"]


async def test_documents_without_text_are_told_apart_from_those_not_read_yet(product: Product, tenant: Tenant) -> None:
    waiting = (await upload(tenant, b"Later.", "later.txt"))["image_id"]
    answer = await tenant.client.post(
        f"{AGENTS}/analyze/documents", json={"intent": "Summarize", "document_ids": [waiting]}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "DOCUMENTS_NOT_READ")
    assert answer.headers["Retry-After"] == "5"
    empty, _ = await add_document(product.infra, tenant.id, [])
    answer = await tenant.client.post(
        f"{AGENTS}/analyze/documents", json={"intent": "Summarize", "document_ids": [empty]}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "DOCUMENTS_WITHOUT_TEXT")


# Order


@pytest.fixture
async def photos(product: Product, tenant: Tenant) -> dict[str, str]:
    """Pictures of cats and dogs, and one that shares its tag with none."""
    named = {"Tom": "cat", "Kitty": "cat", "Rex": "dog", "Fido": "dog", "Tree": "oak"}
    sizes = {title: (200 + 10 * number, 200) for number, title in enumerate(named)}
    found = {
        t: (await upload(tenant, photo("red", sizes[t]), title=t, tags=tag))["image_id"] for t, tag in named.items()
    }
    await product.do_jobs()
    async with product.infra.open_system_scope(tenant.id) as scope:
        for title, tag in named.items():
            values = {"tags": [tag], "title": title}
            await scope.session.execute(text("update files set tags = :tags where title = :title"), values)
    return found


async def places(tenant: Tenant) -> dict[str, str | None]:
    """The folder that each file lies in, by titles."""
    tree = (await tenant.client.get("/api/v2/folders")).json()["folders"]
    names = {one["id"]: one["name"] for one in tree}
    listed = (await tenant.client.get("/api/v2/user-files")).json()["files"]
    return {one["title"]: names.get(one["folder_id"]) for one in listed}


async def undo(tenant: Tenant, found: dict[str, Any]) -> None:
    for move in found["undo"]["moves"]:
        answer = await tenant.client.post("/api/v2/folders/move-files", json=move)
        assert answer.status_code == 200 and answer.json()["moved"] == len(move["file_ids"])
    for folder_id in found["undo"]["folder_ids"]:
        assert (await tenant.client.delete(f"/api/v2/folders/{folder_id}")).status_code == 200


async def test_files_are_sorted_into_folders_and_back(tenant: Tenant, photos: dict[str, str]) -> None:
    before = await places(tenant)
    found = await ask(tenant.client, "organize", key="once", intent="Organize my photos by tag")
    assert (found["success"], found["folders_created"], found["files_moved"]) == (True, 2, 4)
    assert await places(tenant) == {"Tom": "Cat", "Kitty": "Cat", "Rex": "Dog", "Fido": "Dog", "Tree": None}
    assert {(one["action"], one["folder_name"], one["file_count"]) for one in found["actions"]} == {
        ("create_and_move_files", "Cat", 2),
        ("create_and_move_files", "Dog", 2),
    }
    assert "1 file stays where it is" in found["summary"] and "To undo it" in found["summary"]
    assert await ask(tenant.client, "organize", key="once", intent="Organize my photos by tag") == found
    await undo(tenant, found)
    assert await places(tenant) == before
    assert (await tenant.client.get("/api/v2/folders")).json()["folders"] == []


async def test_folders_that_are_there_are_used_below_the_parent(tenant: Tenant, photos: dict[str, str]) -> None:
    parent = (await tenant.client.post("/api/v2/folders", json={"name": "Animals"})).json()["id"]
    cats = (await tenant.client.post("/api/v2/folders", json={"name": "CAT", "parent_id": parent})).json()["id"]
    given = {"image_ids": list(photos.values()), "parent_folder_id": parent}
    found = await ask(tenant.client, "organize", intent="sort by tag", **given)
    actions = {one["folder_name"].lower(): one for one in found["actions"]}
    assert (actions["cat"]["action"], actions["cat"]["folder_id"]) == ("move_files", cats)
    assert found["folders_created"] == 1
    contents = (await tenant.client.get(f"/api/v2/folders/{parent}")).json()
    assert [one["name"] for one in contents["subfolders"]] == ["CAT", "Dog"]
    again = await ask(tenant.client, "organize", intent="sort by tag", **given)
    assert (again["files_moved"], again["undo"]) == (0, None) and "already" in again["summary"]


async def test_files_go_to_the_folder_or_the_groups_that_are_named(
    tenant: Tenant, photos: dict[str, str], documents: dict[str, str]
) -> None:
    one = await ask(tenant.client, "organize", intent="Move these to “My oak”", image_ids=[photos["Tree"]])
    assert one["actions"][0]["folder_name"] == "My oak" and (await places(tenant))["Tree"] == "My oak"
    named = {"image_ids": [photos["Tom"], photos["Rex"]], "document_ids": [documents["lease.pdf"]]}
    many = await ask(tenant.client, "organize", intent="Sort them into cat, dog and rent", **named)
    assert {(one["folder_name"], one["file_count"]) for one in many["actions"]} == {("cat", 1), ("dog", 1), ("rent", 1)}


async def test_documents_are_sorted_by_what_they_speak_of(tenant: Tenant, documents: dict[str, str]) -> None:
    ids = list(documents.values())
    found = await ask(tenant.client, "organize", intent="Put these into folders that make sense", document_ids=ids)
    assert [(one["folder_name"], one["file_count"]) for one in found["actions"]] == [("Filter", 2)]


async def test_what_lies_in_a_folder_stays_there_unless_all_is_meant(tenant: Tenant, photos: dict[str, str]) -> None:
    folder = (await tenant.client.post("/api/v2/folders", json={"name": "Mine"})).json()["id"]
    body = {"file_ids": [photos["Tom"], photos["Rex"]], "folder_id": folder}
    await tenant.client.post("/api/v2/folders/move-files", json=body)
    assert (await ask(tenant.client, "organize", intent="Organize by kind"))["files_moved"] == 3
    assert (await places(tenant))["Tom"] == "Mine"
    found = await ask(tenant.client, "organize", intent="Organize all files by tag")
    assert found["files_moved"] == 4 and (await places(tenant))["Tom"] == "Cat"


@pytest.mark.parametrize(
    ("intent", "why"),
    [
        ("Organize by severity of the damage", "needs a language model"),
        ("Organize by camera", "Nothing is known"),
        ("Sort them into helicopters and submarines", "fits one of these groups"),
        ("move these to “a\u202eb”", "can't be called"),
        ("move these to the root", "can't be called"),
        ("delete these files", "says not how"),
        ("what is this?", "says not how"),
    ],
)
async def test_what_can_not_be_done_changes_nothing_and_is_said(
    product: Product, tenant: Tenant, photos: dict[str, str], intent: str, why: str
) -> None:
    before, spent = await places(tenant), await spent_on(product, tenant)
    found = await ask(tenant.client, "organize", intent=intent, image_ids=list(photos.values()))
    assert not found["success"] and why in found["summary"] and found["actions"] == [], found
    assert await places(tenant) == before and await spent_on(product, tenant) == spent


async def test_only_files_that_are_spoken_of_are_moved(tenant: Tenant, photos: dict[str, str]) -> None:
    for intent in ("Move these to Archive", "Sort them by tag", "Move the zeppelins to Archive"):
        found = await ask(tenant.client, "organize", intent=intent)
        assert not found["success"] and "There are no files" in found["summary"], intent
    made = await ask(tenant.client, "organize", intent="Create a folder called Archive")
    assert [one["action"] for one in made["actions"]] == ["create"] and made["files_moved"] == 0
    assert set((await places(tenant)).values()) == {None}
    moved = await ask(tenant.client, "organize", intent="Move all photos to archive")
    assert (moved["files_moved"], moved["folders_created"]) == (5, 0)
    assert set((await places(tenant)).values()) == {"Archive"}


async def test_a_folder_is_found_by_its_name_wherever_it_lies(tenant: Tenant, photos: dict[str, str]) -> None:
    parent = (await tenant.client.post("/api/v2/folders", json={"name": "Trips"})).json()["id"]
    inner = (await tenant.client.post("/api/v2/folders", json={"name": "Oslo", "parent_id": parent})).json()["id"]
    found = await ask(tenant.client, "organize", intent="file these under oslo", image_ids=[photos["Tom"]])
    assert [(one["action"], one["folder_id"]) for one in found["actions"]] == [("move_files", inner)]
    elsewhere = {"image_ids": [photos["Rex"]], "parent_folder_id": inner}
    found = await ask(tenant.client, "organize", intent="move these to Oslo", **elsewhere)
    assert found["folders_created"] == 1 and found["actions"][0]["folder_id"] != inner


async def test_a_viewer_organizes_nothing(product: Product, tenant: Tenant, photos: dict[str, str]) -> None:
    viewer = await product.another_key(tenant, Role.VIEWER)
    answer = await viewer.post(f"{AGENTS}/organize", json={"intent": "by tag"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "PERMISSION_DENIED")


# All three


@pytest.mark.parametrize("path", ["synthesize", "analyze/documents", "organize"])
async def test_files_that_are_not_there_or_of_another_kind_are_named(
    product: Product, tenant: Tenant, documents: dict[str, str], path: str
) -> None:
    other = await product.tenant("Other")
    secret, _ = await add_document(product.infra, other.id, LEASE, "secret.pdf")
    picture = (await upload(tenant))["image_id"]
    missing = [secret, str(new_id()), "no id", picture]
    body = {"intent": "by kind", "document_ids": [documents["pump.pdf"], *missing]}
    answer = await tenant.client.post(f"{AGENTS}/{path}", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (404, "DOCUMENT_NOT_FOUND")
    assert set(error["details"]["not_found"]) == set(missing) and "secret.pdf" not in answer.text


@pytest.mark.parametrize("path", ["synthesize", "analyze/documents", "organize"])
@pytest.mark.parametrize("intent", ["", " \n ", "x" * 2001, "a\0b", 7, None])
async def test_an_intent_is_bounded_text(tenant: Tenant, path: str, intent: Any) -> None:
    body = {"intent": intent, "document_ids": [str(new_id())]}
    answer = await tenant.client.post(f"{AGENTS}/{path}", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", ["synthesize", "analyze/documents", "organize"])
async def test_too_many_files_at_once_are_refused(tenant: Tenant, path: str) -> None:
    body = {"intent": "by kind", "document_ids": [str(new_id()) for _ in range(1001)]}
    answer = await tenant.client.post(f"{AGENTS}/{path}", json=body)
    assert answer.status_code == 422 and answer.json()["error"]["details"][0]["field"] == "document_ids"


async def test_each_costs_a_credit(product: Product, tenant: Tenant, documents: dict[str, str]) -> None:
    before = await spent_on(product, tenant)
    await ask(tenant.client, "synthesize", intent="the filter")
    await ask(tenant.client, "analyze/documents", intent="the filter", document_ids=[documents["pump.pdf"]])
    await ask(tenant.client, "organize", intent="by kind")
    assert await spent_on(product, tenant) == before + 3
