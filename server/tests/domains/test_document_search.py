"""The search of documents: which passage, why, how sure, within what, and nobody else's."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from aionserver.domains.search import passages
from aionserver.domains.search.schemas import ChunkQuery
from aionserver.domains.search.service import search_documents
from aionserver.infra.tools import Errand, Selection
from aionserver.kit.ids import new_id
from aionserver.models.reranking import Reranker, RerankingError
from aionserver.models.reranking.deterministic import SharedWordsReranker
from aionserver.models.text_embedding import TextEmbedder
from aionserver.models.text_embedding.embedded import MiniLmTextEmbedder
from plugins.folders import add_folder
from plugins.passages import Passage, add_document
from plugins.pdfs import pdf
from plugins.product import Product, Tenant, upload

SEARCH = "/api/v2/documents/search"
AGENT = "/api/v2/agents/search/documents"
MANUAL = [
    Passage("Turn the pump off before you clean the filter.", ("Maintenance", "Filter"), 3),
    Passage("Order the seal as part AB-1234/7 from the dealer.", ("Spare parts",), 9),
    Passage("The warranty ends after two years. See § 12 of the terms.", ("Warranty",), 12),
    Passage("The pressure valve opens at 4.5 bar.", ("Safety",), 15),
]

SMALL = {
    "lease.txt": """
The landlord lets the cottage at 14 Mill Lane to Anna Weber from 1 March 2024. The lease ends on 28 February 2027. It
goes on for a year unless one side gives notice three months before. The rent is 940 euros a month and is due on the
third working day. The deposit is paid back within six weeks after the keys are returned.

Smoking is not allowed inside. Dogs are allowed if they are kept on a lead in the yard; other pets need consent in
writing. The wood stove may be used from October on; the chimney sweep comes twice a year, and ash is put into the metal
bin behind the shed.
""",
    "notes.txt": """
There are seven apple trees and two pears behind the house. The old one by the fence has canker and should come down
this winter. Read in the paper: Tom Wicker wrote about the sixties and what came of them. Ask the library for his book.
The rain barrel leaks. Buy a new tap and sealing tape, and ask Jonas for the long ladder.
""",
    "minutes.txt": """
