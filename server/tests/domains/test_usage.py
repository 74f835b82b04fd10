"""Credits, quota and the usage endpoints: charged once, given back once, and told as they are."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from aionserver.domains.api_keys import service as api_keys
from aionserver.domains.usage import service as usage
from aionserver.domains.usage.errors import UsageLimitExceeded
from aionserver.infra.actors import Actor, Role
from aionserver.infra.database import open_session, psycopg_url
from aionserver.infra.scope import Scope
from aionserver.infra.settings import PRICES
from aionserver.kit.ids import new_id
from aionserver.kit.periods import zone_of
from plugins.database import Database
from plugins.product import Product, Tenant, photo, upload

USAGE = "/api/v2/usage"
Work = Callable[[Scope], Awaitable[Any]]


async def within(product: Product, tenant: Tenant, work: Work, actor: Actor | None = None) -> Any:
    """What `work` gives, in a transaction of the tenant's own."""
    async with product.infra.open_scope(actor or tenant.actor) as scope:
        return await work(scope)


async def ask(tenant: Tenant, path: str, **parameters: Any) -> Any:
    """The answer to a question about usage."""
    answer = await tenant.client.get(f"{USAGE}/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def charge(
    product: Product, tenant: Tenant, operation: str = usage.DESCRIBE, price: int = 2, **known: Any
) -> UUID:
    """A charge for something new; its subject."""
    subject = new_id()
    particulars = usage.Particulars(**known)
    await within(product, tenant, lambda scope: usage.charge(scope, operation, subject, price, particulars))
    return subject


def at(product: Product, moment: str) -> None:
    """From here on it is that moment."""
    found = datetime.fromisoformat(moment)
    product.infra.clock = lambda: found


async def count(product: Product, tenant: Tenant, query: str) -> int:
    return cast(int, await within(product, tenant, lambda scope: scope.session.scalar(text(query))))


async def test_an_upload_and_its_description_are_charged_with_all_that_is_known(
    product: Product, tenant: Tenant
) -> None:
    file_id = (await upload(tenant))["image_id"]
    await product.do_jobs()
    described, uploaded = (await ask(tenant, "details"))["details"]
    assert [one["operation_type"] for one in (uploaded, described)] == ["upload", "describe"]
    assert [one["credits"] for one in (uploaded, described)] == [0, 2]
    assert [one["file_id"] for one in (uploaded, described)] == [file_id, file_id]
    assert uploaded["api_key_id"] == described["api_key_id"] is not None  # the key that uploaded it
    assert (described["verification_level"], described["provider"]) == ("standard", "bundled")
    assert described["model"] and described["processing_time_ms"] >= 0


async def test_the_same_charge_and_the_same_refund_count_once(product: Product, tenant: Tenant) -> None:
    subject = new_id()
    for _ in range(2):
        await within(product, tenant, lambda scope: usage.charge(scope, usage.VERIFY, subject, 4))
    assert (await ask(tenant, "summary"))["usage"]["total_credits"] == 4
    for _ in range(2):
        await within(product, tenant, lambda scope: usage.refund(scope, usage.VERIFY, [subject, new_id()]))
    counts = (await ask(tenant, "summary"))["usage"]
    assert (counts["total_credits"], counts["verify_count"], counts["failed_operations"]) == (0, 0, 1)
    assert [one["kind"] for one in (await ask(tenant, "details"))["details"]] == ["refund", "charge"]


async def test_what_is_rolled_back_was_never_charged(product: Product, tenant: Tenant) -> None:
    async def fail(scope: Scope) -> None:
        await usage.charge(scope, usage.VERIFY, new_id(), 4)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await within(product, tenant, fail)
    assert (await ask(tenant, "summary"))["usage"]["total_operations"] == 0


async def test_a_description_that_fails_costs_nothing_and_counts_as_failed_once(
    product: Product, tenant: Tenant
) -> None:
    file_id = (await upload(tenant, photo()[:400]))["image_id"]
    await product.do_jobs()
    await tenant.client.post(f"/api/v2/user-files/{file_id}/trigger-variants")
    await product.do_jobs()
    counts = (await ask(tenant, "summary"))["usage"]
    assert (counts["failed_operations"], counts["successful_operations"], counts["total_credits"]) == (1, 1, 0)


