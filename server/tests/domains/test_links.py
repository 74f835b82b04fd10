"""Bookmarked pages: kept, fetched, read, shown, found, fetched again."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from sqlalchemy import text

from aionserver import wiring
from aionserver.domains.files.jobs import purge
from aionserver.domains.search import service as search
from aionserver.infra.actors import Role
from aionserver.infra.checks import Findings, Inspection
from aionserver.infra.clock import utc_now
from aionserver.infra.job_worker import Attempt
from aionserver.infra.sandbox import Sandbox
from plugins.database import Database
from plugins.product import Product, Tenant, running, settings_for, upload
from plugins.websites import HTML, Website, page

FILES = "/api/v2/user-files"
LINKS = f"{FILES}/links"
HEAD = """
<meta property="og:title" content="Tall ships return">
<meta property="og:description" content="Forty schooners moored at the old quay this weekend.">
<meta property="og:image" content="/preview.png">
<meta property="og:site_name" content="Harbour News"><meta property="og:type" content="article">
<meta property="og:url" content="/ships"><link rel="shortcut icon" href="icons/tab.ico">
"""
BODY = """
<nav>Home Imprint</nav><article><h1>Tall ships</h1><p>The harbour filled with wooden masts on Saturday, when forty
schooners moored along the quay for the yearly regatta of the northern coast.</p><p>Their crews will stay for a week,
and visitors may come aboard every afternoon from two until six.</p><img src="mast.jpg" alt="A mast"></article>
"""


@pytest_asyncio.fixture
async def product(database: Database, tmp_path: Path, sandbox: Sandbox, website: Website) -> AsyncIterator[Product]:
    """The product where the test's own site may be fetched from, though it is on the loopback."""
    async with running(settings_for(database, tmp_path, web_private_hosts=website.host), sandbox) as found:
        yield found


def picture(kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (800, 400), "teal").save(data, kind)
    return data.getvalue()


@pytest.fixture
def article(website: Website) -> str:
    """A page that says all that a page can say."""
    website.put("/preview.png", picture(), "image/png")
    return website.put("/ships", page("Tall ships | Harbour News", HEAD, BODY))


