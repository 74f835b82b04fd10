"""Bytes on their way out: redirects to signed URLs, ranges, caching, safe headers, and URLs that were tampered with."""

from datetime import timedelta
from email.message import Message
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.infra.clock import utc_now
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.web.objects import RangeNotSatisfiable, byte_range, disposition
from plugins.database import Database
from plugins.product import Product, Tenant, photo, running, settings_for, upload

FILES = "/api/v2/user-files"
DATA = photo("red")


async def url_of(tenant: Tenant, file_id: str, what: str = "download") -> str:
    answer = await tenant.client.get(f"{FILES}/{file_id}/{what}")
    assert answer.status_code == 302, answer.text
    assert "private" in answer.headers["Cache-Control"]
    return answer.headers["Location"]


def changed(url: str, **fields: str) -> str:
    """The URL with other values of its query."""
    parts = urlsplit(url)
    return parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **fields})).geturl()


async def test_originals_and_variants_are_reached_by_redirect_without_a_key(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant, DATA))["image_id"]
    anyone = product.client(None)
    early = await tenant.client.get(f"{FILES}/{file_id}/variant/small_256")
    assert (early.status_code, early.json()["error"]["code"]) == (404, "VARIANT_NOT_FOUND")
    await product.do_jobs()
    for what in ("download", "variant/original"):
        assert (await anyone.get(await url_of(tenant, file_id, what))).content == DATA
    for name in ("tiny_64", "small_256", "medium_750", "large_1024"):
        found = await anyone.get(await url_of(tenant, file_id, f"variant/{name}"))
        assert found.headers["Content-Type"] == "image/webp"
        assert found.content[8:12] == b"WEBP"
    for name in ("nonsense", "small_256.webp", "%00", "\u00e9"):
        assert (await tenant.client.get(f"{FILES}/{file_id}/variant/{name}")).status_code == 404
    details = (await tenant.client.get(f"{FILES}/{file_id}")).json()
    for field in ("original_url", "thumbnail_url", "medium_url", "full_url"):
        assert (await anyone.get(details[field])).status_code == 200