@pytest.mark.parametrize("statement", ["update ledger_entries set credits = 0", "delete from ledger_entries"])
async def test_the_application_cannot_change_the_ledger(product: Product, tenant: Tenant, statement: str) -> None:
    await charge(product, tenant)
    with pytest.raises(DBAPIError, match="permission denied"):
        await within(product, tenant, lambda scope: scope.session.execute(text(statement)))


async def test_prices_come_from_the_settings(product: Product, tenant: Tenant) -> None:
    prices = usage.Prices(PRICES)
    assert [prices.image(level) for level in ("quick", "standard", "thorough", "critical")] == [1, 2, 4, 8]
    assert [prices.document(pages) for pages in (0, 1, 10, 11, 100)] == [1, 1, 1, 2, 10]
    assert [prices.video(seconds) for seconds in (0, 1, 60, 60.1, 600)] == [1, 1, 1, 2, 10]
    product.infra.settings.prices["image_standard"] = 3
    await upload(tenant)
    await product.do_jobs()
    assert (await ask(tenant, "summary"))["usage"]["total_credits"] == 3
    answer = await tenant.client.post(f"{USAGE}/check", json={"item_count": 5})
    assert answer.json()["required_credits"] == 15


@pytest.mark.parametrize(("level", "each"), [("quick", 1), ("standard", 2), ("default", 2), ("critical", 8)])
async def test_a_check_says_what_so_many_items_cost(product: Product, tenant: Tenant, level: str, each: int) -> None:
    answer = await tenant.client.post(f"{USAGE}/check", json={"item_count": 7, "verification_level": level})
    found = answer.json()
    assert (found["can_proceed"], found["required_credits"]) == (True, 7 * each)
    assert (found["monthly_limit"], found["available_credits"], found["supports_overage"]) == (-1, -1, False)


@pytest.mark.parametrize("body", [{"verification_level": "best"}, {"item_count": -1}, {"item_count": 10**30}])
async def test_a_check_of_what_can_not_be_is_refused(tenant: Tenant, body: Mapping[str, Any]) -> None:
    assert (await tenant.client.post(f"{USAGE}/check", json=body)).status_code == 422


async def test_a_plan_without_credits_left_says_so_before_work_begins(product: Product) -> None:
    tenant = await product.tenant(tier="free")
    at(product, "2026-12-31T23:00:00+00:00")
    await charge(product, tenant, usage.VIDEO, 1_999)
    refused = await tenant.client.post("/api/v2/user-files/upload/stream", files={"file": ("a.jpg", photo())})
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (402, "USAGE_LIMIT_EXCEEDED")
    assert error["details"] == {
        "limit": 2_000,
        "used": 1_999,
        "available": 1,
        "required": 2,
        "reset_date": "2027-01-01T00:00:00+00:00",
    }
    checked = (await tenant.client.post(f"{USAGE}/check", json={})).json()
    assert (checked["can_proceed"], checked["available_credits"]) == (False, 1)
    assert "2 credits" in checked["message"]
    assert (await upload(tenant, auto_describe="false"))["status"] == "processing"
    at(product, "2027-01-01T00:00:00+00:00")
    assert (await upload(tenant))["status"] == "processing"


async def test_a_description_for_which_credits_ran_out_meanwhile_says_so(product: Product) -> None:
    tenant = await product.tenant(tier="free")
    file_id = (await upload(tenant))["image_id"]
    await charge(product, tenant, usage.VIDEO, 2_000)
    await product.do_jobs()
    found = (await tenant.client.get(f"/api/v2/user-files/{file_id}")).json()
    assert found["description_status"] == "failed"
    assert "0 are available" in found["description_error"]


