"""Sending: headers, retries, the circuit breaker, and what becomes of failures.

Answers come from a planned transport.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from types import SimpleNamespace

import httpx2
import pytest

from aion import (
    AionVision,
    AionvisionConnectionError,
    AionvisionError,
    AionvisionPermissionError,
    AionvisionTimeoutError,
    AuthenticationError,
    CircuitBreakerError,
    ClientConfig,
    InsecureTransportWarning,
    QuotaExceededError,
    RateLimitError,
    ResourceNotFoundError,
    ServerError,
    ValidationError,
    _tracing,
    configure_tracing,
    set_correlation_id,
)
from aion._retry import RetryPolicy, retry_after_seconds

KEY = "aion_" + "k" * 40
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
FILE = {"id": "f1", "object_key": "k", "size_bytes": 1, "content_type": "image/jpeg", "hash": "h"}


class Plan:
    """A transport that gives planned answers and remembers the requests; the last answer repeats."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        # a response can be sent once only
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)


def client_for(plan, **settings):
    settings.setdefault("retry_delay", 0.001)
    return AionVision.from_config(ClientConfig(KEY, **settings), transport=httpx2.MockTransport(plan))


def good(data=FILE):
    return httpx2.Response(200, json=data)


def bad(status, data=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json=data if data is not None else {}, headers=named)


def envelope(code, message="No.", details=None):
    return {"error": {"code": code, "message": message, "details": details}, "request_id": "r-1"}


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_passing_fault_is_tried_again(status):
    plan = Plan(bad(status), bad(status), good())
    assert (await client_for(plan).files.get("f1")).id == "f1"
    assert len(plan.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 413, 422, 501, 507])
async def test_a_lasting_fault_is_not_tried_again(status):
    plan = Plan(bad(status))
    with pytest.raises(AionvisionError):
        await client_for(plan).files.get("f1")
    assert len(plan.requests) == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (httpx2.ConnectError("refused"), AionvisionConnectionError),
        (httpx2.ReadError(""), AionvisionConnectionError),
        (httpx2.RemoteProtocolError("gone"), AionvisionConnectionError),
        (httpx2.ReadTimeout("slow"), AionvisionTimeoutError),
        (httpx2.ConnectTimeout("slow"), AionvisionTimeoutError),
    ],
)
async def test_no_answer_is_tried_again_and_then_told(fault, expected):
    plan = Plan(fault)
    with pytest.raises(expected, match=r"GET /user-files/\{file_id\}") as caught:
        await client_for(plan, max_retries=2).files.get("f1")
    assert len(plan.requests) == 3
    assert caught.value.__cause__ is fault


async def test_no_retries_means_one_attempt():
    plan = Plan(bad(503))
    with pytest.raises(ServerError):
        await client_for(plan, max_retries=0).files.get("f1")
    assert len(plan.requests) == 1


async def test_a_repeated_post_has_the_same_key_and_another_call_another():
    plan = Plan(bad(500), httpx2.ReadError("lost"), good({"deleted": []}))
    client = client_for(plan)
    await client.files.batch_delete(["a"])
    await client.files.batch_delete(["a"])
    keys = [request.headers["idempotency-key"] for request in plan.requests]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert plan.requests[0].content == plan.requests[2].content


async def test_only_posts_have_an_idempotency_key():
    plan = Plan(good())
    await client_for(plan).files.get("f1")
    assert "idempotency-key" not in plan.requests[0].headers


