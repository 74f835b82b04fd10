"""Putting names to what the ledger says."""

from datetime import timedelta

from aionserver.domains.analytics.schemas import (
    ConversationTokenUsageItem,
    ConversationTokenUsageResponse,
    DailyActivityPoint,
    DashboardAnalyticsResponse,
    FileTokenUsageItem,
    FileTokenUsageResponse,
    Period,
)
from aionserver.domains.files import service as files
from aionserver.domains.usage import service as usage
from aionserver.infra.scope import Scope
from aionserver.kit.asked_times import AskedTime
from aionserver.kit.periods import DAY, Span, boundaries, label_of, midnight, span_of

DAYS = {"week": 7, "month": 30, "year": 365}
MOST_DAYS = 400


async def file_tokens(scope: Scope, limit: int, offset: int) -> FileTokenUsageResponse:
    """Files for which language models were asked, and what that took."""
    page = await usage.tokens_by_file(scope, limit, offset)
    known = await files.find_many(scope, [one.id for one in page.rows])
    return FileTokenUsageResponse(
        files=[
            FileTokenUsageItem(
                image_id=str(one.id),
                filename=known[one.id].filename if one.id in known else None,
                input_tokens=one.input_tokens,
                output_tokens=one.output_tokens,
                total_tokens=one.input_tokens + one.output_tokens,
                created_at=one.last_at.isoformat(),
                provider=one.provider,
                model=one.model,
            )
            for one in page.rows
        ],
        total_count=page.total_count,
        total_input_tokens=page.input_tokens,
        total_output_tokens=page.output_tokens,
    )


async def conversation_tokens(scope: Scope, limit: int, offset: int) -> ConversationTokenUsageResponse:
    """Chat sessions, and what language models read and wrote in them."""
    page = await usage.tokens_by_conversation(scope, limit, offset)
    return ConversationTokenUsageResponse(
        conversations=[
            ConversationTokenUsageItem(
                session_id=str(one.id),
                title=None,
                input_tokens=one.input_tokens,
                output_tokens=one.output_tokens,
                total_tokens=one.input_tokens + one.output_tokens,
                message_count=one.entries,
                created_at=one.first_at.isoformat(),
            )
            for one in page.rows
        ],
        total_count=page.total_count,
        total_input_tokens=page.input_tokens,
        total_output_tokens=page.output_tokens,
    )


async def dashboard(scope: Scope, period: Period, asked: AskedTime) -> DashboardAnalyticsResponse:
    """The last 7, 30 or 365 days of the time zone, today among them."""
    now, zone = scope.now(), asked.zone
    first = now.astimezone(zone).date() - timedelta(days=DAYS[period] - 1)
    span = Span(midnight(first, zone), now + timedelta(microseconds=1))
    edges = boundaries(DAY, span, zone, MOST_DAYS)
    days = await usage.sums_between(scope, span, edges)
    sums = [one for day in days.values() for one in day]
    chat, work = usage.tally(sums, usage.CHAT_MESSAGE), usage.tally(sums, *usage.PROCESSING)
    whole = usage.tally(sums)
    month = await usage.sums_between(scope, span_of("month", now, zone))
    chat_this_month = usage.tally(month.get(0, []), usage.CHAT_MESSAGE)
    return DashboardAnalyticsResponse(
        period=period,
        start_date=asked.local(span.start).isoformat(),
        end_date=asked.local(now).isoformat(),
        daily_activity=[
            DailyActivityPoint(
                date=label_of(DAY, start, zone),
                files_uploaded=usage.tally(days.get(number, []), usage.UPLOAD).successful,
                chat_messages=usage.tally(days.get(number, []), usage.CHAT_MESSAGE).successful,
            )
            for number, start in enumerate(edges[:-1], 1)
        ],
        total_chat_messages=chat.successful,
        total_files_uploaded=usage.tally(sums, usage.UPLOAD).successful,
        total_chat_sessions=await usage.count_conversations(scope, span),
        avg_processing_time_ms=work.avg_processing_ms,
        success_rate=usage.share(work.successful, work.total) if work.total else None,
        processing_tokens=work.read + work.written,
        chat_tokens=chat.read + chat.written,
        total_tokens=whole.read + whole.written,
        current_month_chat_tokens=chat_this_month.read + chat_this_month.written,
        max_monthly_chat_tokens=usage.UNLIMITED,
    )
