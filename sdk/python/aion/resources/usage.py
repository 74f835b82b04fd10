"""Usage: what was charged, what the plan allows, and what language models took."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Optional

from .._requests import get, post
from ..types.usage import (
    ConversationTokenUsageList,
    DashboardAnalytics,
    FileTokenUsageList,
    MonthlyTokenUsage,
    PlanUsage,
    TopEndpoints,
    UsageBreakdown,
    UsageByPeriod,
    UsageCheck,
    UsageDetail,
    UsageDetails,
    UsageSummary,
)
from ._base import Resource, require_choice, require_within

__all__ = ["UsageResource"]

MAX_PAGE_SIZE = 100
MAX_ENDPOINTS = 50
PERIOD_TYPES = ("hour", "day", "month")
DASHBOARD_PERIODS = ("week", "month", "year")


class UsageResource(Resource):
    """What was charged, and what the plan allows."""

    async def check(self, item_count: int = 1, *, verification_level: str = "standard") -> UsageCheck:
        """Whether so many items may be processed now, and what they cost."""
        payload = {"item_count": item_count, "verification_level": verification_level}
        return UsageCheck.from_api_response(await self._object(post("/usage/check", payload)))

    async def summary(
        self,
        *,
        period: Optional[str] = None,
        start_date: Optional[datetime] = None,
        end_date: Optional[datetime] = None,
        api_key_id: Optional[str] = None,
    ) -> UsageSummary:
        """What was used in a period, by one key where given."""
        query = {"period": period, "start_date": start_date, "end_date": end_date, "api_key_id": api_key_id}
        return UsageSummary.from_api_response(await self._object(get("/usage/summary", query)))

    async def details(
        self,
        *,
        start_date: Optional[datetime] = None,
        end_date: Optional[datetime] = None,
        api_key_id: Optional[str] = None,
        operation_type: Optional[str] = None,
        page: int = 1,
        page_size: int = 50,
    ) -> UsageDetails:
        """One page of single charges, newest first; the first page is 1."""
        require_within("page_size", page_size, 1, MAX_PAGE_SIZE)
        query = {
            "start_date": start_date,
            "end_date": end_date,
            "api_key_id": api_key_id,
            "operation_type": operation_type,
            "page": page,
            "page_size": page_size,
        }
        return UsageDetails.from_api_response(await self._object(get("/usage/details", query)))

    async def all_details(
        self,
        *,
        start_date: Optional[datetime] = None,
        end_date: Optional[datetime] = None,
        api_key_id: Optional[str] = None,
        operation_type: Optional[str] = None,
        page_size: int = 100,
    ) -> AsyncIterator[UsageDetail]:
        """All single charges, newest first, page after page."""
        number = 1
        while True:
            page = await self.details(
                start_date=start_date,
                end_date=end_date,
                api_key_id=api_key_id,
                operation_type=operation_type,
                page=number,
                page_size=page_size,
            )
            for detail in page.details:
                yield detail
            number += 1
            if not page.details or number > page.pagination.total_pages:
                return

    async def by_period(
        self,
        period_type: str = "day",
        *,
        start_date: Optional[datetime] = None,
        end_date: Optional[datetime] = None,
        api_key_id: Optional[str] = None,
    ) -> UsageByPeriod:
        """The use of each hour, day or month."""
        require_choice("period_type", period_type, PERIOD_TYPES)
        query = {
            "period_type": period_type,
            "start_date": start_date,
            "end_date": end_date,
            "api_key_id": api_key_id,
        }
        return UsageByPeriod.from_api_response(await self._object(get("/usage/by-period", query)))

    async def plan(self, *, period: Optional[str] = None, include_projections: bool = True) -> PlanUsage:
        """The plan, what is used of it, and where that is heading."""
        query = {"period": period, "include_projections": include_projections}
        return PlanUsage.from_api_response(await self._object(get("/usage/plan", query)))

    async def top_endpoints(
        self, *, limit: int = 10, start_date: Optional[datetime] = None, end_date: Optional[datetime] = None
    ) -> TopEndpoints:
        """The most called operations."""
        require_within("limit", limit, 1, MAX_ENDPOINTS)
        query = {"limit": limit, "start_date": start_date, "end_date": end_date}
        return TopEndpoints.from_api_response(await self._object(get("/usage/top-endpoints", query)))

    async def breakdown(self) -> UsageBreakdown:
        """The use of this month, split up."""
        return UsageBreakdown.from_api_response(await self._object(get("/usage/breakdown")))

    async def monthly_tokens(self, *, year: Optional[int] = None, month: Optional[int] = None) -> MonthlyTokenUsage:
        """The tokens of language models in a month, by default this one."""
        query = {"year": year, "month": month}
        return MonthlyTokenUsage.from_api_response(await self._object(get("/usage/tokens/monthly", query)))

    async def file_tokens(self, *, limit: int = 50, offset: int = 0) -> FileTokenUsageList:
        """One page of files with the tokens they took."""
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        query = {"limit": limit, "offset": offset}
        return FileTokenUsageList.from_api_response(await self._object(get("/usage/tokens/files", query)))

    async def conversation_tokens(self, *, limit: int = 50, offset: int = 0) -> ConversationTokenUsageList:
        """One page of conversations with the tokens they took."""
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        query = {"limit": limit, "offset": offset}
        answer = await self._object(get("/usage/tokens/conversations", query))
        return ConversationTokenUsageList.from_api_response(answer)

    async def dashboard(self, period: str = "month") -> DashboardAnalytics:
        """What was done in a week, month or year, day by day."""
        require_choice("period", period, DASHBOARD_PERIODS)
        answer = await self._object(get("/usage/dashboard-analytics", {"period": period}))
        return DashboardAnalytics.from_api_response(answer)