async def create(tenant: Tenant, url: str, **more: Any) -> dict[str, Any]:
    answer = await tenant.client.post(LINKS, json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def details(tenant: Tenant, link: dict[str, Any]) -> dict[str, Any]:
    answer = await tenant.client.get(f"{FILES}/{link['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def crawled(product: Product, tenant: Tenant, url: str, **more: Any) -> dict[str, Any]:
    """The details of a new link once its page was fetched."""
    link = await create(tenant, url, **more)
    await product.do_jobs()
    return await details(tenant, link)


async def listed(tenant: Tenant, **query: Any) -> list[dict[str, Any]]:
    answer = await tenant.client.get(FILES, params={"media_types": "link", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["files"]


async def run_sql(product: Product, tenant: Tenant, statement: str) -> None:
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.session.execute(text(statement))


async def test_a_link_is_fetched_read_and_shown(
    product: Product, tenant: Tenant, article: str, website: Website
) -> None:
    link = await create(tenant, article, tags=["Sea", "sea "])
    assert (link["crawl_status"], link["domain"], link["title"]) == ("queued", "127.0.0.1", None)
    assert (link["source_url"], link["is_duplicate"], link["tags"]) == (article, False, ["Sea"])
    await product.do_jobs()
    found = await details(tenant, link)
    assert found["crawl_status"] == "completed", found["crawl_error"]
    assert found["media_type"] == "link"
    assert (found["title"], found["page_title"]) == ("Tall ships return", "Tall ships return")
    assert found["upload_description"] == "Forty schooners moored at the old quay this weekend."
    assert "yearly regatta" in found["visible_text"]
    assert "Imprint" not in found["visible_text"]
    assert found["og_metadata"]["site_name"] == "Harbour News"
    assert found["og_metadata"]["image"] == website.url("/preview.png")
    assert found["favicon_url"] == website.url("/icons/tab.ico")
    assert found["extracted_images"] == {"images": [{"url": website.url("/mast.jpg"), "alt": "A mast"}]}
    assert found["extracted_images_count"] == 1
    assert found["crawled_at"] is not None
    assert found["crawl_error"] is None
    assert found["original_url"] is None
    steps = {one["operation_type"]: one["status"] for one in found["processing_history"]}
    assert steps == dict.fromkeys(("crawl", "preview", "index"), "completed")


async def test_a_list_shows_a_link_with_its_picture(product: Product, tenant: Tenant, article: str) -> None:
    found = await crawled(product, tenant, article)
    (item,) = await listed(tenant)
    for name in ("source_url", "domain", "og_metadata", "favicon_url", "crawl_status", "extracted_images_count"):
        assert item[name] == found[name]
    assert (item["variant_status"], item["blur_hash"]) == ("completed", found["blur_hash"])
    shown = await tenant.client.get(item["thumbnail_url"])
    with Image.open(io.BytesIO(shown.content)) as preview:
        assert preview.size == (256, 128)
    assert await listed(tenant, media_types="image") == []


async def test_requests_say_who_they_are_from_and_carry_no_secrets(
    product: Product, tenant: Tenant, article: str, website: Website
) -> None:
    await crawled(product, tenant, article)
    assert [path for path, _ in website.asked] == ["/ships", "/preview.png"]
    for _, headers in website.asked:
        assert "AionvisionBot/" in headers["user-agent"]
        assert headers.keys().isdisjoint({"authorization", "cookie", "referer"})


async def test_links_are_found_by_the_words_of_their_page(product: Product, tenant: Tenant, article: str) -> None:
    link = await crawled(product, tenant, article)
    for words, mode in (("schooners", "all"), ("ships return", "metadata"), ("regatta", "visible_text")):
        assert [one["id"] for one in await listed(tenant, search=words, search_mode=mode)] == [link["id"]]
    assert await listed(tenant, search="imprint") == []
    async with product.infra.open_system_scope(tenant.id) as scope:
        rows = await scope.session.execute(text("select name, vector::text from search_vectors"))
        ((space, vector),) = rows.all()
    assert space == "pages"
    assert len(vector.split(",")) == 384


async def test_links_are_found_by_meaning_and_by_words_and_never_among_pictures(
    product: Product, tenant: Tenant, article: str, website: Website
) -> None:
    ships = await crawled(product, tenant, article)
    bread = await crawled(product, tenant, website.put("/bread", page("Bread", "", "<p>Flour, water and salt.</p>")))
    await upload(tenant, title="schooners")
    await product.do_jobs()
    for words, first in (("forty schooners at the quay", ships), ("flour and water", bread)):
        vectors = await search.embed_query(product.infra, words)
        async with product.infra.open_system_scope(tenant.id) as scope:
            found = await search.find_links(scope, words, vectors, 5)
        assert str(found[0].file.id) == first["id"]
        assert {str(one.file.id) for one in found} <= {ships["id"], bread["id"]}
    pictures = await tenant.client.post("/api/v2/agents/search/images", json={"query": "schooners"})
    assert ships["id"] not in pictures.text
    other = await product.tenant("Other")
    async with product.infra.open_system_scope(other.id) as scope:
        assert await search.find_links(scope, words, vectors, 5) == []


async def test_a_persons_title_stays_and_the_pages_own_follows_the_page(
    product: Product, tenant: Tenant, website: Website
) -> None:
    url = website.put("/", page("First"))
    theirs, mine = await create(tenant, url), await create(tenant, url, title="My title")
    await product.do_jobs()
    renamed = await crawled(product, tenant, url)
    await tenant.client.patch(f"{FILES}/{renamed['id']}", json={"title": "Renamed"})
    website.put("/", page("Second"))
    for link in (theirs, mine, renamed):
        assert (await tenant.client.post(f"{FILES}/{link['id']}/recrawl")).status_code == 200
    await product.do_jobs()
    titles = [(await details(tenant, link))["title"] for link in (theirs, mine, renamed)]
    assert titles == ["Second", "My title", "Renamed"]


async def test_a_second_link_to_an_address_is_taken_and_marked(tenant: Tenant, website: Website) -> None:
    first = await create(tenant, website.url("/a"))
    again = await create(tenant, website.url("/a").upper().replace("/A", "/a") + "#part")
    assert (first["is_duplicate"], again["is_duplicate"]) == (False, True)
    assert (await create(tenant, website.url("/b")))["is_duplicate"] is False
    for link in (first, again):
        await tenant.client.delete(f"{FILES}/{link['id']}")
    assert (await create(tenant, website.url("/a")))["is_duplicate"] is False


async def test_lists_are_filtered_by_how_far_the_fetching_is(
    product: Product, tenant: Tenant, website: Website
) -> None:
    good = await create(tenant, website.put("/", page()))
    bad = await create(tenant, website.url("/missing"))
    await product.do_jobs()
    waiting = await create(tenant, website.url("/later"), auto_crawl=False)
    assert waiting["crawl_status"] == "pending"
    for status, link in (("completed", good), ("failed", bad), ("pending", waiting)):
        assert [one["id"] for one in await listed(tenant, crawl_status=status)] == [link["id"]]
    both = await listed(tenant, crawl_status="completed,failed")
    assert {one["id"] for one in both} == {good["id"], bad["id"]}
    assert (await tenant.client.get(FILES, params={"crawl_status": "done"})).status_code == 422


async def test_a_link_that_waits_is_fetched_when_somebody_asks(
    product: Product, tenant: Tenant, website: Website
) -> None:
    link = await create(tenant, website.put("/", page("Later")), auto_crawl=False)
    await product.do_jobs()
    assert website.asked == []
    answer = await tenant.client.post(f"{FILES}/{link['id']}/recrawl")
    assert answer.json()["status"] == "queued"
    await product.do_jobs()
    assert (await details(tenant, link))["title"] == "Later"


async def test_a_page_is_fetched_again_once_an_hour(product: Product, tenant: Tenant, website: Website) -> None:
    link = await create(tenant, website.put("/", page("Old")))
    path = f"{FILES}/{link['id']}/recrawl"
    busy = await tenant.client.post(path)
    assert (busy.status_code, busy.json()["error"]["code"]) == (400, "CRAWL_UNDER_WAY")
    await product.do_jobs()
    answer = await tenant.client.post(path)
    assert (answer.status_code, answer.json()["status"], answer.json()["link_id"]) == (200, "queued", link["id"])
    await product.do_jobs()
    soon = await tenant.client.post(path)
    assert (soon.status_code, soon.json()["error"]["code"]) == (429, "RECRAWL_TOO_SOON")
    assert 3500 < int(soon.headers["Retry-After"]) <= 3600
    product.infra.clock = lambda: utc_now() + timedelta(hours=1, seconds=1)
    assert (await tenant.client.post(path)).status_code == 200


async def test_what_is_no_link_is_not_fetched_again(tenant: Tenant) -> None:
    photo = (await upload(tenant))["image_id"]
    answer = await tenant.client.post(f"{FILES}/{photo}/recrawl")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "NOT_A_LINK")
    for unknown in ("00000000-0000-7000-8000-000000000000", "nothing"):
        answer = await tenant.client.post(f"{FILES}/{unknown}/recrawl")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "FILE_NOT_FOUND")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"status": 404}, "The address answers 404."),
        ({"status": 403}, "The address answers 403."),
        ({"status": 204}, "The address answers 204."),
        ({"content_type": "application/pdf"}, "At the address is application/pdf, not text/html"),
        ({"content_type": "image/png"}, "At the address is image/png"),
        ({"body": bytes((5 << 20) + 1)}, "larger than 5 MiB"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, "does not call port 1"),
        ({"status": 302, "headers": {"Location": "http://localhost/"}}, "public addresses only"),
    ],
)
async def test_a_page_that_cannot_be_taken_fails_with_a_sentence(
    product: Product, tenant: Tenant, website: Website, options: dict[str, Any], sentence: str
) -> None:
    url = website.put("/", **options)
    found = await crawled(product, tenant, url)
    assert found["crawl_status"] == "failed"
    assert sentence in found["crawl_error"]
    assert len(website.asked) == 1