async def test_prepaid_credits_are_used_when_the_months_own_are(product: Product) -> None:
    tenant = await product.tenant(tier="free")
    for _ in range(2):
        await within(product, tenant, lambda scope: usage.grant(scope, 250, "invoice 1"))
    await charge(product, tenant, usage.VIDEO, 1_900)
    taken = await charge(product, tenant, usage.VIDEO, 200)
    checked = (await tenant.client.post(f"{USAGE}/check", json={})).json()
    assert (checked["current_usage"], checked["prepaid_credits"], checked["available_credits"]) == (2_100, 150, 150)
    with pytest.raises(UsageLimitExceeded):
        await charge(product, tenant, usage.VIDEO, 151)
    await within(product, tenant, lambda scope: usage.refund(scope, usage.VIDEO, [taken]))
    checked = (await tenant.client.post(f"{USAGE}/check", json={})).json()
    assert (checked["current_usage"], checked["prepaid_credits"], checked["available_credits"]) == (1_900, 250, 350)
    quota = (await tenant.client.get("/api/v2/uploads/quota-check", params={"file_count": 1})).json()
    assert quota["prepaid_credits"] == 250


async def test_a_charge_of_several_takes_from_the_prepaid_only_what_is_missing(product: Product) -> None:
    tenant = await product.tenant(tier="free")
    await within(product, tenant, lambda scope: usage.grant(scope, 10))
    await charge(product, tenant, usage.VIDEO, 1_995)
    subjects = [new_id() for _ in range(4)]
    await within(product, tenant, lambda scope: usage.charge_each(scope, usage.VERIFY, subjects, 3))
    query = "select prepaid_credits from ledger_entries where operation = 'verify'"
    rows = await within(product, tenant, lambda scope: scope.session.scalars(text(query)))
    assert sorted(rows) == [-3, -3, -1, 0]


async def test_fifty_uploads_at_once_do_not_pass_the_plans_limit(product: Product) -> None:
    tenant = await product.tenant(tier="free")
    subjects = [new_id() for _ in range(980)]
    await within(product, tenant, lambda scope: usage.charge_each(scope, usage.UPLOAD, subjects, 0))

    async def take(scope: Scope) -> None:
        await usage.require_uploads(scope, 1)
        await asyncio.sleep(0.001)
        await usage.charge(scope, usage.UPLOAD, new_id(), 0)

    outcomes = await asyncio.gather(*(within(product, tenant, take) for _ in range(50)), return_exceptions=True)
    assert sum(one is None for one in outcomes) == 20
    assert sum(isinstance(one, UsageLimitExceeded) for one in outcomes) == 30
    assert await count(product, tenant, "select count(*) from ledger_entries") == 1_000


async def test_charges_at_once_do_not_pass_the_credits_of_a_plan(product: Product) -> None:
    tenant = await product.tenant(tier="free")
    charges = (charge(product, tenant, usage.VIDEO, 150) for _ in range(20))
    outcomes = await asyncio.gather(*charges, return_exceptions=True)
    assert sum(isinstance(one, UUID) for one in outcomes) == 2_000 // 150


async def test_many_transactions_of_a_tenant_write_totals_side_by_side(product: Product, tenant: Tenant) -> None:
    async def nested(depth: int) -> None:
        if depth:
            async with product.infra.open_scope(tenant.actor) as scope:
                await usage.charge(scope, usage.VIDEO, new_id(), 1)
                await nested(depth - 1)  # the others end before this one does: none may wait for it

    async with asyncio.timeout(10):
        await nested(12)
    assert (await ask(tenant, "summary"))["usage"]["total_credits"] == 12


async def test_a_summary_is_of_the_time_asked_for(product: Product, tenant: Tenant) -> None:
    for moment in ("2026-10-31T23:59:59", "2026-11-01T00:00:00", "2026-11-23T10:07:30", "2026-11-24T00:00:00"):
        at(product, f"{moment}+00:00")
        await charge(product, tenant)
    at(product, "2026-11-24T12:00:00+00:00")
    assert (await ask(tenant, "summary"))["usage"]["total_credits"] == 6
    assert (await ask(tenant, "summary", period="day"))["usage"]["total_credits"] == 2
    assert (await ask(tenant, "summary", period="week"))["usage"]["total_credits"] == 4  # from Monday
    asked = {"start_date": "2026-11-23T10:07:29Z", "end_date": "2026-11-23T10:07:31Z"}
    assert (await ask(tenant, "summary", **asked))["usage"]["total_credits"] == 2
    for end, due in (("2026-10-31", 2), ("2026-11-01", 4), ("2026-11-23T10:07:29Z", 4), ("2026-11-23T10:07:30Z", 6)):
        found = await ask(tenant, "summary", start_date="2026-10-01", end_date=end)
        assert found["usage"]["total_credits"] == due, end
    moved = {"start_date": "2026-11-01T01:00:00+01:00", "end_date": "2026-11-01T01:00:00+01:00"}
    assert (await ask(tenant, "summary", **moved))["usage"]["total_credits"] == 2


