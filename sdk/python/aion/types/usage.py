"""Usage: what was charged, what the plan allows, and what language models took."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Optional

from ._decoding import ApiObject

__all__ = [
    "BillingPeriod",
    "ConversationTokenUsage",
    "ConversationTokenUsageList",
    "DailyActivity",
    "DashboardAnalytics",
    "FileTokenUsage",
    "FileTokenUsageList",
    "LevelBreakdown",
    "MonthlyTokenUsage",
    "OperationBreakdown",
    "PlanDetails",
    "PlanPeriodUsage",
    "PlanProjections",
    "PlanState",
    "PlanUsage",
    "TopEndpoint",
    "TopEndpoints",
    "UsageBreakdown",
    "UsageByPeriod",
    "UsageCheck",
    "UsageCounts",
    "UsageDetail",
    "UsageDetails",
    "UsagePagination",
    "UsagePoint",
    "UsageSummary",
]


@dataclass(frozen=True)
class UsageCheck(ApiObject):
    """Whether so many items may be processed now, and what they cost; -1 stands for no limit."""

    can_proceed: bool
    current_usage: int
    monthly_limit: int
    required_credits: int
    available_credits: int
    reset_date: str
    message: Optional[str] = None
    prepaid_credits: int = 0
    supports_overage: bool = False
    included_credits: int = 0
    overage_credits_used: int = 0
    max_overage_credits: int = 0
    overage_cost: float = 0.0


@dataclass(frozen=True)
class UsageCounts(ApiObject):
    """What was done, and what it took."""

    total_operations: int
    successful_operations: int
    failed_operations: int
    describe_count: int
    verify_count: int
    batch_count: int
    upload_count: int
    document_count: int
    video_count: int
    chat_message_count: int
    agent_call_count: int
    total_credits: int
    input_tokens: int
    output_tokens: int
    total_tokens: int
    avg_processing_time_ms: Optional[float]


@dataclass(frozen=True)
class PlanState(ApiObject):
    """What the plan allows this month, and what is used of it."""

    tier: str
    monthly_limit: int
    current_usage: int
    included_credits: int
    available_credits: int
    prepaid_credits: int
    usage_percentage: float
    reset_date: Optional[datetime]
    monthly_uploads: int
    uploads_used: int


@dataclass(frozen=True)
class UsageSummary(ApiObject):
    """What was used in a period."""

    tenant_id: str
    period: str
    start_date: Optional[datetime]
    end_date: Optional[datetime]
    timezone: str
    usage: UsageCounts
    plan: PlanState


@dataclass(frozen=True)
class UsageDetail(ApiObject):
    """One charge, refund, failure or grant."""

    id: str
    kind: str
    operation_type: str
    timestamp: Optional[datetime]
    subject_id: str
    context_id: Optional[str]
    file_id: Optional[str]
    credits: int
    prepaid_credits: int
    verification_level: Optional[str]
    provider: Optional[str]
    model: Optional[str]
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    api_key_id: Optional[str]
    user_id: Optional[str]
    processing_time_ms: Optional[int]


@dataclass(frozen=True)
class UsagePagination(ApiObject):
    """Which page of the details it is."""

    page: int
    page_size: int
    total_count: int
    total_pages: int


@dataclass(frozen=True)
class UsageDetails(ApiObject):
    """One page of single charges, newest first."""

    details: list[UsageDetail]
    pagination: UsagePagination


@dataclass(frozen=True)
class UsagePoint(ApiObject):
    """The use of an hour, day or month; `value` is in credits."""

    timestamp: Optional[datetime]
    value: int
    label: str
    operations: int
    failed: int
    tokens: int


@dataclass(frozen=True)
class UsageByPeriod(ApiObject):
    """The use of each hour, day or month."""

    period_type: str
    start_date: Optional[datetime]
    end_date: Optional[datetime]
    timezone: str
    data: list[UsagePoint]


@dataclass(frozen=True)
class BillingPeriod(ApiObject):
    """From when to when is counted."""

    period: str
    start_date: Optional[datetime]
    end_date: Optional[datetime]
    days_elapsed: float
    days_total: float


@dataclass(frozen=True)
class PlanDetails(ApiObject):
    """What the plan allows; -1 stands for no limit."""

    tier: str
    monthly_limit: int
    current_usage: int
    included_credits: int
    available_credits: int
    prepaid_credits: int
    usage_percentage: float
    reset_date: Optional[datetime]
    monthly_uploads: int
    uploads_used: int
    requests_per_minute: int
    files_per_batch: int
    concurrent_uploads: int


@dataclass(frozen=True)
class PlanPeriodUsage(ApiObject):
    """What is used of the period."""

    credits_used: int
    credits_included: int
    usage_percentage: float


@dataclass(frozen=True)
class PlanProjections(ApiObject):
    """Where the use is heading."""

    trending: str
    daily_average: float
    projected_usage: int
    will_exceed: bool
    exhaustion_date: Optional[datetime]


@dataclass(frozen=True)
class PlanUsage(ApiObject):
    """The plan, what is used of it, and where that is heading."""

    billing_period: BillingPeriod
    plan_details: PlanDetails
    usage: PlanPeriodUsage
    projections: Optional[PlanProjections]
    optimization_recommendations: list[str]


@dataclass(frozen=True)
class TopEndpoint(ApiObject):
    """One of the most called operations."""

    endpoint: str
    method: str
    path: str
    call_count: int
    failed_count: int
    success_rate: float
    avg_response_time_ms: float


@dataclass(frozen=True)
class TopEndpoints(ApiObject):
    """The most called operations."""

    start_date: Optional[datetime]
    end_date: Optional[datetime]
    endpoints: list[TopEndpoint]


@dataclass(frozen=True)
class LevelBreakdown(ApiObject):
    """Credits by how thoroughly pictures were looked at."""

    quick: int = 0
    standard: int = 0
    thorough: int = 0
    critical: int = 0


@dataclass(frozen=True)
class OperationBreakdown(ApiObject):
    """Credits by kind of operation."""

    describe: int = 0
    verify: int = 0
    batch_describe: int = 0
    batch_verify: int = 0


@dataclass(frozen=True)
class UsageBreakdown(ApiObject):
    """The use of this month, split up."""

    current_month: str
    total_credits_used: int
    monthly_limit: int
    remaining_credits: int
    usage_percentage: float
    reset_date: str
    by_verification_level: LevelBreakdown
    by_operation_type: OperationBreakdown
    recent_operations: list[UsageDetail] = field(default_factory=list[UsageDetail])


@dataclass(frozen=True)
class MonthlyTokenUsage(ApiObject):
    """The tokens of language models in a month."""

    year: int
    month: int
    total_input_tokens: int
    total_output_tokens: int
    total_tokens: int
    describe_input_tokens: int
    describe_output_tokens: int
    chat_input_tokens: int
    chat_output_tokens: int
    verify_input_tokens: int
    verify_output_tokens: int
    describe_operations: int
    chat_messages: int
    verify_operations: int
    describe_cache_read_tokens: int = 0
    describe_cache_creation_tokens: int = 0
    chat_cache_read_tokens: int = 0
    chat_cache_creation_tokens: int = 0
    verify_cache_read_tokens: int = 0
    verify_cache_creation_tokens: int = 0
    agent_cache_read_tokens: int = 0
    agent_cache_creation_tokens: int = 0
    total_cache_read_tokens: int = 0
    total_cache_creation_tokens: int = 0
    agent_input_tokens: int = 0
    agent_output_tokens: int = 0
    agent_operations: int = 0


@dataclass(frozen=True)
class FileTokenUsage(ApiObject):
    """The tokens that one file took."""

    image_id: str
    filename: Optional[str]
    input_tokens: int
    output_tokens: int
    total_tokens: int
    created_at: Optional[datetime]
    provider: Optional[str]
    model: Optional[str]


@dataclass(frozen=True)
class FileTokenUsageList(ApiObject):
    """One page of files with their tokens."""

    files: list[FileTokenUsage]
    total_count: int
    total_input_tokens: int
    total_output_tokens: int


@dataclass(frozen=True)
class ConversationTokenUsage(ApiObject):
    """The tokens that one conversation took."""

    session_id: str
    title: Optional[str]
    input_tokens: int
    output_tokens: int
    total_tokens: int
    message_count: int
    created_at: Optional[datetime]


@dataclass(frozen=True)
class ConversationTokenUsageList(ApiObject):
    """One page of conversations with their tokens."""

    conversations: list[ConversationTokenUsage]
    total_count: int
    total_input_tokens: int
    total_output_tokens: int


@dataclass(frozen=True)
class DailyActivity(ApiObject):
    """What was done on a day."""

    date: str
    files_uploaded: int
    chat_messages: int


@dataclass(frozen=True)
class DashboardAnalytics(ApiObject):
    """What was done in a week, month or year, day by day."""

    period: str
    start_date: str
    end_date: str
    daily_activity: list[DailyActivity]
    total_chat_messages: int
    total_files_uploaded: int
    total_chat_sessions: int
    avg_processing_time_ms: Optional[float]
    success_rate: Optional[float]
    processing_tokens: int
    chat_tokens: int
    total_tokens: int
    current_month_chat_tokens: int = 0
    max_monthly_chat_tokens: int = 0