async def test_a_bomb_is_refused_at_its_bound(product: Product, tenant: Tenant, website: Website) -> None:
    found = await crawled(product, tenant, website.bomb("/", 200 << 20))
    assert (found["crawl_status"], found["crawl_error"]) == ("failed", "What is at the address is larger than 5 MiB.")


async def do_again(product: Product, tenant: Tenant) -> None:
    """Do the jobs that wait for their next try."""
    await run_sql(product, tenant, "update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    await product.do_jobs()


async def test_a_page_that_fails_for_a_moment_is_tried_again(
    product: Product, tenant: Tenant, website: Website
) -> None:
    link = await create(tenant, website.put("/", status=503))
    await product.do_jobs()
    assert (await details(tenant, link))["crawl_status"] == "processing"
    website.put("/", page("Back again"))
    await do_again(product, tenant)
    found = await details(tenant, link)
    assert (found["crawl_status"], found["title"]) == ("completed", "Back again")


async def test_a_page_that_keeps_failing_is_given_up_after_three_tries(
    product: Product, tenant: Tenant, website: Website
) -> None:
    link = await create(tenant, website.put("/", status=500))
    for _ in range(5):
        await do_again(product, tenant)
    found = await details(tenant, link)
    assert (found["crawl_status"], found["crawl_error"]) == ("failed", "The address answers 500.")
    assert len(website.asked) == 3


async def test_what_was_read_stays_when_the_page_is_gone(
    product: Product, tenant: Tenant, article: str, website: Website
) -> None:
    link = await crawled(product, tenant, article)
    website.pages.clear()
    await tenant.client.post(f"{FILES}/{link['id']}/recrawl")
    await product.do_jobs()
    found = await details(tenant, link)
    assert (found["crawl_status"], found["title"]) == ("failed", "Tall ships return")
    assert found["thumbnail_url"] is not None


@pytest.mark.parametrize(
    ("content_type", "encoding", "declared"),
    [
        ("text/html; charset=iso-8859-1", "latin-1", ""),
        ("text/html; charset=utf-8", "cp1252", '<meta charset="windows-1252">'),
        ("text/html", "shift_jis", '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">'),
        ("text/html; charset=nonsense", "utf-8", ""),
        ("text/html", "utf-16", ""),
        ("text/html; charset=ascii", "utf-8-sig", ""),
        ("", "utf-8", ""),
    ],
)
async def test_letters_are_read_whatever_the_page_says_they_are(
    product: Product, tenant: Tenant, website: Website, content_type: str, encoding: str, declared: str
) -> None:
    title = "日本語の題名" if encoding == "shift_jis" else "Café am Fluß"
    website.put("/", page(title, declared).encode(encoding), content_type)
    assert (await crawled(product, tenant, website.url()))["title"] == title


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0\0",
        b"<",
        bytes(range(256)) * 40,
        b"<div>" * 50_000,
        b"<html><head><title>" + b"x" * 100_000,
        b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script>",
        b'<script type="application/ld+json">{"@type": "Article", "headline": "\\ud800 \\u0000"}</script>',
        b"<!--" + b"-" * 100_000,
        b'<meta property="og:title" content="\xf0\x9f">' * 10_000,
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><html><title>&a;</title></html>',
    ],
    ids=range(11),
)
async def test_a_page_of_any_bytes_is_read_or_fails_with_a_sentence(
    product: Product, tenant: Tenant, website: Website, body: bytes
) -> None:
    found = await crawled(product, tenant, website.put("/", body))
    assert found["crawl_status"] == "completed" or found["crawl_error"]
    assert "root:" not in str(found)
    assert len(found["title"] or "") <= 500


