"""Usage with names, as it is sent."""

from typing import Literal

from pydantic import BaseModel

Period = Literal["week", "month", "year"]


class FileTokenUsageItem(BaseModel):
    """What language models read and wrote for a file. Its name is null once it is deleted."""

    image_id: str
    filename: str | None
    input_tokens: int
    output_tokens: int
    total_tokens: int
    created_at: str
    provider: str | None
    model: str | None


class FileTokenUsageResponse(BaseModel):
    """A page of files, the latest first, and the sums of all."""

    files: list[FileTokenUsageItem]
    total_count: int
    total_input_tokens: int
    total_output_tokens: int


class ConversationTokenUsageItem(BaseModel):
    """What language models read and wrote in a chat session."""

    session_id: str
    title: str | None
    input_tokens: int
    output_tokens: int
    total_tokens: int
    message_count: int
    created_at: str


class ConversationTokenUsageResponse(BaseModel):
    """A page of chat sessions, the latest first, and the sums of all."""

    conversations: list[ConversationTokenUsageItem]
    total_count: int
    total_input_tokens: int
    total_output_tokens: int


class DailyActivityPoint(BaseModel):
    """What was done on a day."""

    date: str
    files_uploaded: int
    chat_messages: int


class DashboardAnalyticsResponse(BaseModel):
    """A week, a month or a year at a glance, up to today. -1 stands for no limit; rates are 0 to 100."""

    period: str
    start_date: str
    end_date: str
    daily_activity: list[DailyActivityPoint]
    total_chat_messages: int
    total_files_uploaded: int
    total_chat_sessions: int
    avg_processing_time_ms: float | None
    success_rate: float | None
    processing_tokens: int
    chat_tokens: int
    total_tokens: int
    current_month_chat_tokens: int = 0
    max_monthly_chat_tokens: int = 0
