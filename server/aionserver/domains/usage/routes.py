"""Usage over HTTP."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from aionserver.domains.usage import projections, reports
from aionserver.domains.usage.schemas import (
    MonthlyTokenUsageResponse,
    PlanUsageResponse,
    TopEndpointsResponse,
    UsageBreakdownResponse,
    UsageByPeriodResponse,
    UsageCheckRequest,
    UsageCheckResponse,
    UsageDetailsResponse,
    UsageSummaryResponse,
)
from aionserver.infra.actors import Permission
from aionserver.infra.errors import InvalidInput
from aionserver.infra.scope import Scope
from aionserver.infra.web.door import scope_with
from aionserver.infra.web.limits import limit
from aionserver.infra.web.queries import Asked
from aionserver.infra.web.text import Text

router = APIRouter(prefix="/api/v2/usage", tags=["Usage Analytics"])
UsageScope = Annotated[Scope, Depends(scope_with(Permission.READ, "usage:read"), scope="function")]
OFTEN, SOMETIMES = limit(60), limit(30)
MOST_PAGES = 1_000_000


SPANS = ("day", "week", "month")
STEPS = ("hour", "day", "month")
BILLING_PERIODS = ("month", "quarter", "year")


def _one_of(allowed: Sequence[str], name: str, written: str) -> str:
    if written not in allowed:
        raise InvalidInput.field(name, f"must be one of {', '.join(allowed)}")
    return written


@router.post("/check", dependencies=[OFTEN])
async def check_usage(scope: UsageScope, body: UsageCheckRequest) -> UsageCheckResponse:
    """Whether the credits suffice for so many images at a level."""
    return await reports.check(scope, body)


@router.get("/summary", dependencies=[SOMETIMES])
async def get_usage_summary(
    scope: UsageScope,
    asked: Asked,
    period: Annotated[str | None, Query(description="day, week or month, the running one.")] = "month",
    api_key_id: UUID | None = None,
) -> UsageSummaryResponse:
    """What was done in a span of time and what it cost, and what the plan still allows."""
    chosen = _one_of(SPANS, "period", period or "month")
    return await reports.summary(scope, chosen, asked, api_key_id)


@router.get("/details", dependencies=[SOMETIMES])
async def get_usage_details(
    scope: UsageScope,
    asked: Asked,
    api_key_id: UUID | None = None,
    operation_type: Text | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 50,
) -> UsageDetailsResponse:
    """The entries of the ledger, the newest first."""
    return await reports.details(scope, asked, operation_type, api_key_id, min(page, MOST_PAGES), page_size)


@router.get("/by-period", dependencies=[SOMETIMES])
async def get_usage_by_period(
    scope: UsageScope,
    asked: Asked,
    period_type: Annotated[str, Query(description="hour, day or month.")] = "day",
    api_key_id: UUID | None = None,
) -> UsageByPeriodResponse:
    """Credits by hour, day or month, those without use too."""
    chosen = _one_of(STEPS, "period_type", period_type)
    return await reports.by_period(scope, chosen, asked, api_key_id)


@router.get("/plan", dependencies=[SOMETIMES])
async def get_plan_usage(
    scope: UsageScope,
    period: Annotated[str | None, Query(description="month, quarter or year, the running one.")] = "month",
    include_projections: bool = True,
) -> PlanUsageResponse:
    """The plan, what was used of it, and where that is heading."""
    chosen = _one_of(BILLING_PERIODS, "period", period or "month")
    return await projections.plan_usage(scope, chosen, projected=include_projections)


@router.get("/top-endpoints", dependencies=[SOMETIMES])
async def get_top_endpoints(
    scope: UsageScope, asked: Asked, limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> TopEndpointsResponse:
    """The endpoints that the tenant's keys and people call most."""
    return await reports.top_endpoints(scope, asked, limit)


@router.get("/breakdown", dependencies=[SOMETIMES])
async def get_usage_breakdown(scope: UsageScope) -> UsageBreakdownResponse:
    """The running month's credits by level and by operation."""
    return await reports.breakdown(scope)


@router.get("/tokens/monthly", dependencies=[SOMETIMES])
async def get_monthly_token_usage(
    scope: UsageScope, year: int | None = None, month: Annotated[int | None, Query(ge=1, le=12)] = None
) -> MonthlyTokenUsageResponse:
    """What language models read and wrote in a month."""
    return await reports.monthly_tokens(scope, year, month)