async def test_addresses_that_a_page_names_are_of_the_web_or_left_out(
    product: Product, tenant: Tenant, website: Website
) -> None:
    head = """
    <meta property="og:image" content="javascript:alert(1)"><meta property="og:image" content="data:image/png;base64,x">
    <link rel="icon" href="file:///etc/passwd"><meta property="og:url" content="http://user:word@example.org/">
    <meta property="og:title" content="&lt;script&gt;alert(1)&lt;/script&gt;">
    """
    found = await crawled(product, tenant, website.put("/", page("", head, '<img src="javascript:alert(1)">')))
    assert found["og_metadata"].keys().isdisjoint({"image", "url"})
    assert found["favicon_url"] == website.url("/favicon.ico")
    assert found["extracted_images_count"] == 0
    assert found["title"] == "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("options", "image"),
    [
        ({"status": 404}, "/preview.png"),
        ({"body": b"no picture", "content_type": "image/png"}, "/preview.png"),
        ({"body": b"<html>", "content_type": HTML}, "/preview.png"),
        ({"body": b"", "content_type": "image/svg+xml"}, "/preview.png"),
        ({}, "http://169.254.169.254/latest/meta-data/"),
        ({}, "http://localhost/preview.png"),
    ],
)
async def test_a_link_is_whole_without_its_picture(
    product: Product, tenant: Tenant, website: Website, options: dict[str, Any], image: str
) -> None:
    website.put("/preview.png", **options)
    head = f'<meta property="og:image" content="{image}">'
    found = await crawled(product, tenant, website.put("/", page("Whole", head)))
    assert (found["crawl_status"], found["title"]) == ("completed", "Whole")
    assert (found["variant_status"], found["thumbnail_url"]) == ("failed", None)
    assert found["variant_error"]