async def test_days_begin_at_midnight_of_the_time_zone(product: Product, tenant: Tenant) -> None:
    at(product, "2026-11-23T23:30:00+00:00")
    await charge(product, tenant)
    at(product, "2026-11-24T12:00:00+00:00")
    day = {"start_date": "2026-11-23", "end_date": "2026-11-24", "period_type": "day"}
    found = {}
    for zone in ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"):
        points = (await ask(tenant, "by-period", **day, timezone=zone))["data"]
        found[zone] = {one["label"]: one["value"] for one in points}
    assert found["UTC"] == found["America/New_York"] == {"2026-11-23": 2, "2026-11-24": 0}
    assert found["Europe/Berlin"] == found["Asia/Kathmandu"] == {"2026-11-23": 0, "2026-11-24": 2}


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-10-04", 24),
        ("Asia/Kathmandu", "2026-10-25", 24),
        ("America/Asuncion", "2023-10-01", 23),  # midnight is skipped there
    ],
)
async def test_every_hour_of_a_day_is_there_also_when_clocks_are_changed(
    product: Product, tenant: Tenant, zone: str, day: str, hours: int
) -> None:
    at(product, f"{day}T06:10:00+00:00")
    await charge(product, tenant)
    asked = {"period_type": "hour", "start_date": day, "end_date": day, "timezone": zone}
    points = (await ask(tenant, "by-period", **asked))["data"]
    moments = [datetime.fromisoformat(one["timestamp"]) for one in points]
    assert len(points) == hours
    assert moments == sorted(set(moments))
    charged = next(moment for moment, one in zip(moments, points, strict=True) if one["value"] == 2)
    assert timedelta() <= product.infra.clock() - charged < timedelta(hours=1)


async def test_periods_without_use_are_zero_up_to_now(product: Product, tenant: Tenant) -> None:
    at(product, "2026-11-24T12:34:56+00:00")
    await charge(product, tenant)
    for kind, length in (("hour", 25), ("day", 31), ("month", 13)):
        points = (await ask(tenant, "by-period", period_type=kind))["data"]
        assert [one["value"] for one in points] == [0] * (length - 1) + [2]
    assert points[0]["label"] == "2025-11"


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("summary", {"timezone": "Mars/Olympus"}),
        ("summary", {"timezone": "../../etc/passwd"}),
        ("summary", {"period": "decade"}),
        ("summary", {"start_date": "2026-02-02", "end_date": "2026-01-01"}),
        ("summary", {"api_key_id": "me"}),
        ("by-period", {"period_type": "second"}),
        ("by-period", {"period_type": "hour", "start_date": "1970-01-01"}),
        ("plan", {"period": "week"}),
        ("details", {"page_size": "101"}),
        ("details", {"page": "0"}),
        ("top-endpoints", {"limit": "51"}),
        ("tokens/monthly", {"month": "13"}),
        ("tokens/monthly", {"year": "0"}),
        ("dashboard-analytics", {"period": "day"}),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(tenant: Tenant, path: str, parameters: dict[str, str]) -> None:
    assert (await tenant.client.get(f"{USAGE}/{path}", params=parameters)).status_code == 422


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31", "1970-01-01"])
async def test_the_ends_of_the_calendar_are_answered(tenant: Tenant, end: str) -> None:
    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Niue"):
        answer = await tenant.client.get(f"{USAGE}/summary", params={"end_date": end, "timezone": zone})
        assert answer.status_code == 200, answer.text