async def test_a_request_says_who_and_for_whom():
    plan = Plan(good())
    await client_for(plan, tenant_id="t-1").files.get("f1")
    headers = plan.requests[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["x-tenant-id"] == "t-1"
    assert headers["user-agent"].startswith("aionvision-python/")
    assert len(headers["x-request-id"]) == 32


async def test_attempts_share_their_request_id_and_calls_their_correlation_id():
    plan = Plan(bad(500), good())
    client = client_for(plan)

    async def two_calls():
        set_correlation_id("order-17")
        await client.files.get("f1")
        await client.files.get("f1")

    await asyncio.create_task(two_calls())
    ids = [request.headers["x-request-id"] for request in plan.requests]
    assert ids[0] == ids[1] != ids[2]
    assert {request.headers["x-correlation-id"] for request in plan.requests} == {"order-17"}


@pytest.mark.parametrize("text", ["", "a\r\nb", "größe", "x" * 129])
def test_a_correlation_id_that_no_header_can_carry_is_refused(text):
    with pytest.raises(ValueError, match="correlation_id"):
        set_correlation_id(text)


class Recorder:
    """A tracer provider that writes down the spans it is asked for."""

    def __init__(self):
        self.spans = []

    def get_tracer(self, name, version):
        return self

    @contextlib.contextmanager
    def start_as_current_span(self, name, kind):
        about = {}
        self.spans.append((name, about))
        yield SimpleNamespace(set_attribute=about.__setitem__)


async def test_a_call_is_one_span_retries_included():
    recorder = Recorder()
    assert configure_tracing(tracer_provider=recorder) is True
    try:
        plan = Plan(bad(500), good())
        await client_for(plan, enable_tracing=True).files.get("f1")
        await client_for(plan).files.get("f1")
    finally:
        _tracing._configured_provider.clear()
    assert recorder.spans == [("GET /user-files/{file_id}", {"http.response.status_code": 200})]


async def test_ids_are_left_out_when_not_wanted():
    plan = Plan(good())
    await client_for(plan, send_correlation_id=False, send_request_id=False).files.get("f1")
    assert not {"x-request-id", "x-correlation-id"} & set(plan.requests[0].headers)


async def test_the_trace_of_the_caller_travels_with_the_request():
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, use_span

    plan = Plan(good())
    client = client_for(plan, enable_tracing=True)
    span = NonRecordingSpan(SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=TraceFlags(1)))
    with use_span(span):
        await client.files.get("f1")
    await client.files.get("f1")
    assert plan.requests[0].headers["traceparent"].startswith("00-" + f"{0xABC:032x}")
    assert "traceparent" not in plan.requests[1].headers


@pytest.mark.parametrize(
    ("status", "data", "expected"),
    [
        (400, envelope("BAD_REQUEST"), ValidationError),
        (409, envelope("CONFLICT"), ValidationError),
        (413, envelope("PAYLOAD_TOO_LARGE"), ValidationError),
        (422, envelope("VALIDATION_ERROR"), ValidationError),
        (418, envelope("TEAPOT"), ValidationError),
        (401, envelope("INVALID_API_KEY"), AuthenticationError),
        (402, envelope("SUBSCRIPTION_REQUIRED"), QuotaExceededError),
        (429, envelope("USAGE_LIMIT_EXCEEDED"), QuotaExceededError),
        (507, envelope("STORAGE_QUOTA_EXCEEDED"), QuotaExceededError),
        (403, envelope("PERMISSION_DENIED"), AionvisionPermissionError),
        (404, envelope("NOT_FOUND"), ResourceNotFoundError),
        (408, envelope("TIMEOUT"), AionvisionTimeoutError),
        (504, envelope("TIMEOUT"), AionvisionTimeoutError),
        (429, envelope("RATE_LIMIT_ERROR"), RateLimitError),
        (429, envelope("RATE_LIMIT_EXCEEDED"), RateLimitError),
        (500, envelope("INTERNAL_ERROR"), ServerError),
        (501, envelope("NOT_CONFIGURED"), ServerError),
    ],
)
async def test_each_status_has_its_exception(status, data, expected):
    with pytest.raises(expected) as caught:
        await client_for(Plan(bad(status, data)), max_retries=0).files.get("f1")
    error = caught.value
    assert type(error) is expected
    assert error.message == "No."
    about = {"status_code": status, "request_id": "r-1", "error_code": data["error"]["code"]}
    assert about.items() <= error.details.items()


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        ({"error": {"code": "X", "message": "Long."}}, "Long.", "X"),
        ({"error": {"code": "X"}}, "X", "X"),
        ({"error": "IMAGE_BROKEN", "message": "It is broken.", "details": {"a": 1}}, "It is broken.", "IMAGE_BROKEN"),
        ({"error": "Something", "error_code": "C", "detail": "More."}, "More.", "C"),
        ({"error": "something broke"}, "something broke", None),
        ({"detail": "Not now."}, "Not now.", None),
        ({"detail": {"code": "D", "message": "Deep."}}, "Deep.", "D"),
        ({"detail": {"error": {"code": "D", "message": "Deeper."}}}, "Deeper.", "D"),
        ({"detail": [{"loc": ["body", "a", 0], "msg": "too long", "type": "t"}]}, "a.0: too long", "VALIDATION_ERROR"),
        ({"detail": [1, None, {"loc": 3}]}, ": ", "VALIDATION_ERROR"),
        ({"message": "Only this."}, "Only this.", None),
        ([], "[]", None),
        ({}, "{}", None),
    ],
)
async def test_an_error_is_read_in_every_shape(body, message, code):
    with pytest.raises(ValidationError) as caught:
        await client_for(Plan(bad(400, body))).files.get("f1")
    assert caught.value.message == message
    assert caught.value.details.get("error_code") == code


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"<html><h1>Bad gateway</h1>", "text/html", "status 502"),
        (b"upstream is down", "text/plain", "upstream is down"),
        (b"", "text/plain", "status 502"),
        (b"\xff" * 2000, "text/plain", "\ufffd" * 500),
        (b"[" * 100_000, "application/json", "\\[\\["),
    ],
)
async def test_an_error_that_is_no_json_is_told_in_short(content, kind, message):
    answer = httpx2.Response(502, content=content, headers={"content-type": kind})
    with pytest.raises(ServerError, match=message) as caught:
        await client_for(Plan(answer), max_retries=0).files.get("f1")
    assert len(caught.value.message) <= 500


