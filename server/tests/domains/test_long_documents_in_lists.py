"""The list of files finds a document by all of its text, however long it is."""

from importlib import import_module
from itertools import pairwise
from typing import Any

import psycopg
from sqlalchemy import text

from aionserver import wiring
from aionserver.infra.checks import Findings, Inspection
from aionserver.kit.document_texts import parts_beyond
from plugins.database import Database
from plugins.pdfs import pdf
from plugins.product import Product, Tenant, photo, upload

LIST = "/api/v2/user-files"
BACKFILL: Any = import_module("aionserver.migrations.versions.0041_words_of_whole_documents")


def lines(page: int) -> list[str]:
    return [f"On page {page}, line {number} says what there is to say." for number in range(40)]


def report(*last: str, pages: int = 14) -> bytes:
    """A report of some 2,000 characters a page, with these lines at its end, and Grenadine on its first page."""
    first = ["Grenadine is spoken of here.", *lines(1)]
    return pdf(first, *(lines(number) for number in range(2, pages)), ["This is the end.", *last, *lines(pages)])


async def add(product: Product, tenant: Tenant, data: bytes, name: str = "report.pdf", **fields: Any) -> str:
    """The id of a document that was uploaded and read."""
    answer = await upload(tenant, data, name, **fields)
    await product.do_jobs()
    return str(answer["image_id"])


async def found(tenant: Tenant, search: str, **more: Any) -> list[str]:
    """The ids of what is found, on however many pages."""
    ids, total = list[str](), None
    while total is None or len(ids) < total:
        answer = await tenant.client.get(LIST, params={"search": search, "limit": 2, "offset": len(ids), **more})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert total in (None, body["total_count"])
        total = body["total_count"]
        ids += [one["id"] for one in body["files"]]
        assert body["has_more"] == (len(ids) < total)
    return ids


async def test_a_word_of_the_last_page_finds_the_document_and_nobody_elses(product: Product, tenant: Tenant) -> None:
    last = ("The unfathomable Quokka-77 was sighted.", "Überraschung!")
    document = await add(product, tenant, report(*last))
    other = await product.tenant("Other")
    theirs = await add(product, other, report("A wombat was sighted."))
    for typed in ("quokka", "QUOK", "sightings", "unfathomab", "77", "quokka-77", "überrasch", "the quokka"):
        assert await found(tenant, typed) == [document], typed
        assert await found(tenant, typed, search_mode="visible_text") == [document], typed
        assert await found(tenant, typed, search_mode="metadata") == [], typed
        assert theirs not in await found(other, typed) or typed == "sightings"
    for typed in ("wombat", "uokka", "the", "the and of", "quokka wombat"):
        assert await found(tenant, typed) == [], typed
    assert await found(other, "wombat") == [theirs]


async def test_words_are_found_on_different_pages_and_phrases_where_they_stand_together(
    product: Product, tenant: Tenant
) -> None:
    document = await add(product, tenant, report("The wombat ran into the quokka."), "survey.pdf", title="Fauna")
    for typed in ("grenadine quokka", "fauna quokka", "survey grenadine wombat", '"ran into the quokka" grenadine'):
        assert await found(tenant, typed) == [document], typed
    for typed in ('"quokka wombat"', '"grenadine quokka"', "fauna quokka platypus"):
        assert await found(tenant, typed) == [], typed
    assert await found(tenant, "fauna survey pdf grenadine spoken line page end wombat ran quokka") == [document]
    assert await found(tenant, "grenadine quokka", search_mode="visible_text") == [document]
    assert await found(tenant, "fauna quokka", search_mode="visible_text") == []


async def test_the_order_is_as_it_was_and_what_only_later_pages_say_comes_last(
    product: Product, tenant: Tenant
) -> None:
    early = await add(product, tenant, b"A quokka sat on the first page.", "early.txt")
    titled = str((await upload(tenant, photo(size=(64, 64)), "a.png", title="Quokka"))["image_id"])
    late = [await add(product, tenant, report(f"Quokka {number}"), f"late-{number}.pdf") for number in range(3)]
    assert await found(tenant, "quokka") == [titled, early, *late[::-1]]
    assert await found(tenant, "quokka", sort_by="created_at", sort_order="asc") == [early, titled, *late]
    assert await found(tenant, "quokka", sort_by="title", sort_order="asc") == [early, *late, titled]


async def test_the_other_filters_hold_too(product: Product, tenant: Tenant) -> None:
    folder = (await tenant.client.post("/api/v2/folders", json={"name": "Reports"})).json()["id"]
    inside = await add(product, tenant, report("Quokka"), "inside.pdf", folder_id=folder, tags="fauna")
    outside = await add(product, tenant, report("Quokka again"), "outside.pdf")
    assert await found(tenant, "quokka", folder_id=folder) == [inside]
    assert await found(tenant, "quokka", tags="fauna") == [inside]
    assert await found(tenant, "quokka", ids=outside) == [outside]
    assert await found(tenant, "quokka", media_types="document") == [outside, inside]
    assert await found(tenant, "quokka", media_types="image") == []
    assert await found(tenant, "quokka", date_from="2999-01-01") == []


