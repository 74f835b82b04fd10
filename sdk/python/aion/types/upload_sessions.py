"""Upload sessions: how far the files of a batch have come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional

from ._decoding import ApiObject

__all__ = [
    "UploadSession",
    "UploadSessionCompletion",
    "UploadSessionError",
    "UploadSessionList",
    "UploadSessionResult",
    "UploadSessionResults",
    "UploadSessionStatus",
]


@dataclass(frozen=True)
class UploadSession(ApiObject):
    """A batch among others; `status` is pending, uploading, processing, completed, failed, expired or cancelled."""

    session_id: str
    status: str
    upload_method: str
    total_files: int
    completed_files: int = 0
    failed_files: int = 0
    skipped_files: int = 0
    progress_percentage: float = 0.0
    created_at: Optional[datetime] = None
    completed_at: Optional[datetime] = None


@dataclass(frozen=True)
class UploadSessionList(ApiObject):
    """A page of batches, newest first."""

    sessions: list[UploadSession]
    total_count: int
    has_more: bool = False
    offset: int = 0
    limit: int = 0


@dataclass(frozen=True)
class UploadSessionCompletion(ApiObject):
    """A file of a batch that is finished; its description is cut."""

    filename: str
    image_id: str
    status: str
    description: Optional[str] = None
    processing_time_ms: Optional[float] = None
    error_message: Optional[str] = None


@dataclass(frozen=True)
class UploadSessionError(ApiObject):
    """A file of a batch that was refused, by its place among those that were sent."""

    filename: str
    index: int
    error: str
    retryable: bool = False


@dataclass(frozen=True)
class UploadSessionStatus(ApiObject):
    """How far the files of a batch are."""

    session_id: str
    status: str
    total_files: int
    completed_files: int = 0
    failed_files: int = 0
    skipped_files: int = 0
    pending_files: int = 0
    progress_percentage: float = 0.0
    created_at: Optional[datetime] = None
    started_at: Optional[datetime] = None
    completed_at: Optional[datetime] = None
    estimated_completion_time: Optional[datetime] = None
    recent_completions: list[UploadSessionCompletion] = field(default_factory=list[UploadSessionCompletion])
    recent_errors: list[UploadSessionError] = field(default_factory=list[UploadSessionError])

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to its files."""
        return self.status not in ("pending", "uploading", "processing")


@dataclass(frozen=True)
class UploadSessionResult(ApiObject):
    """A file of a batch that is finished."""

    image_id: str
    filename: str
    status: str
    object_key: str = ""
    description: Optional[str] = None
    visible_text: Optional[str] = None
    tags: list[str] = field(default_factory=list[str])
    processing_time_ms: Optional[float] = None
    error_message: Optional[str] = None
    thumbnail_url: Optional[str] = None
    created_at: Optional[datetime] = None


@dataclass(frozen=True)
class UploadSessionResults(ApiObject):
    """A page of the files of a batch that are finished."""

    session_id: str
    results: list[UploadSessionResult]
    total_count: int
    has_more: bool = False
    offset: int = 0
    limit: int = 0
    summary: dict[str, Any] = field(default_factory=dict[str, Any])