async def test_issues_of_fields_are_in_the_details():
    data = envelope("VALIDATION_ERROR", details=[{"field": "title", "issue": "too long"}])
    with pytest.raises(ValidationError) as caught:
        await client_for(Plan(bad(422, data))).files.get("f1")
    assert caught.value.details["errors"] == [{"field": "title", "issue": "too long"}]


async def test_what_was_not_found_is_named():
    with pytest.raises(ResourceNotFoundError) as caught:
        await client_for(Plan(bad(404))).files.get("f-77")
    assert (caught.value.details["resource_type"], caught.value.details["resource_id"]) == ("file", "f-77")


async def test_what_the_path_does_not_name_is_named_by_the_code():
    with pytest.raises(ResourceNotFoundError) as caught:
        await client_for(Plan(bad(404, envelope("FOLDER_NOT_FOUND")))).files.list(folder_id="f")
    assert (caught.value.resource_type, caught.value.resource_id) == ("folder", "")


async def test_a_rate_limit_tells_its_numbers():
    limits = {"x_ratelimit_limit": "10", "x_ratelimit_remaining": "0", "x_ratelimit_reset": "1767225600"}
    with pytest.raises(RateLimitError) as caught:
        await client_for(Plan(bad(429, retry_after="7", **limits)), max_retries=0).files.get("f1")
    error = caught.value
    assert (error.retry_after, error.limit, error.remaining, error.reset) == (7, 10, 0, 1767225600)


@pytest.mark.parametrize("content", [b"", b"not json", b"[1]", b"3"])
async def test_a_good_status_with_an_unreadable_body_is_a_server_error(content):
    with pytest.raises(ServerError, match="JSON"):
        await client_for(Plan(httpx2.Response(200, content=content))).files.get("f1")


async def test_a_wait_of_over_a_minute_is_left_to_the_caller():
    plan = Plan(bad(429, retry_after="61"))
    with pytest.raises(RateLimitError) as caught:
        await client_for(plan).files.get("f1")
    assert (len(plan.requests), caught.value.retry_after) == (1, 61)


