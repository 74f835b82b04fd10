"""The answers about usage, put together of sums of the ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, cast
from uuid import UUID

from aionserver.domains.accounts.service import get_tenant, plan_of
from aionserver.domains.usage import queries, service
from aionserver.domains.usage.queries import Measures
from aionserver.domains.usage.schemas import (
    Level,
    MonthlyTokenUsageResponse,
    OperationTypeBreakdown,
    PlanState,
    TopEndpoint,
    TopEndpointsResponse,
    UsageBreakdownResponse,
    UsageByPeriodResponse,
    UsageCheckRequest,
    UsageCheckResponse,
    UsageCounts,
    UsageDetail,
    UsageDetailsResponse,
    UsagePagination,
    UsagePoint,
    UsageSummaryResponse,
    VerificationLevelBreakdown,
)
from aionserver.domains.usage.service import CreditBalance, billing_month, sums_between
from aionserver.domains.usage.tables import LedgerEntry
from aionserver.domains.usage.tallies import share, tally
from aionserver.domains.usage.work import (
    AGENT_CALL,
    BATCH_DESCRIBE,
    BATCH_VERIFY,
    CHAT_MESSAGE,
    DESCRIBE,
    DOCUMENT,
    LEVELS,
    STANDARD,
    UPLOAD,
    VERIFY,
    VIDEO,
    prices,
)
from aionserver.infra.errors import InvalidInput
from aionserver.infra.scope import Scope
from aionserver.kit.asked_times import AskedTime
from aionserver.kit.periods import UTC_ZONE, Span, boundaries, label_of, span_of

MOST_ITEMS = 1_000_000
MOST_PERIODS = 1_000
RECENT = 10
DEFAULT_LENGTHS = {"hour": timedelta(days=1), "day": timedelta(days=30), "month": timedelta(days=365)}
# The levels a client may name; the batch endpoints call the usual one `default`.
LEVEL_NAMES: Mapping[str, Level] = {**{level: level for level in LEVELS}, "default": STANDARD}
TOKEN_GROUPS = {
    "describe": (DESCRIBE, BATCH_DESCRIBE, DOCUMENT, VIDEO),
    "verify": (VERIFY, BATCH_VERIFY),
    "chat": (CHAT_MESSAGE,),
    "agent": (AGENT_CALL,),
}
OPERATION_COUNTS = {"describe": "describe_operations", "verify": "verify_operations", "chat": "chat_messages"}


async def check(scope: Scope, request: UsageCheckRequest) -> UsageCheckResponse:
    """Whether the credits suffice for so many images at a level."""
    if not 0 <= request.item_count <= MOST_ITEMS:
        raise InvalidInput.field("item_count", f"must be 0 to {MOST_ITEMS}")
    level = LEVEL_NAMES.get(request.verification_level)
    if level is None:
        raise InvalidInput.field("verification_level", f"must be one of {', '.join(LEVELS)}")
    required = prices(scope.infra).image(level) * request.item_count
    balance = await service.credit_balance(scope)
    can_proceed = balance.allows(required)
    return UsageCheckResponse(
        can_proceed=can_proceed,
        current_usage=balance.used,
        monthly_limit=balance.included,
        required_credits=required,
        available_credits=balance.available,
        reset_date=billing_month(scope).end.isoformat(),
        message=None if can_proceed else f"This needs {required} credits and {balance.available} are available.",
        prepaid_credits=balance.prepaid,
        included_credits=balance.included,
    )


async def summary(scope: Scope, period: str, asked: AskedTime, api_key_id: UUID | None) -> UsageSummaryResponse:
    """Counts, credits and tokens of a span of time, and the state of the plan."""
    span = _asked_span(asked, span_of(period, scope.now(), asked.zone))
    sums = await _sums(scope, span, api_key_id)
    return UsageSummaryResponse(
        tenant_id=scope.tenant_id,
        period=period,
        start_date=asked.local(span.start),
        end_date=asked.local(span.end),
        timezone=asked.zone.key,
        usage=counts_of(sums),
        plan=await plan_state(scope),
    )


def _asked_span(asked: AskedTime, usual: Span) -> Span:
    try:
        return asked.span(usual)
    except ValueError as error:
        raise InvalidInput.field("end_date", str(error)) from error


def counts_of(sums: Sequence[Measures]) -> UsageCounts:
    """The counts that a summary gives."""
    whole = tally(sums)
    return UsageCounts(
        total_operations=whole.total,
        successful_operations=whole.successful,
        failed_operations=whole.failed,
        describe_count=tally(sums, DESCRIBE).successful,
        verify_count=tally(sums, VERIFY).successful,
        batch_count=tally(sums, BATCH_DESCRIBE, BATCH_VERIFY).successful,
        upload_count=tally(sums, UPLOAD).successful,
        document_count=tally(sums, DOCUMENT).successful,
        video_count=tally(sums, VIDEO).successful,
        chat_message_count=tally(sums, CHAT_MESSAGE).successful,
        agent_call_count=tally(sums, AGENT_CALL).successful,
        total_credits=whole.credits,
        input_tokens=whole.read,
        output_tokens=whole.written,
        total_tokens=whole.read + whole.written,
        avg_processing_time_ms=whole.avg_processing_ms,
    )


async def _sums(scope: Scope, span: Span, api_key_id: UUID | None = None) -> list[Measures]:
    return (await sums_between(scope, span, api_key_id=api_key_id)).get(0, [])


async def plan_state(scope: Scope) -> PlanState:
    """The plan, and what the running month has used of it."""
    tenant = await get_tenant(scope.session, scope.tenant_id)
    balance, quota = await service.credit_balance(scope), await service.upload_quota(scope)
    return PlanState(
        tier=tenant.tier,
        monthly_limit=balance.included,
        current_usage=balance.used,
        included_credits=balance.included,
        available_credits=balance.available,
        prepaid_credits=balance.prepaid,
        usage_percentage=percentage(balance),
        reset_date=billing_month(scope).end,
        monthly_uploads=plan_of(tenant.tier).uploads_per_month,
        uploads_used=quota.current_usage,
    )


def percentage(balance: CreditBalance) -> float:
    """How much of the month's own credits is used, 0 to 100; 0 without a limit."""
    return share(balance.used_of_included, balance.included)


