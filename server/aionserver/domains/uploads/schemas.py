"""Uploads on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]


class StoredFileFields(BaseModel):
    """What is known of a file once its bytes are stored."""

    image_id: UUID
    object_key: str
    status: str
    skipped: bool = False
    skipped_existing_image_id: UUID | None = None
    storage_target: str = "default"
    media_type: str | None = None
    document_type: str | None = None
    text_extraction_status: str | None = None


class StreamingUploadResponse(StoredFileFields):
    """One uploaded file. `status` is processing, completed or skipped."""

    upload_method: str
    processing_time_ms: float
    s3_upload_completed: bool
    variants_queued: bool
    description_queued: bool

    def stored_ids(self) -> frozenset[UUID]:
        """The file that the answer speaks of."""
        return frozenset({self.image_id})


class StreamBatchFileResult(StoredFileFields):
    """One file of a batch."""

    filename: str
    processing_time_ms: float | None = None
    error: str | None = None


class FileRejection(BaseModel):
    """A file that was not taken, and whether sending it again can help."""

    filename: str
    index: int
    reason: str
    retryable: bool


class StreamBatchUploadResponse(BaseModel):
    """A batch of uploaded files. `immediate_results` is only filled for up to 5 files, `files` always."""

    session_id: UUID
    total_files: int
    accepted_files: int
    rejected_files: int
    status: str
    immediate_results: list[StreamBatchFileResult] | None = None
    files: list[StreamBatchFileResult] = []
    status_url: str
    websocket_channel: str
    rejections: list[FileRejection] | None = None

    def stored_ids(self) -> frozenset[UUID]:
        """The files that the answer speaks of."""
        return frozenset(one.image_id for one in self.files)


class UploadQuotaResponse(BaseModel):
    """Whether files may be uploaded, and how many at a time. -1 is unlimited."""

    can_proceed: bool
    requested: int
    available: int
    monthly_limit: int
    current_usage: int
    message: str | None = None
    prepaid_credits: int = 0
    max_batch_size: int
    max_concurrent_uploads: int


class DuplicateCheckRequest(BaseModel):
    """SHA-256 digests, in hexadecimal."""

    hashes: Annotated[list[Sha256], Field(min_length=1, max_length=250)]


class DuplicateCheckResponse(BaseModel):
    """Which of the digests belong to files that are there already."""

    duplicates: list[str]
    unique: list[str]


class ComponentStatusesResponse(BaseModel):
    """How far each part of the processing has come."""

    variant_status: str | None = None
    description_status: str | None = None
    text_extraction_status: str | None = None
    upload_intent_status: str | None = None
    task_intent_status: str | None = None


class UnifiedImageStatusResponse(BaseModel):
    """How far a file has come."""

    image_id: str
    tenant_id: str
    batch_id: str | None = None
    unified_status: str
    component_statuses: ComponentStatusesResponse
    task_intent_ids: list[str] = []
    error_message: str | None = None
    last_error_at: str | None = None
    created_at: str | None = None
    last_updated_at: str | None = None
    completed_at: str | None = None
    retry_count: int = 0
    processing_duration_seconds: float | None = None
    is_stuck: bool = False
    is_terminal: bool = False


SessionStatus = Literal["pending", "uploading", "processing", "completed", "failed", "expired", "cancelled"]
ItemStatus = Literal["completed", "failed", "skipped"]


class FileResultSummary(BaseModel):
    """A file that was finished lately; its description is cut to 100 characters."""

    filename: str
    image_id: UUID
    status: ItemStatus
    description: str | None = None
    processing_time_ms: float | None = None
    error_message: str | None = None


class FileErrorSummary(BaseModel):
    """A file that failed."""

    filename: str
    index: int
    error: str
    retryable: bool


class UploadSessionStatusResponse(BaseModel):
    """How far a session has come."""

    session_id: UUID
    status: SessionStatus
    total_files: int
    completed_files: int
    failed_files: int
    skipped_files: int
    pending_files: int
    progress_percentage: float
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    estimated_completion_time: datetime | None = None
    recent_completions: list[FileResultSummary] = []
    recent_errors: list[FileErrorSummary] = []
    results_url: str
    websocket_channel: str


class UploadSessionResultItem(BaseModel):
    """What became of one file of a session."""

    image_id: UUID
    filename: str
    object_key: str
    status: ItemStatus
    description: str | None = None
    visible_text: str | None = None
    tags: list[str] = []
    processing_time_ms: float | None = None
    error_message: str | None = None
    thumbnail_url: str | None = None
    created_at: datetime


class UploadSessionResultsResponse(BaseModel):
    """The finished files of a session."""

    session_id: UUID
    results: list[UploadSessionResultItem]
    total_count: int
    offset: int
    limit: int
    has_more: bool
    summary: dict[str, Any]


class UploadSessionListItem(BaseModel):
    """A session in a list."""

    session_id: UUID
    status: str
    upload_method: str
    total_files: int
    completed_files: int
    failed_files: int
    skipped_files: int
    progress_percentage: float
    created_at: datetime
    completed_at: datetime | None = None


class UploadSessionListResponse(BaseModel):
    """Sessions, newest first."""

    sessions: list[UploadSessionListItem]
    total_count: int
    offset: int
    limit: int
    has_more: bool


class BatchStatusCountsResponse(BaseModel):
    """How many files of a batch are how far."""

    total: int = 0
    uploading: int = 0
    confirming: int = 0
    queued: int = 0
    processing: int = 0
    completed: int = 0
    failed: int = 0
    partially_completed: int = 0
    stuck: int = 0


class BatchDescriptionCountsResponse(BaseModel):
    """How many descriptions of a batch are how far."""

    pending: int = 0
    processing: int = 0
    completed: int = 0
    failed: int = 0
    skipped: int = 0


class BatchErrorSummaryResponse(BaseModel):
    """How many files of a batch went wrong, and the first different reasons."""

    count: int = 0
    messages: list[str] = []


class BatchStatusSummaryResponse(BaseModel):
    """How far a batch has come, in numbers."""

    batch_id: str
    tenant_id: str
    overall_status: str
    completion_percentage: float
    counts: BatchStatusCountsResponse
    description_counts: BatchDescriptionCountsResponse = BatchDescriptionCountsResponse()
    error_summary: BatchErrorSummaryResponse
    created_at: str | None = None
    last_activity_at: str | None = None


class StuckUploadsResponse(BaseModel):
    """Files that nothing has happened to for long."""

    stuck_count: int
    images: list[UnifiedImageStatusResponse]
