"""Batches: many pictures described or verified in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Optional

from ._decoding import ApiObject

__all__ = [
    "BatchImageInput",
    "BatchItemResult",
    "BatchItemStatus",
    "BatchResults",
    "BatchResultsPagination",
    "BatchResultsSummary",
    "BatchStatus",
    "BatchStatusResult",
    "BatchSubmissionResult",
    "BatchVerifyInput",
]


class BatchStatus(str, Enum):
    """How far a batch is."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PARTIALLY_COMPLETED = "partially_completed"


class BatchItemStatus(str, Enum):
    """How far one picture of a batch is."""

    PENDING = "pending"
    PROCESSING = "processing"
    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class BatchImageInput(ApiObject):
    """A picture to send: by address, by its bytes in base64, or by its key in the storage."""

    image_url: Optional[str] = None
    image_base64: Optional[str] = None
    object_key: Optional[str] = None
    metadata: Optional[dict[str, Any]] = None


@dataclass(frozen=True)
class BatchVerifyInput(ApiObject):
    """A picture, and the text to hold against it."""

    image: BatchImageInput
    content: str
    verification_level: Optional[str] = None

    def to_dict(self, exclude_none: bool = True) -> dict[str, Any]:
        """The pair as the API takes it, where the text is called `text`."""
        known = super().to_dict(exclude_none)
        return {"image": known.pop("image"), "text": known.pop("content"), **known}


@dataclass(frozen=True)
class BatchSubmissionResult(ApiObject):
    """A batch that was just started."""

    batch_id: str
    status: str
    total_items: int
    estimated_completion_time: Optional[datetime] = None


@dataclass(frozen=True)
class BatchStatusResult(ApiObject):
    """How far a batch is; `progress_percentage` is from 0 to 100, `success_rate` as the server tells it."""

    batch_id: str
    status: BatchStatus
    total_items: int
    processed_items: int
    successful_items: int
    failed_items: int
    success_rate: float
    progress_percentage: float
    created_at: Optional[datetime] = None
    started_at: Optional[datetime] = None
    completed_at: Optional[datetime] = None
    estimated_completion_time: Optional[datetime] = None
    avg_processing_time_ms: Optional[int] = None

    def is_terminal(self) -> bool:
        """Whether nothing more will happen."""
        return self.status not in (BatchStatus.PENDING, BatchStatus.PROCESSING)


@dataclass(frozen=True)
class BatchItemResult(ApiObject):
    """What became of one picture of a batch."""

    item_id: str
    item_index: int
    status: BatchItemStatus
    input_data: Optional[dict[str, Any]] = None
    output_data: Optional[dict[str, Any]] = None
    error_message: Optional[str] = None
    processing_time_ms: Optional[int] = None
    stored_image_url: Optional[str] = None

    @property
    def description(self) -> Optional[str]:
        """The description, where there is one."""
        value = (self.output_data or {}).get("description")
        return value if isinstance(value, str) else None

    @property
    def confidence_score(self) -> Optional[float]:
        """How sure the answer is, from 0 to 1, where it says so."""
        value = (self.output_data or {}).get("confidence_score")
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    @property
    def is_verified(self) -> Optional[bool]:
        """Whether the text is true to the picture; None when that was not asked."""
        value = (self.output_data or {}).get("is_verified")
        return value if isinstance(value, bool) else None


@dataclass(frozen=True)
class BatchResultsPagination(ApiObject):
    """Which part of all results a page holds."""

    offset: int
    limit: int
    total: int
    has_more: bool


@dataclass(frozen=True)
class BatchResultsSummary(ApiObject):
    """How many pictures ended how."""

    total_items: int
    successful_items: int
    failed_items: int
    skipped_items: int
    processing_time_ms: int


@dataclass(frozen=True)
class BatchResults(ApiObject):
    """One page of the results of a batch."""

    batch_id: str
    status: BatchStatus
    results: list[BatchItemResult]
    pagination: BatchResultsPagination
    summary: BatchResultsSummary

    def successful_results(self) -> list[BatchItemResult]:
        """The results of this page that are good."""
        return [one for one in self.results if one.status is BatchItemStatus.SUCCESS]

    def failed_results(self) -> list[BatchItemResult]:
        """The results of this page that failed."""
        return [one for one in self.results if one.status is BatchItemStatus.FAILED]
