"""Usage as it is sent. Credits are whole numbers; -1 stands for no limit, percentages are 0 to 100."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

Level = Literal["quick", "standard", "thorough", "critical"]
Kind = Literal["charge", "refund", "failure", "grant"]
Trend = Literal["up", "down", "stable"]


class UsageCheckRequest(BaseModel):
    """What is to be done: so many images at a level."""

    item_count: int = 1
    verification_level: str = "standard"


class UsageCheckResponse(BaseModel):
    """Whether the credits suffice. There is no use beyond what is included and prepaid."""

    can_proceed: bool
    current_usage: int
    monthly_limit: int
    required_credits: int
    available_credits: int
    reset_date: str
    message: str | None = None
    prepaid_credits: int = 0
    supports_overage: bool = False
    included_credits: int = 0
    overage_credits_used: int = 0
    max_overage_credits: int = 0
    overage_cost: float = 0.0


class UsageCounts(BaseModel):
    """Operations of a span of time by what they were, and their credits and tokens."""

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
    avg_processing_time_ms: float | None


class PlanState(BaseModel):
    """The plan, and how much of it the running month (UTC) has used."""

    tier: str
    monthly_limit: int
    current_usage: int
    included_credits: int
    available_credits: int
    prepaid_credits: int
    usage_percentage: float
    reset_date: datetime
    monthly_uploads: int
    uploads_used: int


class UsageSummaryResponse(BaseModel):
    """What was used in a span of time, and what the plan still allows."""

    tenant_id: UUID
    period: str
    start_date: datetime
    end_date: datetime
    timezone: str
    usage: UsageCounts
    plan: PlanState


class UsageDetail(BaseModel):
    """One entry of the ledger. `credits` is negative for a refund; `prepaid_credits` is its change of the balance."""

    id: UUID
    kind: Kind
    operation_type: str
    timestamp: datetime
    subject_id: UUID
    context_id: UUID | None
    file_id: UUID | None
    credits: int
    prepaid_credits: int
    verification_level: Level | None
    provider: str | None
    model: str | None
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    api_key_id: UUID | None
    user_id: UUID | None
    processing_time_ms: int | None


class UsagePagination(BaseModel):
    """Where in the whole a page is."""

    page: int
    page_size: int
    total_count: int
    total_pages: int


class UsageDetailsResponse(BaseModel):
    """A page of entries, the newest first."""

    details: list[UsageDetail]
    pagination: UsagePagination


class UsagePoint(BaseModel):
    """One hour, day or month: `value` are the credits used in it."""

    timestamp: datetime
    value: int
    label: str
    operations: int
    failed: int
    tokens: int


class UsageByPeriodResponse(BaseModel):
    """Every hour, day or month of a span of time, those without use too."""

    period_type: str
    start_date: datetime
    end_date: datetime
    timezone: str
    data: list[UsagePoint]


class BillingPeriod(BaseModel):
    """The time that limits are counted in."""

    period: str
    start_date: datetime
    end_date: datetime
    days_elapsed: float
    days_total: float


class PlanDetails(PlanState):
    """The plan's limits besides credits."""

    requests_per_minute: int
    files_per_batch: int
    concurrent_uploads: int


class PlanPeriodUsage(BaseModel):
    """What was used of what the billing period includes."""

    credits_used: int
    credits_included: int
    usage_percentage: float


class PlanProjections(BaseModel):
    """Where use is heading at the pace of the period so far; `trending` compares the last 7 days with the 7 before."""

    trending: Trend
    daily_average: float
    projected_usage: int
    will_exceed: bool
    exhaustion_date: datetime | None


class PlanUsageResponse(BaseModel):
    """The plan, its use, and what is to be expected of it."""

    billing_period: BillingPeriod
    plan_details: PlanDetails
    usage: PlanPeriodUsage
    projections: PlanProjections | None
    optimization_recommendations: list[str]


class TopEndpoint(BaseModel):
    """How much an endpoint was used."""

    endpoint: str
    method: str
    path: str
    call_count: int
    failed_count: int
    success_rate: float
    avg_response_time_ms: float


class TopEndpointsResponse(BaseModel):
    """The endpoints called most, in the hours that a span of time touches."""

    start_date: datetime
    end_date: datetime
    endpoints: list[TopEndpoint]


class VerificationLevelBreakdown(BaseModel):
    """Credits by level."""

    quick: int = 0
    standard: int = 0
    thorough: int = 0
    critical: int = 0


class OperationTypeBreakdown(BaseModel):
    """Credits by operation."""

    describe: int = 0
    verify: int = 0
    batch_describe: int = 0
    batch_verify: int = 0


class UsageBreakdownResponse(BaseModel):
    """The running month (UTC), by level and by operation."""

    current_month: str
    total_credits_used: int
    monthly_limit: int
    remaining_credits: int
    usage_percentage: float
    reset_date: str
    by_verification_level: VerificationLevelBreakdown
    by_operation_type: OperationTypeBreakdown
    recent_operations: list[UsageDetail] = []


class MonthlyTokenUsageResponse(BaseModel):
    """What language models read and wrote in a month."""

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