async def test_a_deleted_document_is_found_among_the_deleted_only_until_it_is_restored(
    product: Product, tenant: Tenant
) -> None:
    document = await add(product, tenant, report("Quokka"))
    assert (await tenant.client.delete(f"/api/v2/documents/{document}")).status_code < 300
    assert await found(tenant, "quokka") == []
    assert await found(tenant, "quokka", deleted=True) == [document]
    assert (await tenant.client.post(f"{LIST}/{document}/restore")).status_code == 200
    assert await found(tenant, "quokka") == [document]


async def run(product: Product, tenant: Tenant, *statements: str) -> Any:
    """The value of the last statement's only row, if it has one; each sees the tenant's rows alone."""
    async with product.infra.open_system_scope(tenant.id) as scope:
        for statement in statements:
            result = await scope.session.execute(text(statement))
    return result.scalar() if result.returns_rows else None


COUNT = "select count(*) from text_words"


async def test_it_is_found_still_when_it_is_changed_and_when_it_is_read_anew(product: Product, tenant: Tenant) -> None:
    document = await add(product, tenant, report("Quokka", pages=40))
    assert (parts := await run(product, tenant, COUNT)) >= 2
    changed = await tenant.client.patch(f"{LIST}/{document}", json={"title": "Marsupials", "tags": ["zoo"]})
    assert changed.status_code == 200
    assert await found(tenant, "quokka marsupials zoo") == [document]
    await run(product, tenant, "update documents set version = 'older'", "delete from file_steps where step = 'read'")
    assert (await tenant.client.post(f"{LIST}/{document}/trigger-variants")).status_code == 200
    await product.do_jobs()
    assert await run(product, tenant, COUNT) == parts
    assert await found(tenant, "quokka marsupials zoo") == [document]


async def test_of_a_text_that_became_shorter_nothing_stays_behind(product: Product, tenant: Tenant) -> None:
    document = await add(product, tenant, report("Quokka", pages=40))
    before = await run(product, tenant, COUNT)
    shorter = "delete from document_pages where number > 20"
    await run(product, tenant, shorter, "delete from file_steps where step = 'words'")
    assert (await tenant.client.post(f"{LIST}/{document}/trigger-variants")).status_code == 200
    await product.do_jobs()
    assert 0 < await run(product, tenant, COUNT) < before
    assert await found(tenant, "quokka") == []
    assert await found(tenant, "grenadine") == [document]


async def test_documents_that_were_read_before_get_their_words_by_a_job(
    product: Product, tenant: Tenant, database: Database
) -> None:
    long = await add(product, tenant, report("Quokka"))
    await add(product, tenant, b"Short.", "short.txt")
    await add(product, tenant, b"%PDF-1.7\nnothing more", "broken.pdf")
    deleted = await add(product, tenant, report("Quokka of the past"), "deleted.pdf")
    await tenant.client.delete(f"{LIST}/{deleted}")
    await run(product, tenant, "delete from text_words", "delete from file_steps where step = 'words'")
    with psycopg.connect(database.owner_url) as owner:
        for statement in (BACKFILL.STEPS, BACKFILL.JOBS):
            owner.execute(statement)
    waiting = "select string_agg(args ->> 'file_id', ' ') from procrastinate_jobs where status = 'todo'"
    assert await run(product, tenant, waiting) == long
    assert await found(tenant, "quokka") == []
    await product.do_jobs()
    assert await found(tenant, "quokka") == [long]
    await tenant.client.post(f"{LIST}/{deleted}/restore")
    await product.do_jobs()
    assert await found(tenant, "quokka", sort_by="title") == [long, deleted]
    findings = Findings()
    for check in wiring.CHECKS:
        await check.run(Inspection(product.infra, is_quiet=True), findings)
    assert findings.examples == []


def test_parts_begin_with_what_stands_before_them_and_leave_no_word_out() -> None:
    words = [f"word{number}" for number in range(5000)]
    whole = " ".join(words)
    parts = list(parts_beyond(whole, 1000, 3000))
    assert all(len(part) <= 3300 for part in parts)
    for before, after in pairwise(parts):
        assert set(before.split()) & set(after.split())
        assert after.split()[0] in words
    assert set(whole[1010:].split()[1:]) <= set(" ".join(parts).split())
    assert list(parts_beyond(whole, len(whole), 3000)) == []
    assert "".join(parts_beyond("漢" * 700, 300, 400)) == "漢" * 700