async def test_a_signed_url_serves_ranges_conditions_and_heads(product: Product, tenant: Tenant) -> None:
    url = await url_of(tenant, (await upload(tenant, DATA, "beach.jpg"))["image_id"])
    anyone, size = product.client(None), len(DATA)

    async def read(method: str = "GET", **headers: str) -> httpx2.Response:
        return await anyone.request(method, url, headers={name.replace("_", "-"): v for name, v in headers.items()})

    whole = await read()
    assert (whole.status_code, whole.content) == (200, DATA)
    assert whole.headers["Content-Length"] == str(size)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert "Content-Encoding" not in whole.headers
    assert whole.headers["Content-Disposition"].startswith('inline; filename="beach.jpg"')
    etag = whole.headers["ETag"]
    for wanted, start, end in (
        ("2-5", 2, 6),
        (f"{size - 3}-", size - 3, size),
        ("-4", size - 4, size),
        (f"9-{10**9}", 9, size),
    ):
        part = await read(Range=f"bytes={wanted}")
        assert (part.status_code, part.content) == (206, DATA[start:end])
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
        assert part.headers["Content-Length"] == str(end - start)
    for beyond in (f"{size}-", f"{size + 5}-{size + 9}", "-0"):
        refused = await read(Range=f"bytes={beyond}")
        assert (refused.status_code, refused.headers["Content-Range"]) == (416, f"bytes */{size}")
        assert refused.json()["error"]["code"] == "RANGE_NOT_SATISFIABLE"
    for odd in ("bytes=", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", f"bytes={'9' * 40}-"):
        assert (await read(Range=odd)).content == DATA
    assert (await read(Range="bytes=0-1", If_Range=etag)).status_code == 206
    assert (await read(Range="bytes=0-1", If_Range='"other"')).status_code == 200
    same = await read(If_None_Match=etag)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    assert (await read(If_None_Match=f'"other", W/{etag}')).status_code == 304
    assert (await read(If_None_Match='"other"')).status_code == 200
    since = whole.headers["Last-Modified"]
    assert (await read(If_Modified_Since=since)).status_code == 304
    assert (await read(If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT")).content == DATA
    assert (await read(Range="bytes=0-1", If_Range=since)).status_code == 206
    assert (await read(If_Match=etag)).status_code == 200
    failed = await read(If_Match='"other"')
    assert (failed.status_code, failed.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")
    head = await read("HEAD")
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(size))
    assert (await read("HEAD", Range="bytes=0-1")).headers["Content-Length"] == "2"
    assert (await read("DELETE")).status_code == 405


async def test_a_url_that_was_changed_or_has_expired_is_refused(product: Product, tenant: Tenant) -> None:
    one = await url_of(tenant, (await upload(tenant, DATA))["image_id"])
    other = await url_of(tenant, (await upload(tenant, photo("blue")))["image_id"])
    anyone = product.client(None)
    swapped = urlsplit(one)._replace(path=urlsplit(other).path).geturl()
    traversal = urlsplit(one)._replace(path="/api/v2/objects/../../secret.key").geturl()
    expires = dict(parse_qsl(urlsplit(one).query))["expires"]
    for wrong in (
        swapped,
        traversal,
        changed(one, type="text/html"),
        changed(one, name="other.html"),
        changed(one, expires=str(int(expires) + 60)),
        changed(one, expires="9" * 30),
        changed(one, signature=""),
        changed(one, signature="\u00e9"),
        changed(one, signature=dict(parse_qsl(urlsplit(other).query))["signature"]),
        one.split("?")[0],
    ):
        answer = await anyone.get(wrong)
        assert answer.status_code in (403, 404), wrong
        if answer.status_code == 403:
            assert answer.json()["error"]["code"] == "INVALID_SIGNATURE"
        else:
            assert wrong == traversal
    assert (await anyone.get(changed(one, expires="soon"))).status_code == 422
    product.infra.clock = lambda: utc_now() + timedelta(seconds=3600 + 600)
    expired = await anyone.get(one)
    assert (expired.status_code, expired.json()["error"]["code"]) == (403, "EXPIRED_URL")


async def test_a_url_stays_the_same_for_a_while_so_that_browsers_keep_what_they_loaded(
    product: Product, tenant: Tenant
) -> None:
    file_id = (await upload(tenant))["image_id"]
    now = utc_now().replace(minute=1, second=0)
    product.infra.clock = lambda: now
    first = await url_of(tenant, file_id)
    product.infra.clock = lambda: now + timedelta(minutes=3)
    assert await url_of(tenant, file_id) == first
    assert int(dict(parse_qsl(urlsplit(first).query))["expires"]) >= now.timestamp() + 3600


ODD_NAMES = [
    'a"b.jpg',
    "a\\b;.jpg",
    "Ünï 写真.png",
    "../../etc/passwd",
    "C:\\temp\\x.jpg",
    "new\r\nline.jpg",
    "",
    ".",
    "x" * 400,
]


async def test_odd_names_come_back_safely_and_in_full(product: Product, tenant: Tenant) -> None:
    anyone = product.client(None)
    for name in ODD_NAMES:
        body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
        body += name.replace("\\", "\\\\").replace('"', '\\"').replace("\r\n", " ").encode()
        body += b'"\r\n\r\n' + DATA + b"\r\n--b--\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        sent = await tenant.client.post(f"{FILES}/upload/stream", content=body, headers=headers)
        assert sent.status_code == 200, (name, sent.text)
        shown = (await tenant.client.get(f"{FILES}/{sent.json()['image_id']}")).json()["original_filename"]
        assert shown and "/" not in shown and "\\" not in shown and len(shown) <= 255
        found = await anyone.get(await url_of(tenant, sent.json()["image_id"]))
        assert found.content == DATA
        assert (
            shown[:150] in found.headers["Content-Disposition"]
            or "filename*=UTF-8''" in found.headers["Content-Disposition"]
        )


@given(st.text(max_size=200))
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    header = disposition("image/jpeg", name.encode("utf-8", "replace").decode())
    assert header.isascii() and header.isprintable()
    message = Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "inline"
    assert {key for key, _ in message.get_params(header="content-disposition") or []} <= {"inline", "filename"}


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/pdf", "image/heic", ""])
def test_what_a_browser_might_run_is_an_attachment(kind: str) -> None:
    assert disposition(kind, "x").startswith("attachment;")


@given(
    st.one_of(st.none(), st.from_regex(r"bytes=\d{0,3}-\d{0,3}", fullmatch=True), st.text(max_size=20)),
    st.integers(0, 500),
)
def test_a_range_is_within_the_file_or_refused(header: str | None, size: int) -> None:
    try:
        start, end = byte_range(header, size)
    except RangeNotSatisfiable:
        return
    assert 0 <= start <= end <= size


async def test_links_begin_with_the_public_address_where_one_is_set(
    database: Database, tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox
) -> None:
    settings = settings_for(database, tmp_path_factory.mktemp("public"), public_url="https://vision.example.org/")
    async with running(settings, sandbox) as product:
        tenant = await product.tenant()
        url = await url_of(tenant, (await upload(tenant))["image_id"])
        assert url.startswith("https://vision.example.org/api/v2/objects/")


async def test_in_a_bucket_the_same_redirects_lead_to_its_own_signed_urls(
    database: Database, tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox, s3_url: str
) -> None:
    settings = settings_for(database, tmp_path_factory.mktemp("bucket"), storage_url=f"{s3_url}/product")
    async with running(settings, sandbox) as product:
        tenant = await product.tenant()
        file_id = (await upload(tenant, DATA))["image_id"]
        await product.do_jobs()
        async with httpx2.AsyncClient() as anyone:
            assert (await anyone.get(await url_of(tenant, file_id))).content == DATA
            small = await anyone.get(await url_of(tenant, file_id, "variant/small_256"))
            assert (small.headers["Content-Type"], small.content[8:12]) == ("image/webp", b"WEBP")
        own = await product.client(None).get(f"/api/v2/objects/uploads/{tenant.id}/{file_id}/photo.jpg?signature=x")
        assert own.status_code == 403