async def test_use_is_told_apart_by_key_and_a_strangers_key_has_none(product: Product, tenant: Tenant) -> None:
    stranger = await product.tenant("Stranger")
    keys = [new_id(), new_id()]
    for key_id in (keys[0], keys[0], keys[1]):
        actor = Actor(tenant_id=tenant.id, role=Role.EDITOR, key_id=key_id)
        await within(product, tenant, lambda scope: usage.charge(scope, usage.VERIFY, new_id(), 1), actor)
    theirs = Actor(tenant_id=stranger.id, role=Role.EDITOR, key_id=keys[1])
    await within(product, stranger, lambda scope: usage.charge(scope, usage.VERIFY, new_id(), 1), theirs)
    found = [(await ask(tenant, "summary", api_key_id=key))["usage"]["total_credits"] for key in [*keys, new_id()]]
    assert found == [2, 1, 0]
    assert (await ask(stranger, "summary", api_key_id=keys[0]))["usage"]["total_operations"] == 0
    assert (await ask(tenant, "details", api_key_id=keys[0]))["pagination"]["total_count"] == 2
    assert sum(one["value"] for one in (await ask(tenant, "by-period", api_key_id=keys[0]))["data"]) == 2


async def test_details_come_in_pages_and_by_operation(product: Product, tenant: Tenant) -> None:
    for operation in (usage.VERIFY, usage.DESCRIBE, usage.VERIFY):
        await charge(product, tenant, operation)
    first = await ask(tenant, "details", page_size=2)
    assert first["pagination"] == {"page": 1, "page_size": 2, "total_count": 3, "total_pages": 2}
    second = await ask(tenant, "details", page_size=2, page=2)
    assert len({one["id"] for one in first["details"] + second["details"]}) == 3
    verified = await ask(tenant, "details", operation_type="verify")
    assert [one["operation_type"] for one in verified["details"]] == ["verify", "verify"]
    assert (await ask(tenant, "details", page=10**9))["details"] == []
    assert (await ask(tenant, "details", operation_type="none"))["pagination"]["total_pages"] == 0


async def test_the_breakdown_is_by_level_and_by_operation(product: Product, tenant: Tenant) -> None:
    for operation, price, level in (
        ("describe", 1, "quick"),
        ("verify", 8, "critical"),
        ("batch_verify", 2, "standard"),
    ):
        await charge(product, tenant, operation, price, level=level)
    await charge(product, tenant, usage.AGENT_CALL, 1)
    found = await ask(tenant, "breakdown")
    assert found["total_credits_used"] == 12
    assert found["by_verification_level"] == {"quick": 1, "standard": 2, "thorough": 0, "critical": 8}
    assert found["by_operation_type"] == {"describe": 1, "verify": 8, "batch_describe": 0, "batch_verify": 2}
    assert found["recent_operations"][0]["operation_type"] == "agent_call"
    assert (found["remaining_credits"], found["usage_percentage"]) == (-1, 0)


async def test_the_plan_says_where_use_is_heading(product: Product) -> None:
    tenant = await product.tenant(tier="free")
    for day in range(1, 15):
        at(product, f"2026-11-{day:02}T12:00:00+00:00")
        await charge(product, tenant, usage.VERIFY, 100 if day > 7 else 50, level="critical")
    at(product, "2026-11-15T00:00:00+00:00")
    found = await ask(tenant, "plan")
    assert found["projections"] == {
        "trending": "up",
        "daily_average": 75.0,
        "projected_usage": 2250,
        "will_exceed": True,
        "exhaustion_date": "2026-11-27T16:00:00Z",
    }
    assert found["usage"] == {"credits_used": 1050, "credits_included": 2000, "usage_percentage": 52.5}
    assert ["levels" in one or "last until" in one for one in found["optimization_recommendations"]] == [True, True]
    assert (await ask(tenant, "plan", include_projections=False))["projections"] is None
    quarter = await ask(tenant, "plan", period="quarter")
    assert quarter["usage"]["credits_included"] == 6000
    assert quarter["billing_period"]["start_date"] == "2026-10-01T00:00:00Z"
    at(product, "2026-11-30T00:00:00+00:00")
    assert (await ask(tenant, "plan"))["projections"]["trending"] == "stable"