async def test_a_page_without_a_picture_fails_at_nothing(product: Product, tenant: Tenant, website: Website) -> None:
    found = await crawled(product, tenant, website.put("/", page("Plain", "", BODY.replace("<img", "<b"))))
    assert (found["variant_status"], found["variant_error"]) == ("skipped", None)
    assert found["upload_description"].startswith("The harbour filled with wooden masts")


@pytest.mark.parametrize(
    ("asked", "is_described", "is_searched"),
    [("noindex", True, False), ("nosnippet", False, False), ("none", True, False), ("nofollow", True, True)],
)
async def test_what_a_page_asks_crawlers_to_leave_out_is_left_out(
    product: Product, tenant: Tenant, website: Website, asked: str, *, is_described: bool, is_searched: bool
) -> None:
    in_page = website.put("/1", page("One", f'{HEAD}<meta name="Robots" content="{asked}">', BODY))
    in_head = website.put("/2", page("Two", HEAD, BODY), headers={"X-Robots-Tag": asked})
    for url in (in_page, in_head):
        found = await crawled(product, tenant, url)
        assert (found["title"], bool(found["upload_description"])) == ("Tall ships return", is_described)
        assert bool(found["visible_text"]) == is_searched


async def test_redirects_are_followed_and_the_address_stays_as_given(
    product: Product, tenant: Tenant, article: str, website: Website
) -> None:
    found = await crawled(product, tenant, website.redirect("/short", "/ships"))
    assert (found["title"], found["source_url"]) == ("Tall ships return", website.url("/short"))
    assert found["og_metadata"]["url"] == article


async def test_a_plain_text_is_read_as_one(product: Product, tenant: Tenant, website: Website) -> None:
    found = await crawled(product, tenant, website.put("/notes.txt", "Buy milk <b>", "text/plain"))
    assert (found["title"], found["visible_text"], found["upload_description"]) == (
        "notes.txt",
        "Buy milk <b>",
        "Buy milk <b>",
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "http://example.org/" + "a" * 2048}, "url"),
        ({"url": "http://example.org/", "title": "x" * 501}, "title"),
        ({"url": "http://example.org/", "tags": ["x"] * 41}, "tags"),
        ({"url": "http://example.org/", "tags": ["x" * 51]}, "tags"),
        ({"url": "example.org"}, "url"),
    ],
)
async def test_what_is_asked_is_checked(tenant: Tenant, body: dict[str, Any], field: str) -> None:
    answer = await tenant.client.post(LINKS, json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"].startswith(field)


async def test_a_link_goes_into_a_folder_that_is_there(tenant: Tenant, website: Website) -> None:
    folder = (await tenant.client.post("/api/v2/folders", json={"name": "Read later"})).json()["id"]
    link = await create(tenant, website.url(), folder_id=folder)
    assert [one["id"] for one in await listed(tenant, folder_id=folder)] == [link["id"]]
    for unknown in ("00000000-0000-7000-8000-000000000000", "nothing"):
        answer = await tenant.client.post(LINKS, json={"url": website.url(), "folder_id": unknown})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "FOLDER_NOT_FOUND")