async def details(
    scope: Scope, asked: AskedTime, operation: str | None, api_key_id: UUID | None, page: int, page_size: int
) -> UsageDetailsResponse:
    """A page of the ledger; the running month unless told otherwise."""
    span = _asked_span(asked, span_of("month", scope.now(), asked.zone))
    sums = await _sums(scope, span, api_key_id)
    total = sum(one.entries for one in sums if operation in (None, one.operation))
    found: Sequence[LedgerEntry] = []
    if (page - 1) * page_size < total:
        offset = (page - 1) * page_size
        found = await queries.find_entries(scope, span, operation, api_key_id, page_size, offset)
    pages = ceil(total / page_size)
    pagination = UsagePagination(page=page, page_size=page_size, total_count=total, total_pages=pages)
    return UsageDetailsResponse(details=[_detail(one) for one in found], pagination=pagination)


def _detail(entry: LedgerEntry) -> UsageDetail:
    names = set(UsageDetail.model_fields) - {"operation_type", "timestamp", "verification_level"}
    values: dict[str, Any] = {name: getattr(entry, name) for name in names}
    level = cast("Level | None", entry.level or None)
    return UsageDetail(**values, operation_type=entry.operation, timestamp=entry.created_at, verification_level=level)


async def by_period(scope: Scope, kind: str, asked: AskedTime, api_key_id: UUID | None) -> UsageByPeriodResponse:
    """Every hour, day or month of a span, those without use too."""
    now = scope.now()
    span = _asked_span(asked, Span(now - DEFAULT_LENGTHS[kind], now + timedelta(microseconds=1)))
    try:
        edges = boundaries(kind, span, asked.zone, MOST_PERIODS)
    except ValueError as error:
        raise InvalidInput.field("period_type", str(error)) from error
    found = await sums_between(scope, span, edges, api_key_id)
    return UsageByPeriodResponse(
        period_type=kind,
        start_date=asked.local(span.start),
        end_date=asked.local(span.end),
        timezone=asked.zone.key,
        data=[_point(kind, start, asked, found.get(number, [])) for number, start in enumerate(edges[:-1], 1)],
    )


