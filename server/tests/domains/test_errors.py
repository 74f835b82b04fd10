"""One error body, one set of headers, whatever goes wrong."""

import asyncio
import gzip
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from aionserver.infra.sandbox import Sandbox
from aionserver.infra.web.bodies import MAX_BODY_BYTES
from plugins.database import Database
from plugins.product import Product, Tenant, photo, running, settings_for, upload

FILES = "/api/v2/user-files"
STREAM = f"{FILES}/upload/stream"
SEARCH = "/api/v2/agents/search/images"
NOON = datetime(2026, 5, 1, 12, 0, 10, tzinfo=UTC)


def error_of(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The error, once the body has proved to be the one that all errors have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error", "request_id"}
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    assert body["request_id"] == answer.headers["X-Request-ID"]
    return body["error"]


async def test_unknown_paths_and_methods_have_the_error_body(tenant: Tenant, product: Product) -> None:
    for path in (
        "/nothing",
        "/api/v2/nothing",
        "/api/v2/user-files/a/b/c",
        "/docs/assets/none.js",
        "/docs/assets/../secret",
    ):
        error_of(await product.client(None).get(path), 404, "NOT_FOUND")
    wrong = await tenant.client.put(FILES)
    error_of(wrong, 405, "METHOD_NOT_ALLOWED")
    assert "GET" in wrong.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 422, "body"),
        (b"{", 422, "body"),
        (b"[]", 422, "body"),
        (b'"x"', 422, "body"),
        (b'"\xff"', 400, None),
        (b'{"query": "\\ud800"}', 422, "query"),
        (b"[" * 100_000, 400, None),
        (b'{"query": "x", "limit": ' + b"9" * 5000 + b"}", 400, None),
    ],
)
async def test_a_body_that_is_not_what_was_asked_for_is_refused(
    tenant: Tenant, body: bytes, status: int, field: str | None
) -> None:
    answer = await tenant.client.post(SEARCH, content=body, headers={"Content-Type": "application/json"})
    error = error_of(answer, status, "VALIDATION_ERROR" if status == 422 else "BAD_REQUEST")
    if field:
        assert [one["field"] for one in error["details"]] == [field]


async def test_a_422_names_every_field_that_is_wrong_and_echoes_none_of_it(tenant: Tenant) -> None:
    answer = await tenant.client.post(SEARCH, json={"query": "", "limit": "secret-value", "image_ids": {}})
    error = error_of(answer, 422, "VALIDATION_ERROR")
    assert {one["field"] for one in error["details"]} == {"query", "limit", "image_ids"}
    assert all(set(one) == {"field", "issue"} for one in error["details"])
    assert "secret-value" not in answer.text


async def test_a_body_longer_than_any_request_needs_is_413(tenant: Tenant) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65536

    headers = {"Content-Type": "application/json"}
    error_of(await tenant.client.post(SEARCH, content=endless(), headers=headers), 413, "PAYLOAD_TOO_LARGE")
    whole = json.dumps({"query": "x", "image_ids": ["x" * 36] * 100}).encode().ljust(MAX_BODY_BYTES)
    assert (await tenant.client.post(SEARCH, content=whole, headers=headers)).status_code == 200
    error_of(await tenant.client.post(SEARCH, content=whole + b" ", headers=headers), 413, "PAYLOAD_TOO_LARGE")
    disguised = {"Content-Type": "multipart/form-data; boundary=x"}
    error_of(await tenant.client.post(SEARCH, content=endless(), headers=disguised), 413, "PAYLOAD_TOO_LARGE")


async def test_an_unforeseen_fault_says_nothing_of_itself(product: Product) -> None:
    async def crash() -> None:
        raise RuntimeError("the password is swordfish")

    product.app.add_api_route("/crash", crash)
    answer = await product.client(None).get("/crash")
    error_of(answer, 500, "INTERNAL_ERROR")
    assert "swordfish" not in answer.text


async def test_a_request_id_is_echoed_or_made(product: Product) -> None:
    client = product.client(None)
    for sent in ("my-id.1", "x" * 128):
        assert (await client.get("/health", headers={"X-Request-ID": sent})).headers["X-Request-ID"] == sent
    for odd in ("", "x" * 129, "two words", "\u00fc", "a\tb"):
        answer = await client.get("/health", headers=[("X-Request-ID", odd.encode())])
        assert uuid.UUID(answer.headers["X-Request-ID"]).version == 7
    one, other = [(await client.get("/health")).headers["X-Request-ID"] for _ in range(2)]
    assert one != other