async def test_a_plan_that_suffices_recommends_nothing(tenant: Tenant) -> None:
    found = await ask(tenant, "plan", period="year")
    assert found["optimization_recommendations"] == []
    assert found["projections"]["trending"] == "stable"
    assert found["projections"]["exhaustion_date"] is None


async def test_calls_are_counted_by_endpoint(product: Product, tenant: Tenant) -> None:
    stranger = await product.tenant("Stranger")
    for _ in range(3):
        await tenant.client.get("/api/v2/user-files")
    await tenant.client.get(f"/api/v2/user-files/{new_id()}")
    await tenant.client.get("/api/v2/nowhere")
    await stranger.client.get("/api/v2/user-files")
    counts = product.app.state.request_counts
    await counts.flush(product.infra)
    await tenant.client.get("/api/v2/user-files")
    await counts.flush(product.infra)
    first, second = (await ask(tenant, "top-endpoints"))["endpoints"]
    assert (first["endpoint"], first["call_count"], first["failed_count"]) == ("GET /api/v2/user-files", 4, 0)
    assert (second["path"], second["call_count"], second["success_rate"]) == ("/api/v2/user-files/{image_id}", 1, 0)
    assert len((await ask(tenant, "top-endpoints", limit=1))["endpoints"]) == 1
    assert (await ask(tenant, "top-endpoints", end_date="2020-01-01"))["endpoints"] == []


def unreachable() -> AsyncEngine:
    """A database that nobody is behind."""
    return create_async_engine("postgresql+psycopg://nobody@/nothing?host=/nowhere")


async def test_counts_of_calls_wait_for_a_database_that_is_away(product: Product, tenant: Tenant) -> None:
    await tenant.client.get("/api/v2/user-files")
    counts = product.app.state.request_counts
    works, product.infra.engine = product.infra.engine, unreachable()
    with pytest.raises(OperationalError):
        await counts.flush(product.infra)
    product.infra.engine = works
    await tenant.client.get("/api/v2/user-files")
    await counts.flush(product.infra)
    assert (await ask(tenant, "top-endpoints"))["endpoints"][0]["call_count"] == 2


async def test_tokens_are_told_by_month_by_file_and_by_conversation(product: Product, tenant: Tenant) -> None:
    file_id = UUID((await upload(tenant, name="cat.jpg"))["image_id"])
    session_id, gone = new_id(), new_id()
    tokens = usage.Tokens(read=100, written=10, cache_read=40, cache_created=5)
    for known in (file_id, file_id, gone):
        await charge(product, tenant, usage.VERIFY, file_id=known, tokens=tokens, provider="example", model="vlm")
    for _ in range(2):
        await charge(product, tenant, usage.CHAT_MESSAGE, 1, context_id=session_id, tokens=usage.Tokens(7, 3))
    month = await ask(tenant, "tokens/monthly")
    assert (month["verify_input_tokens"], month["verify_output_tokens"], month["verify_operations"]) == (300, 30, 3)
    assert (month["verify_cache_read_tokens"], month["verify_cache_creation_tokens"]) == (120, 15)
    assert (month["chat_messages"], month["chat_input_tokens"], month["total_tokens"]) == (2, 14, 350)
    assert (await ask(tenant, "tokens/monthly", year=2020, month=2))["total_tokens"] == 0
    found = await ask(tenant, "tokens/files")
    assert (found["total_count"], found["total_input_tokens"], found["total_output_tokens"]) == (2, 300, 30)
    assert [(one["image_id"], one["filename"], one["total_tokens"]) for one in found["files"]] == [
        (str(gone), None, 110),
        (str(file_id), "cat.jpg", 220),
    ]
    assert (found["files"][0]["provider"], found["files"][0]["model"]) == ("example", "vlm")
    assert [one["filename"] for one in (await ask(tenant, "tokens/files", limit=1, offset=1))["files"]] == ["cat.jpg"]
    beyond = await ask(tenant, "tokens/files", offset=9)
    assert (beyond["files"], beyond["total_count"]) == ([], 2)
    talk = await ask(tenant, "tokens/conversations")
    assert [(one["session_id"], one["message_count"], one["total_tokens"]) for one in talk["conversations"]] == [
        (str(session_id), 2, 20)
    ]