async def test_a_wait_the_server_asks_for_is_kept():
    plan = Plan(bad(503, retry_after="1"), good())
    start = asyncio.get_running_loop().time()
    await client_for(plan).files.get("f1")
    assert asyncio.get_running_loop().time() - start >= 1.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),
        (" 0 ", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("-3", None),
        ("soon", None),
        ("²", None),
        ("", None),
        ("9" * 400, 999999999.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(text, seconds):
    assert retry_after_seconds({"retry-after": text}, NOW) == seconds


def test_pauses_double_up_to_half_a_minute_with_full_jitter():
    policy = RetryPolicy(max_retries=2000, first_delay_seconds=1.0)
    ceilings = [policy.delay_seconds(attempt, None, lambda: 1.0) for attempt in (0, 1, 2, 3, 4, 5, 1999)]
    assert ceilings == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert policy.delay_seconds(5, None, lambda: 0.0) == 0.0
    assert policy.delay_seconds(2000, None, lambda: 1.0) is None


async def test_an_endpoint_that_keeps_failing_is_no_longer_tried():
    plan = Plan(bad(500))
    client = client_for(plan, max_retries=0)
    for _ in range(5):
        with pytest.raises(ServerError):
            await client.files.get("f1")
    with pytest.raises(CircuitBreakerError) as caught:
        await client.files.get("another")
    assert len(plan.requests) == 5
    assert caught.value.endpoint == "GET /user-files/{file_id}"
    assert 0 < caught.value.retry_after <= 30


async def test_other_endpoints_stay_open():
    plan = Plan(*[bad(500)] * 5, good({"files": []}))
    client = client_for(plan, max_retries=0)
    for _ in range(5):
        with pytest.raises(ServerError):
            await client.files.get("f1")
    assert (await client.files.list()).files == []


async def test_retries_stop_when_the_circuit_opens():
    plan = Plan(httpx2.ConnectError("refused"))
    with pytest.raises(AionvisionConnectionError):
        await client_for(plan, max_retries=50).files.get("f1")
    assert len(plan.requests) == 5


async def test_refusals_do_not_open_the_circuit():
    plan = Plan(bad(404))
    client = client_for(plan)
    for _ in range(8):
        with pytest.raises(ResourceNotFoundError):
            await client.files.get("f1")


async def test_the_circuit_breaker_can_be_switched_off():
    plan = Plan(bad(500))
    client = client_for(plan, max_retries=0, circuit_breaker_enabled=False)
    for _ in range(7):
        with pytest.raises(ServerError):
            await client.files.get("f1")
    assert len(plan.requests) == 7


async def test_an_own_http_client_is_used_and_left_open():
    plan = Plan(good())
    own = httpx2.AsyncClient(transport=httpx2.MockTransport(plan), headers={"x-own": "1"})
    async with AionVision(KEY, http_client=own) as client:
        await client.files.get("f1")
    assert plan.requests[0].headers["x-own"] == "1"
    assert not own.is_closed
    await own.aclose()


async def test_requests_go_through_the_proxy():
    asked = []

    async def answer(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.splitlines()[0])
        body = b'{"folders": []}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    proxy = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    with pytest.warns(InsecureTransportWarning):
        # nobody listens at port 9 of this machine
        client = AionVision(KEY, base_url="http://127.0.0.1:9/api/v2", proxy_url=f"http://127.0.0.1:{port}")
    async with proxy, client:
        assert (await client.with_options(max_retries=0).folders.tree()).folders == []
    assert asked == ["GET http://127.0.0.1:9/api/v2/folders HTTP/1.1"]


async def test_a_client_opens_without_a_context_and_again_after_closing(config):
    client = AionVision.from_config(config)
    assert (await client.files.list()).total_count == 0
    await client.aclose()
    await client.aclose()
    assert (await client.files.list()).total_count == 0
    await client.aclose()


def test_a_client_can_be_used_in_one_loop_after_another(config):
    client = AionVision.from_config(config)

    async def once():
        page = await client.files.list()
        await client.aclose()
        return page.total_count

    assert [asyncio.run(once()), asyncio.run(once())] == [0, 0]


async def test_a_cancelled_call_leaves_the_circuit_as_it_was(config):
    async def never(request):
        await asyncio.sleep(60)

    client = AionVision.from_config(config, transport=httpx2.MockTransport(never))
    for _ in range(6):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.files.get("f1"), 0.002)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client.files.get("f1"), 0.002)


async def test_the_body_of_a_change_is_json():
    plan = Plan(good({"id": "f1", "title": "T"}))
    await client_for(plan).files.update("f1", tags=())
    assert json.loads(plan.requests[0].content) == {"tags": []}