Present: Maria Lopez, Jonas Brandt, Ines Keller, Piet de Vries. Maria opened the meeting of the allotment club at 7 pm.
The cash box is kept by Ines Keller. At the end of April it held 312 euros. The fees for the second half of the year are
due in July. The water pump will be mended before the summer feast. Piet asks three firms for an offer.
""",
}
ASKED_OF_SMALL = {
    "Tom Wicker": "notes.txt",
    "cash box": "minutes.txt",
    "who keeps the cash box?": "minutes.txt",
    "are dogs allowed": "lease.txt",
    "how many apple trees": "notes.txt",
    "wood stove": "lease.txt",
    "Smoking": "lease.txt",
    "When does the lease end?": "lease.txt",
    "rent": "lease.txt",
    "water pump": "minutes.txt",
}


async def search(tenant: Tenant, query: str, **more: Any) -> dict[str, Any]:
    answer = await tenant.client.post(SEARCH, json={"query": query, **more})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    scores = [one["similarity_score"] for one in found["results"]]
    assert scores == sorted(scores, reverse=True) and all(0 <= score <= 1 for score in scores)
    assert found["total_count"] == len(scores)
    return found


async def found_ids(tenant: Tenant, query: str, **more: Any) -> list[str]:
    return [one["chunk_id"] for one in (await search(tenant, query, **more))["results"]]


async def manual(product: Product, tenant: Tenant, **more: Any) -> tuple[str, list[str]]:
    return await add_document(product.infra, tenant.id, MANUAL, title="Pump manual", **more)


async def test_the_passage_that_answers_is_found_with_its_place_and_why(product: Product, tenant: Tenant) -> None:
    document, chunks = await manual(product, tenant)
    found = await search(tenant, "cleaning the filters")
    best = found["results"][0]
    assert (best["chunk_id"], best["document_id"], best["document_filename"]) == (chunks[0], document, "manual.pdf")
    assert (best["page_numbers"], best["chunk_index"]) == ([3], 0)
    assert best["heading_hierarchy"] == ["Maintenance", "Filter"]
    assert best["content"] == MANUAL[0].content
    assert best["metadata"]["matched_words"] == ["clean", "filter"]
    assert "clean the filter" in best["metadata"]["snippet"]
    assert best["similarity_score"] >= 0.3
    assert found["documents"][0]["document_id"] == document
    assert found["documents"][0]["chunk_ids"][0] == chunks[0]
    assert found["query"] == "cleaning the filters" and found["search_time_ms"] >= 0


async def test_an_uploaded_document_is_found_until_it_is_deleted_and_again_when_restored(
    product: Product, tenant: Tenant
) -> None:
    data = pdf(
        ["# Pump X200", "This manual tells how it is kept."], ["# Oil", "Change the oil every 500 hours of work."]
    )
    document = str((await upload(tenant, data, "manual.pdf"))["image_id"])
    await product.do_jobs()
    found = await search(tenant, "how often is the oil changed", similarity_threshold=0.1)
    best = found["results"][0]
    assert (best["document_id"], best["page_numbers"]) == (document, [2])
    assert best["metadata"]["matched_words"] == ["Oil", "Change", "oil"]
    assert await found_ids(tenant, '"500 hours"') == [best["chunk_id"]]
    await tenant.client.delete(f"/api/v2/user-files/{document}")
    assert await found_ids(tenant, "oil", similarity_threshold=0) == []
    assert await counted(product, tenant) == {}
    await tenant.client.post(f"/api/v2/user-files/{document}/restore")
    await product.do_jobs()
    assert await found_ids(tenant, '"500 hours"') == [best["chunk_id"]]
    assert (await counted(product, tenant))[0] == 2


async def counted(product: Product, tenant: Tenant) -> dict[int, int]:
    """How many chunks have each word, as is kept."""
    async with product.infra.open_system_scope(tenant.id) as scope:
        rows = await scope.session.execute(text("select term, chunks from chunk_terms where chunks <> 0"))
        return {row.term: row.chunks for row in rows}


async def test_codes_section_signs_and_numbers_are_found_exactly(product: Product, tenant: Tenant) -> None:
    _, chunks = await manual(product, tenant)
    other = [f"Order the seal as part AB-{number}/7 from the dealer, see § {number}." for number in range(2000, 2040)]
    await add_document(product.infra, tenant.id, other, "other.pdf")
    for query, place in (("AB-1234/7", 1), ("ab-1234/7", 1), ("what does § 12 say", 2), ("valve 4.5 bar", 3)):
        found = await search(tenant, query)
        assert found["results"][0]["chunk_id"] == chunks[place], query
        assert found["results"][0]["similarity_score"] >= 0.5, query
    only = await found_ids(tenant, "AB-1234/7", similarity_threshold=0.5)
    assert only == [chunks[1]]


async def test_a_code_alone_finds_what_has_it_and_shows_no_other(product: Product, tenant: Tenant) -> None:
    product.infra.models[TextEmbedder] = MiniLmTextEmbedder(1)
    rows = [f"| INV-2025-{number:03} | 2025-01-{number % 28 + 1:02} | {number * 37}.50 |" for number in range(1, 61)]
    tables = ["\n".join(("| invoice | date | amount |", *rows[at : at + 15])) for at in range(0, 60, 15)]
    _, chunks = await add_document(product.infra, tenant.id, tables, "invoices.csv")
    (found,) = (await search(tenant, "INV-2025-037"))["results"]
    assert found["chunk_id"] == chunks[2]
    assert found["metadata"]["matched_words"] == ["INV-2025-037"]
    assert "INV-2025-037" in found["metadata"]["snippet"]
    assert await found_ids(tenant, "INV-2025-999") == []
    headed = Passage("It was paid in cash.", ("Invoice INV-2025-777",))
    _, under = await add_document(product.infra, tenant.id, [headed], "paid.pdf")
    assert await found_ids(tenant, "INV-2025-777") == under


async def test_words_in_quotes_stand_together(product: Product, tenant: Tenant) -> None:
    _, chunks = await add_document(
        product.infra,
        tenant.id,
        ["The red pump stands here.", "A pump, red as it is, stands here.", "Red Pump\nnumber 2"],
    )
    assert set(await found_ids(tenant, '"red pump"')) == {chunks[0], chunks[2]}
    assert await found_ids(tenant, '"pump red"', similarity_threshold=0) == [chunks[1]]
    assert await found_ids(tenant, '"blue pump"', similarity_threshold=0) == []


async def test_the_indexes_find_what_looking_at_all_finds(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    subjects = ("pump", "valve", "boiler", "fan", "motor", "sensor")
    many = [f"Clean the {one} {number} and its filter." for number in range(40) for one in subjects]
    await add_document(product.infra, tenant.id, many, "many.pdf", tags=["old"])
    document, chunks = await manual(product, tenant)
    stranger = await product.tenant("Stranger")
    await add_document(product.infra, stranger.id, many)
    queries = ("warranty of the pump", "AB-1234/7", "valve opens at bar", "sensor 17", '"pressure valve"', "§ 12")
    whole = [await found_ids(tenant, query, limit=5, similarity_threshold=0) for query in queries]
    monkeypatch.setattr(passages, "EXACT_UP_TO", 3)
    monkeypatch.setattr(passages, "NEAREST", 120)
    for query, expected in zip(queries, whole, strict=True):
        assert (await found_ids(tenant, query, limit=5, similarity_threshold=0))[:1] == expected[:1], query
    found = await found_ids(tenant, "clean the filter", document_ids=[document], similarity_threshold=0)
    assert set(found) == set(chunks)
    tagged = await search(tenant, "clean the filter", tags=["old"], limit=50, similarity_threshold=0)
    assert {one["document_filename"] for one in tagged["results"]} == {"many.pdf"}
    assert len(tagged["results"]) == 50


async def test_a_code_that_many_have_does_not_drown_what_is_asked(product: Product, tenant: Tenant) -> None:
    many = [f"Exhibit {number} to the Form 8-K of the company." for number in range(12)]
    signed = "The Form 8-K was signed by John Grant, the secretary of the company."
    _, chunks = await add_document(product.infra, tenant.id, [*many, signed])
    found = await search(tenant, "Who signed the 8-K?", similarity_threshold=0)
    assert found["results"][0]["chunk_id"] == chunks[-1]
    assert all(one["similarity_score"] < 0.7 for one in found["results"][1:])
    alone = await search(tenant, "8-K", limit=50)
    assert len(alone["results"]) == 13 and all(one["similarity_score"] >= 0.7 for one in alone["results"])


async def test_words_that_many_passages_have_find_those_that_have_two(
    product: Product, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("pump", "valve", "boiler")
    many = [f"The {word} of house {number} is new." for number in range(20) for word in words]
    _, chunks = await add_document(product.infra, tenant.id, [*many, "Behind the boiler stands a pump."])
    monkeypatch.setattr(passages, "EXACT_UP_TO", 3)
    monkeypatch.setattr(passages, "NEAREST", 0)
    monkeypatch.setattr(passages, "RARE", 10)
    assert (await found_ids(tenant, "valve, pump, boiler", limit=1, similarity_threshold=0)) == chunks[-1:]
    # A single word that many have finds some of them.
    assert len(await found_ids(tenant, "boiler", limit=5, similarity_threshold=0)) == 5


async def test_what_no_passage_answers_finds_nothing(product: Product, tenant: Tenant) -> None:
    await manual(product, tenant)
    assert await found_ids(tenant, "the migration of arctic terns") == []
    assert await found_ids(tenant, "the migration of arctic terns", similarity_threshold=0) != []


@pytest.mark.parametrize("bundled", [True, False])
async def test_a_small_library_is_found_by_the_words_in_it(product: Product, tenant: Tenant, bundled: bool) -> None:
    if bundled:
        product.infra.models[TextEmbedder] = MiniLmTextEmbedder(1)
    ids = {name: (await add_document(product.infra, tenant.id, [content], name))[1] for name, content in SMALL.items()}
    for query, name in ASKED_OF_SMALL.items():
        assert (await found_ids(tenant, query))[:1] == ids[name], query
    for query in ("the migration of arctic terns", "How do I reset the router?", "tom hanks movies", "car insurance"):
        assert await found_ids(tenant, query) == [], query


async def test_words_alone_find_all_that_have_them(product: Product, tenant: Tenant) -> None:
    texts = [f"The {subject} says when the rent is due." for subject in ("lease", "letter", "court", "owner", "agent")]
    _, chunks = await add_document(product.infra, tenant.id, [*texts, "The garden has seven apple trees."])
    assert set(await found_ids(tenant, "rent")) == set(chunks[:-1])


async def test_the_languages_of_a_library_are_those_of_its_own_documents(product: Product, tenant: Tenant) -> None:
    other = await product.tenant("Other")

    async def languages() -> list[str | None]:
        async with product.infra.open_system_scope(tenant.id) as scope:
            return sorted(await passages.languages_of(scope), key=str)

    await add_document(product.infra, other.id, ["Ein Satz."], "andere.txt", language="de")
    assert await languages() == []
    for number, language in enumerate(("fr", "en", "fr", "nl", "en")):
        await add_document(product.infra, tenant.id, ["Words."], f"{number}.txt", language=language)
    assert await languages() == ["en", "fr", "nl"]
    await add_document(product.infra, tenant.id, ["1 2 3"], "numbers.txt", language=None)
    assert await languages() == [None, "en", "fr", "nl"]


async def test_other_languages_are_found_by_their_words(product: Product, tenant: Tenant) -> None:
    texts: Sequence[tuple[str, str, str]] = (
        ("de", "Die Häuser stehen an der Straße.", "Haus Straße"),
        ("fr", "Les chevaux mangent dans le pré.", "cheval qui mange"),
        ("ja", "東京都庁は新宿にあります。", "東京都庁"),
        ("ru", "Собаки бегают по улицам.", "собака на улице"),
    )
    for language, content, _ in texts:
        await add_document(product.infra, tenant.id, [content], f"{language}.txt", language=language)
    for language, _, query in texts:
        found = await search(tenant, query, similarity_threshold=0)
        assert found["results"][0]["document_filename"] == f"{language}.txt", query


async def test_searches_keep_to_documents_folders_types_and_tags(product: Product, tenant: Tenant) -> None:
    folder = new_id()
    async with product.infra.open_system_scope(tenant.id) as scope:
        await add_folder(scope, folder)
    passage = ["Clean the filter every month."]
    first, _ = await add_document(product.infra, tenant.id, passage, "a.pdf", tags=["pump", "old"], folder_id=folder)
    second, _ = await add_document(product.infra, tenant.id, passage, "b.txt", tags=["pump"], file_format="text")

    async def documents(**more: Any) -> set[str]:
        return {one["document_id"] for one in (await search(tenant, "clean filter", **more))["documents"]}

    assert await documents() == {first, second}
    assert await documents(document_ids=[second]) == {second}
    assert await documents(document_ids=[second, "no-id", str(new_id())]) == {second}
    assert await documents(document_ids=[]) == set()
    assert await documents(folder_id=str(folder)) == {first}
    assert await documents(folder_id="no-id") == set()
    assert await documents(document_types=["pdf"]) == {first}
    assert await documents(document_types=["TXT"]) == {second}
    assert await documents(document_types=[".pdf", "text"]) == {first, second}
    assert await documents(tags=["pump", "old"]) == {first}


@pytest.mark.parametrize("path", ["/api/v2/documents/search", AGENT])
@pytest.mark.parametrize(
    "body, field, issue",
    [
        ({"query": "filter", "document_types": ["pdf", "pdff"]}, "document_types", "must be one of csv, docx, epub"),
        ({"query": " \n"}, "query", "must have at least one character that is not blank"),
    ],
)
async def test_a_type_nobody_knows_and_a_blank_query_are_refused(
    tenant: Tenant, path: str, body: dict[str, Any], field: str, issue: str
) -> None:
    answer = await tenant.client.post(path, json=body)
    assert answer.status_code == 422
    assert field in answer.text
    assert issue in answer.text


async def test_nobody_finds_what_is_anothers_or_deleted(product: Product, tenant: Tenant) -> None:
    document, chunks = await manual(product, tenant)
    stranger = await product.tenant("Stranger")
    assert await found_ids(stranger, "clean the filter", similarity_threshold=0) == []
    assert await found_ids(stranger, "clean the filter", document_ids=[document], similarity_threshold=0) == []
    assert await found_ids(tenant, "clean the filter", limit=1) == [chunks[0]]
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.session.execute(text("update files set deleted_at = now() where id = :id"), {"id": UUID(document)})
    assert await found_ids(tenant, "clean the filter", similarity_threshold=0) == []


async def test_words_are_counted_as_chunks_come_change_and_go(product: Product, tenant: Tenant) -> None:
    document, _ = await manual(product, tenant)
    other, _ = await add_document(product.infra, tenant.id, ["The filter."], "b.pdf")
    await add_document(product.infra, (await product.tenant("Stranger")).id, ["The filter."])
    truth = """
        select term, count(*)::int from (select unnest(array[0] || terms) as term from chunks) as every group by 1
    """

    async def agree(expected_chunks: int) -> None:
        counts = await counted(product, tenant)
        async with product.infra.open_system_scope(tenant.id) as scope:
            true = {row[0]: row[1] for row in await scope.session.execute(text(truth))}
        assert counts == true
        assert counts.get(0, 0) == expected_chunks

    async def change(statement: str, **values: Any) -> None:
        async with product.infra.open_system_scope(tenant.id) as scope:
            await scope.session.execute(text(statement), values)

    await agree(5)
    await change("update chunks set terms = array[7, 8] where file_id = :id", id=UUID(other))
    await agree(5)
    await change("update chunks set vector = null, model = null where file_id = :id", id=UUID(document))
    await agree(5)
    await change("delete from files where id = :id", id=UUID(other))
    await agree(4)
    await change("delete from chunks where file_id = :id", id=UUID(document))
    await agree(0)


async def test_the_agent_answers_with_passages_and_a_summary(product: Product, tenant: Tenant) -> None:
    document, chunks = await manual(product, tenant)
    headers = {"Idempotency-Key": "once"}
    answer = await tenant.client.post(AGENT, json={"query": "clean the filter"}, headers=headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["success"] is True and found["search_mode"] == "hybrid" and found["iterations"] == 1
    assert found["chunk_ids"][0] == chunks[0] and found["document_ids"] == [document]
    assert found["count"] == len(found["results"]) == len(found["chunk_ids"])
    best = found["results"][0]
    assert (best["text"], best["page_numbers"], best["chunk_index"]) == (MANUAL[0].content, [3], 0)
    assert found["result_refs"]["search_1"]["ids"] == found["chunk_ids"]
    assert found["result_refs"]["search_1"]["id_type"] == "chunk"
    assert "Pump manual (p.3)" in found["summary"]
    assert found["summary_raw"].startswith("[[ref:search_1]] ")
    assert f"[[doc:{document}|Pump manual|p:3]]" in found["summary_raw"]
    again = await tenant.client.post(AGENT, json={"query": "clean the filter"}, headers=headers)
    assert again.json() == found and again.headers["Idempotent-Replayed"] == "true"
    nothing = (await tenant.client.post(AGENT, json={"query": "arctic terns"})).json()
    assert (nothing["count"], nothing["result_refs"]) == (0, {})
    assert nothing["summary"] == "No passage of a document answers “arctic terns”."


async def test_assistants_find_passages_within_the_selection(product: Product, tenant: Tenant) -> None:
    document, chunks = await manual(product, tenant)
    other, _ = await add_document(product.infra, tenant.id, ["Clean the filter of the oven."], "oven.pdf")
    tool = product.infra.tools["search_documents"]
    found = await tool.run(Errand(tenant.actor, product.infra), query="clean the filter")
    assert {str(item.document_id) for item in found.items} == {document, other}
    chosen = Errand(tenant.actor, product.infra, selection=Selection(document_ids=[UUID(document)]))
    (best, *_) = (await tool.run(chosen, query="clean the filter")).items
    assert (str(best.id), best.kind, best.name, best.pages) == (chunks[0], "chunk", "Pump manual", (3,))
    assert best.details["headings"] == ["Maintenance", "Filter"]


async def test_a_question_that_goes_on_is_read_with_those_before(product: Product, tenant: Tenant) -> None:
    _, chunks = await manual(product, tenant)
    scopes, query = Errand(tenant.actor, product.infra), ChunkQuery("and for how long?", threshold=0)
    found = await search_documents(product.infra, scopes.open_scope, query, ["Does the pump have a warranty?"])
    assert str(found[0].id) == chunks[2]
    alone = await search_documents(product.infra, scopes.open_scope, query)
    assert found[0].score > max(one.score for one in alone)


class _Failing:
    name = "failing"

    def judge(self, query: str, texts: Sequence[str]) -> list[float]:
        raise RerankingError("the re-ranker answered 500")


async def test_a_reranker_has_the_last_word_where_it_answers(product: Product, tenant: Tenant) -> None:
    _, chunks = await manual(product, tenant)
    plain = await search(tenant, "clean filter valve", similarity_threshold=0)
    product.infra.models[Reranker] = SharedWordsReranker()
    judged = await search(tenant, "clean filter valve", similarity_threshold=0)
    assert judged["results"][0]["chunk_id"] == chunks[0]
    assert judged["results"][0]["similarity_score"] == pytest.approx(2 / 3, abs=1e-3)
    product.infra.models[Reranker] = _Failing()
    without = await search(tenant, "clean filter valve", similarity_threshold=0)
    assert [one["chunk_id"] for one in without["results"]] == [one["chunk_id"] for one in plain["results"]]


@pytest.mark.parametrize("query", ["'", '"', "%_\\", "§", "()[]{}", "a" * 1000, "\u200b", '"" ""', "-- ; drop table"])
async def test_any_text_may_be_asked(product: Product, tenant: Tenant, query: str) -> None:
    await manual(product, tenant)
    await search(tenant, query, similarity_threshold=0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": "a" * 1001},
        {"query": "a", "limit": 0},
        {"query": "a", "limit": 101},
        {"query": "a", "similarity_threshold": 1.1},
        {"query": "a\0"},
    ],
)
async def test_what_is_no_query_is_refused(tenant: Tenant, body: dict[str, Any]) -> None:
    assert (await tenant.client.post(SEARCH, json=body)).status_code == 422