def _point(kind: str, start: datetime, asked: AskedTime, sums: Sequence[Measures]) -> UsagePoint:
    whole = tally(sums)
    return UsagePoint(
        timestamp=asked.local(start),
        value=whole.credits,
        label=label_of(kind, start, asked.zone),
        operations=whole.total,
        failed=whole.failed,
        tokens=whole.read + whole.written,
    )


async def top_endpoints(scope: Scope, asked: AskedTime, limit: int) -> TopEndpointsResponse:
    """The endpoints called most; in the running month unless told otherwise."""
    span = _asked_span(asked, span_of("month", scope.now(), asked.zone))
    found = await queries.top_endpoints(scope, span, limit)
    return TopEndpointsResponse(
        start_date=asked.local(span.start),
        end_date=asked.local(span.end),
        endpoints=[_endpoint(one) for one in found],
    )


def _endpoint(one: queries.EndpointUse) -> TopEndpoint:
    method, _, path = one.endpoint.partition(" ")
    return TopEndpoint(
        endpoint=one.endpoint,
        method=method,
        path=path,
        call_count=one.calls,
        failed_count=one.failures,
        success_rate=share(one.calls - one.failures, one.calls),
        avg_response_time_ms=round(one.total_ms / one.calls, 1),
    )


async def breakdown(scope: Scope) -> UsageBreakdownResponse:
    """Credits of the running month by level and by operation, and what was done last."""
    month = billing_month(scope)
    balance, sums = await service.credit_balance(scope), await service.month_sums(scope, month.start)
    levels = {level: sum(one.credits for one in sums if one.level == level) for level in LEVELS}
    operations = {name: tally(sums, name).credits for name in OperationTypeBreakdown.model_fields}
    recent = await queries.find_entries(scope, month, None, None, RECENT, 0)
    return UsageBreakdownResponse(
        current_month=f"{month.start:%Y-%m}",
        total_credits_used=balance.used,
        monthly_limit=balance.included,
        remaining_credits=balance.available,
        usage_percentage=percentage(balance),
        reset_date=month.end.isoformat(),
        by_verification_level=VerificationLevelBreakdown(**levels),
        by_operation_type=OperationTypeBreakdown(**operations),
        recent_operations=[_detail(one) for one in recent],
    )


async def monthly_tokens(scope: Scope, year: int | None, month: int | None) -> MonthlyTokenUsageResponse:
    """Tokens of a month (UTC), the running one unless told otherwise."""
    now = scope.now()
    year, month = now.year if year is None else year, now.month if month is None else month
    if not 1970 <= year <= 9000:
        raise InvalidInput.field("year", "must be 1970 to 9000")
    sums = await service.month_sums(scope, span_of("month", now.replace(year=year, month=month, day=1), UTC_ZONE).start)
    whole = tally(sums)
    values: dict[str, int] = {
        "total_input_tokens": whole.read,
        "total_output_tokens": whole.written,
        "total_tokens": whole.read + whole.written,
        "total_cache_read_tokens": whole.cache_read,
        "total_cache_creation_tokens": whole.cache_created,
    }
    for group, operations in TOKEN_GROUPS.items():
        part = tally(sums, *operations)
        values |= {
            f"{group}_input_tokens": part.read,
            f"{group}_output_tokens": part.written,
            f"{group}_cache_read_tokens": part.cache_read,
            f"{group}_cache_creation_tokens": part.cache_created,
            OPERATION_COUNTS.get(group, f"{group}_operations"): part.successful,
        }
    return MonthlyTokenUsageResponse(year=year, month=month, **values)