async def test_a_key_has_so_many_requests_a_minute_across_processes(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    settings = settings_for(database, tmp_path, rate_limit_per_minute=3)
    async with running(settings, sandbox) as product, running(settings, sandbox) as twin:
        product.infra.clock = twin.infra.clock = lambda: NOON
        tenant = await product.tenant()
        for remaining, client in ((2, tenant.client), (1, twin.client(tenant.key)), (0, tenant.client)):
            answer = await client.get(FILES if remaining else "/api/v2/user-files/unknown")
            assert answer.status_code == (200 if remaining else 404)
            assert answer.headers["X-RateLimit-Limit"] == "3"
            assert answer.headers["X-RateLimit-Remaining"] == str(remaining)
            assert answer.headers["X-RateLimit-Reset"] == str(int(NOON.timestamp()) + 50)
        refused = await twin.client(tenant.key).get(FILES)
        error_of(refused, 429, "RATE_LIMIT_ERROR")
        assert refused.headers["Retry-After"] == "50"
        assert refused.headers["X-RateLimit-Remaining"] == "0"
        other = await product.tenant("Other")
        assert (await other.client.get(FILES)).status_code == 200
        product.infra.clock = lambda: NOON.replace(minute=1)
        assert (await tenant.client.get(FILES)).headers["X-RateLimit-Remaining"] == "2"


@pytest.mark.parametrize(("tier", "limit"), [("free", 10), ("starter", 30), ("professional", 100), ("enterprise", 500)])
async def test_without_a_setting_the_plan_decides_how_many(
    database: Database, tmp_path: Path, sandbox: Sandbox, tier: str, limit: int
) -> None:
    async with running(settings_for(database, tmp_path, rate_limit_per_minute=0), sandbox) as product:
        tenant = await product.tenant(tier=tier)
        assert (await tenant.client.get(FILES)).headers["X-RateLimit-Limit"] == str(limit)


async def test_more_uploads_than_the_server_takes_at_once_are_asked_to_come_back(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    async with running(settings_for(database, tmp_path, max_concurrent_uploads=1), sandbox) as product:
        tenant, begun, go_on = await product.tenant(), asyncio.Event(), asyncio.Event()
        body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + photo()

        async def slow() -> AsyncIterator[bytes]:
            yield body
            begun.set()
            await go_on.wait()
            yield b"\r\n--b--\r\n"

        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        first = asyncio.ensure_future(tenant.client.post(STREAM, content=slow(), headers=headers))
        await begun.wait()
        refused = await tenant.client.post(STREAM, files={"file": ("a.jpg", photo())})
        error_of(refused, 429, "CONCURRENT_UPLOAD_LIMIT")
        assert int(refused.headers["Retry-After"]) >= 1
        go_on.set()
        assert (await first).status_code == 200
        await upload(tenant)


async def test_a_large_answer_is_compressed_when_asked(product: Product, tenant: Tenant) -> None:
    for size in range(32, 36):
        await upload(tenant, photo(size=(size, 32)))
    async with tenant.client.stream("GET", FILES, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    plain = await tenant.client.get(FILES, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert len(raw) < len(plain.content) / 2
    assert json.loads(gzip.decompress(raw))["total_count"] == 4
    small = await tenant.client.get("/health", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers


async def test_health_and_the_reference_are_public(product: Product) -> None:
    client = product.client(None)
    for path in ("/health", "/api/v2/health/"):
        assert (await client.get(path)).json()["status"] == "healthy"
    page = await client.get("/docs")
    assert page.status_code == 200 and "http://" not in page.text and "https://" not in page.text
    assert (await client.get("/docs/assets/swagger-ui.css")).status_code == 200
    assert (await client.get("/openapi.json")).json()["info"]["title"] == "Aionvision"


async def test_a_client_that_breaks_off_is_no_fault_of_the_server(
    product: Product, tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = iter([{"type": "http.request", "body": b"--x\r\n", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, object]:
        return dict(next(messages))

    async def send(message: object) -> None:
        raise AssertionError(f"nobody is there to be answered: {message}")

    headers = [
        (b"authorization", f"Bearer {tenant.key}".encode()),
        (b"content-type", b"multipart/form-data; boundary=x"),
        (b"host", b"testserver"),
    ]
    path = "/api/v2/user-files/upload/stream"
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    await product.app(scope, receive, send)
    shown = capsys.readouterr()
    assert "status=499" in shown.out + shown.err
    assert "Traceback" not in shown.out + shown.err
