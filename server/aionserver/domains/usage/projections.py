"""The plan's answer: what was used of it, where that is heading, and what would help."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from aionserver.domains.accounts.service import plan_of
from aionserver.domains.usage import service
from aionserver.domains.usage.queries import Measures
from aionserver.domains.usage.reports import plan_state
from aionserver.domains.usage.schemas import (
    BillingPeriod,
    PlanDetails,
    PlanPeriodUsage,
    PlanProjections,
    PlanUsageResponse,
    Trend,
)
from aionserver.domains.usage.tallies import share, tally
from aionserver.domains.usage.work import STANDARD, UPLOAD, prices
from aionserver.infra.scope import Scope
from aionserver.kit.periods import UTC_ZONE, Span, add_months, midnight, span_of

MONTHS = {"month": 1, "quarter": 3, "year": 12}
WEEK = timedelta(days=7)
# A week that differs less from the one before is as that was.
NOTABLE_CHANGE = 0.1
NOTABLE_FAILURES = 0.1
NOTABLE_SHARE = 0.5


async def plan_usage(scope: Scope, period: str, *, projected: bool) -> PlanUsageResponse:
    """The plan in the running month, quarter or year (UTC)."""
    now = scope.now()
    span, state = span_of(period, now, UTC_ZONE), await plan_state(scope)
    plan = plan_of(state.tier)
    sums = await _months(scope, span)
    used = tally(sums).credits
    included = plan.credits_per_month * MONTHS[period] if plan.credits_per_month >= 0 else service.UNLIMITED
    elapsed = Span(span.start, now).days
    projections = await _projections(scope, span, used, included, state.available_credits) if projected else None
    return PlanUsageResponse(
        billing_period=BillingPeriod(
            period=period,
            start_date=span.start,
            end_date=span.end,
            days_elapsed=round(elapsed, 2),
            days_total=span.days,
        ),
        plan_details=PlanDetails(
            **state.model_dump(),
            requests_per_minute=plan.requests_per_minute,
            files_per_batch=plan.files_per_batch,
            concurrent_uploads=plan.concurrent_uploads,
        ),
        usage=PlanPeriodUsage(credits_used=used, credits_included=included, usage_percentage=share(used, included)),
        projections=projections,
        optimization_recommendations=_recommendations(scope, sums, projections),
    )


async def _months(scope: Scope, span: Span) -> list[Measures]:
    """The sums of the months in the span."""
    found: list[Measures] = []
    first = span.start.date()
    while (start := midnight(first, UTC_ZONE)) < span.end:
        found += await service.month_sums(scope, start)
        first = add_months(first, 1)
    return found


async def _projections(scope: Scope, span: Span, used: int, included: int, available: int) -> PlanProjections:
    now = scope.now()
    daily = max(0, used) / max(1.0, Span(span.start, now).days)
    expected = round(used + daily * Span(now, span.end).days)
    exceeds = included >= 0 and expected > used + available
    return PlanProjections(
        trending=await _trend(scope),
        daily_average=round(daily, 2),
        projected_usage=expected,
        will_exceed=exceeds,
        exhaustion_date=_exhaustion(now, available, daily) if exceeds else None,
    )


def _exhaustion(now: datetime, available: int, daily: float) -> datetime:
    return now + timedelta(days=available / daily)


async def _trend(scope: Scope) -> Trend:
    """The last 7 whole days (UTC) against the 7 before them."""
    today = span_of("day", scope.now(), UTC_ZONE).start
    edges = [today - 2 * WEEK, today - WEEK, today]
    sums: Mapping[int, Sequence[Measures]] = await service.sums_between(scope, Span(edges[0], today), edges)
    before, last = (tally(sums.get(number, [])).credits for number in (1, 2))
    if abs(last - before) <= NOTABLE_CHANGE * max(before, 0):
        return "stable"
    return "up" if last > before else "down"


def _recommendations(scope: Scope, sums: Sequence[Measures], projections: PlanProjections | None) -> list[str]:
    """Sentences that are true of these sums; none where there is nothing to say."""
    whole, work = tally(sums), tally([one for one in sums if one.operation != UPLOAD])
    dear = sum(one.credits for one in sums if one.level in ("thorough", "critical"))
    found: list[str] = []
    if projections is not None and projections.exhaustion_date is not None:
        found.append(
            f"At this pace the credits last until {projections.exhaustion_date:%Y-%m-%d}: "
            f"about {projections.projected_usage} are needed by the end of the period."
        )
    if whole.credits > 0 and dear > NOTABLE_SHARE * whole.credits:
        price = prices(scope.infra).image(STANDARD)
        found.append(
            f"{round(share(dear, whole.credits))}% of the credits went into the levels thorough and critical; "
            f"an image at the level standard costs {price}."
        )
    if work.failed > NOTABLE_FAILURES * work.total:
        found.append(
            f"{work.failed} of {work.total} operations failed. They cost nothing; the files say why in "
            "description_error."
        )
    return found
