"""Analytics over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from aionserver.domains.analytics import service
from aionserver.domains.analytics.schemas import (
    ConversationTokenUsageResponse,
    DashboardAnalyticsResponse,
    FileTokenUsageResponse,
    Period,
)
from aionserver.infra.actors import Permission
from aionserver.infra.scope import Scope
from aionserver.infra.web.door import scope_with
from aionserver.infra.web.limits import limit as at_most
from aionserver.infra.web.queries import AskedZone, Offset

router = APIRouter(prefix="/api/v2/usage", tags=["Usage Analytics"])
UsageScope = Annotated[Scope, Depends(scope_with(Permission.READ, "usage:read"), scope="function")]
Limit = Annotated[int, Query(ge=1, le=100)]
SOMETIMES = at_most(30)


@router.get("/tokens/files", dependencies=[SOMETIMES])
async def get_file_token_usage(scope: UsageScope, limit: Limit = 50, offset: Offset = 0) -> FileTokenUsageResponse:
    """What language models read and wrote for each file."""
    return await service.file_tokens(scope, limit, offset)


@router.get("/tokens/conversations", dependencies=[SOMETIMES])
async def get_conversation_token_usage(
    scope: UsageScope, limit: Limit = 50, offset: Offset = 0
) -> ConversationTokenUsageResponse:
    """What language models read and wrote in each chat session."""
    return await service.conversation_tokens(scope, limit, offset)


@router.get("/dashboard-analytics", dependencies=[SOMETIMES])
async def get_dashboard_analytics(
    scope: UsageScope, zone: AskedZone, period: Period = "month"
) -> DashboardAnalyticsResponse:
    """The last week, month or year at a glance, day by day."""
    return await service.dashboard(scope, period, zone)