async def test_the_dashboard_shows_days_up_to_today(product: Product, tenant: Tenant) -> None:
    await upload(tenant)
    await product.do_jobs()
    await charge(product, tenant, usage.CHAT_MESSAGE, 1, context_id=new_id(), tokens=usage.Tokens(7, 3))
    for period, days in (("week", 7), ("month", 30), ("year", 365)):
        found = await ask(tenant, "dashboard-analytics", period=period, timezone="Asia/Tokyo")
        assert len(found["daily_activity"]) == days
        assert found["daily_activity"][-1] == {
            "date": f"{datetime.now(UTC).astimezone(zone_of('Asia/Tokyo')):%Y-%m-%d}",
            "files_uploaded": 1,
            "chat_messages": 1,
        }
        assert found["daily_activity"][0]["files_uploaded"] == 0
    assert (found["total_chat_sessions"], found["chat_tokens"], found["success_rate"]) == (1, 10, 100)
    assert found["avg_processing_time_ms"] >= 0


async def test_an_empty_library_has_an_empty_dashboard(tenant: Tenant) -> None:
    found = await ask(tenant, "dashboard-analytics")
    assert (found["success_rate"], found["avg_processing_time_ms"], found["total_files_uploaded"]) == (None, None, 0)


async def test_usage_is_shown_to_keys_that_may_read_it(product: Product, tenant: Tenant) -> None:
    viewer = await product.another_key(tenant, Role.VIEWER)
    assert (await viewer.get(f"{USAGE}/summary")).status_code == 200
    assert (await viewer.post(f"{USAGE}/check", json={})).status_code == 200
    assert (await product.client(None).get(f"{USAGE}/summary")).status_code == 401


async def test_a_key_for_usage_alone_reads_nothing_else(product: Product, tenant: Tenant) -> None:
    async with open_session(product.infra.engine) as session, session.begin():
        keys = [
            api_keys.create_key(session, tenant.id, None, "Scoped", Role.EDITOR, scopes=[scope])
            for scope in ("usage:read", "tenants:read")
        ]
    accountant, other = (product.client(key) for key in keys)
    assert (await accountant.get(f"{USAGE}/plan")).status_code == 200
    assert (await accountant.get("/api/v2/user-files")).status_code == 403
    refused = await other.get(f"{USAGE}/plan")
    assert (refused.status_code, "'usage:read'" in refused.json()["error"]["message"]) == (403, True)


async def test_usage_may_be_asked_for_thirty_times_a_minute(product: Product, tenant: Tenant) -> None:
    statuses = [(await tenant.client.get(f"{USAGE}/breakdown")).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    assert (await tenant.client.post(f"{USAGE}/check", json={})).status_code == 200


async def test_old_counts_of_calls_are_forgotten(product: Product, tenant: Tenant) -> None:
    await tenant.client.get("/api/v2/user-files")
    await product.app.state.request_counts.flush(product.infra)
    now = product.infra.clock()
    for days, left in ((399, 1), (401, 0)):
        product.infra.clock = lambda days=days: now + timedelta(days=days)
        await within(product, tenant, usage.forget_request_counts)
        assert await count(product, tenant, "select count(*) from request_counts") == left


def change_as_owner(database: Database, query: str) -> None:
    with psycopg.connect(psycopg_url(database.owner_url), autocommit=True) as connection:
        connection.execute(query.encode())


async def test_totals_that_were_tampered_with_are_found_and_mended(
    product: Product, tenant: Tenant, database: Database
) -> None:
    await charge(product, tenant)
    assert await within(product, tenant, usage.differences) == []
    change_as_owner(database, "update usage_totals set credits = 7 where span = 'month'")
    change_as_owner(database, "delete from usage_totals where span = 'slot'")
    slot, month = sorted(await within(product, tenant, usage.differences), key=lambda one: one.span, reverse=True)
    assert (month.counts, slot.counts["credits"]) == ({"credits": (7, 2)}, (0, 2))
    await within(product, tenant, usage.recompute_totals)
    assert await within(product, tenant, usage.differences) == []
    assert (await ask(tenant, "summary"))["usage"]["total_credits"] == 2