async def test_the_same_request_sent_twice_makes_one_link(tenant: Tenant, website: Website) -> None:
    sent = [
        await tenant.client.post(LINKS, json={"url": website.url()}, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert sent[0].json() == sent[1].json()
    assert len(await listed(tenant)) == 1


async def test_links_count_as_uploads_and_are_in_the_audit_log(product: Product, website: Website) -> None:
    tenant = await product.tenant(tier="free")
    quota = "/api/v2/uploads/quota-check?file_count=1"
    before = (await tenant.client.get(quota)).json()["available"]
    link = await create(tenant, website.url())
    assert (await tenant.client.get(quota)).json()["available"] == before - 1
    entries = (await tenant.client.get("/api/v2/tenant/audit-logs")).json()["entries"]
    assert ("link.created", link["id"]) in {(one["event_type"], one["resource_id"]) for one in entries}


async def test_a_viewer_makes_no_links(product: Product, tenant: Tenant, website: Website) -> None:
    viewer = await product.another_key(tenant, Role.VIEWER)
    assert (await viewer.post(LINKS, json={"url": website.url()})).status_code == 403


async def test_a_link_has_no_bytes_to_download_or_to_process(product: Product, tenant: Tenant, article: str) -> None:
    link = await crawled(product, tenant, article)
    for path in ("download", "variant/original"):
        answer = await tenant.client.get(f"{FILES}/{link['id']}/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "VARIANT_NOT_FOUND")
    assert (await tenant.client.get(f"{FILES}/{link['id']}/variant/medium_750")).status_code == 302
    assert (await tenant.client.post(f"{FILES}/{link['id']}/trigger-variants")).status_code == 400


async def test_a_deleted_link_comes_back_found_by_meaning_without_being_fetched_again(
    product: Product, tenant: Tenant, article: str, website: Website
) -> None:
    link = await crawled(product, tenant, article)
    asked = len(website.asked)
    await tenant.client.delete(f"{FILES}/{link['id']}")
    assert await listed(tenant, search="schooners") == []
    await tenant.client.post(f"{FILES}/{link['id']}/restore")
    await product.do_jobs()
    assert [one["id"] for one in await listed(tenant, search="schooners")] == [link["id"]]
    assert (len(website.asked), await verified(product)) == (asked, [])


async def verified(product: Product) -> list[str]:
    """What `aionvision verify` would complain of."""
    inspection, said = Inspection(product.infra), list[str]()
    for check in wiring.CHECKS:
        findings = Findings()
        await check.run(inspection, findings)
        said += findings.examples
    return said


async def test_links_agree_with_all_that_is_verified_and_are_purged_whole(
    product: Product, tenant: Tenant, article: str, website: Website
) -> None:
    link = await crawled(product, tenant, article)
    await crawled(product, tenant, website.url("/missing"))
    await create(tenant, website.url("/later"), auto_crawl=False)
    assert await verified(product) == []
    await tenant.client.delete(f"{FILES}/{link['id']}")
    product.infra.clock = lambda: utc_now() + timedelta(days=31)
    await purge(product.infra, Attempt(1, is_last=False))
    assert [key async for key in product.infra.storage.list_keys("variants")] == []
    async with product.infra.open_system_scope(tenant.id) as scope:
        assert await scope.session.scalar(text("select count(*) from links")) == 2
