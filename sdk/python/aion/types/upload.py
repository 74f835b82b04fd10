"""Uploads: what became of each file, what the plan still allows, and the steps of presigned uploads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional, TypeVar

from ..exceptions import DescriptionError
from ._decoding import ApiObject
from ._upload_results import UploadResults
from .common import DescriptionStatus

__all__ = [
    "BatchConfirmResult",
    "BatchPrepareResult",
    "BatchUploadResults",
    "ConfirmResult",
    "DuplicateCheck",
    "FileInfo",
    "PresignedUrlInfo",
    "QuotaInfo",
    "UploadBatchStatusResult",
    "UploadConfirmation",
    "UploadResult",
]

StatusT = TypeVar("StatusT", bound="UploadBatchStatusResult")


@dataclass(frozen=True)
class UploadResult(ApiObject):
    """One uploaded picture and its description. A file that was not stored has an empty `image_id`."""

    image_id: str
    filename: str
    object_key: str
    description: Optional[str] = None
    tags: Optional[list[str]] = None
    visible_text: Optional[str] = None
    confidence_score: Optional[float] = None
    description_status: DescriptionStatus = DescriptionStatus.PENDING
    thumbnail_url: Optional[str] = None
    created_at: Optional[datetime] = None
    description_error: Optional[str] = None
    description_error_type: Optional[str] = None
    description_is_retryable: Optional[bool] = None
    skipped: bool = False

    @property
    def is_failed(self) -> bool:
        """Whether it was not stored or not described."""
        return self.description_status is DescriptionStatus.FAILED

    @property
    def is_completed(self) -> bool:
        """Whether the description is there."""
        return self.description_status is DescriptionStatus.COMPLETED

    @property
    def is_pending(self) -> bool:
        """Whether the description is still to come."""
        return self.description_status in _PENDING

    @property
    def is_stored(self) -> bool:
        """Whether the server has the file."""
        return bool(self.image_id)


_PENDING = frozenset({DescriptionStatus.PENDING, DescriptionStatus.QUEUED, DescriptionStatus.PROCESSING})


@dataclass(frozen=True)
class QuotaInfo(ApiObject):
    """Whether so many files may be uploaded now; -1 stands for no limit."""

    can_proceed: bool
    requested: int
    available: int
    monthly_limit: int
    current_usage: int
    message: Optional[str] = None
    max_batch_size: Optional[int] = None
    prepaid_credits: int = 0
    max_concurrent_uploads: Optional[int] = None


class BatchUploadResults(UploadResults[UploadResult]):
    """The results of an upload, in the order of the files."""

    def retryable(self) -> list[UploadResult]:
        """The failed files for which trying again can help."""
        return [result for result in self.failed() if result.description_is_retryable]

    def raise_on_failures(self) -> BatchUploadResults:
        """These results. Raises DescriptionError naming the first failure, with all results attached."""
        failed = self.failed()
        if not failed:
            return self
        first = failed[0]
        reason = first.description_error or "no reason given"
        raise DescriptionError(
            f"{self.summary()}; first: {first.filename}: {reason}",
            image_id=first.image_id or None,
            status=first.description_status.value,
            partial_results=self,
        )


@dataclass(frozen=True)
class PresignedUrlInfo(ApiObject):
    """Where and how to send the bytes of one file."""

    upload_url: str
    upload_method: str
    upload_headers: dict[str, str]
    object_key: str
    image_id: Optional[str] = None
    expires_at: Optional[datetime] = None
    max_size_bytes: Optional[int] = None
    upload_fields: Optional[dict[str, str]] = None
    storage_target: Optional[str] = None
    bucket_name: Optional[str] = None


@dataclass(frozen=True)
class ConfirmResult(ApiObject):
    """A presigned upload that the server has seen."""

    upload_id: str
    object_key: str
    storage_path: str
    confirmed: bool


@dataclass(frozen=True)
class FileInfo(ApiObject):
    """A file about to be uploaded."""

    filename: str
    size_bytes: int
    content_type: str
    idempotency_key: Optional[str] = None


@dataclass(frozen=True)
class UploadConfirmation(ApiObject):
    """What became of one presigned upload, as the client tells it."""

    object_key: str
    success: bool
    file_size: int
    checksum: Optional[str] = None
    error_message: Optional[str] = None


@dataclass(frozen=True)
class DuplicateCheck(ApiObject):
    """Digests of bytes that are stored already, and those that are not."""

    duplicates: list[str]
    unique: list[str]


@dataclass(frozen=True)
class BatchPresignedUrl(ApiObject):
    """Where and how to send one file of a batch."""

    file_index: int
    filename: str
    upload_url: str
    upload_method: str
    upload_headers: dict[str, str]
    object_key: str
    expires_at: Optional[datetime]
    image_id: Optional[str]
    upload_fields: Optional[dict[str, str]] = None


@dataclass(frozen=True)
class UploadPlan(ApiObject):
    """How the server wants a batch to be sent; the timeout is in seconds."""

    strategy: str
    max_concurrent: int
    timeout_per_upload: int
    retry_policy: Optional[dict[str, Any]] = None


@dataclass(frozen=True)
class BatchPrepareResult(ApiObject):
    """A prepared batch: send each file to its URL, then confirm."""

    batch_id: str
    upload_plan: UploadPlan
    presigned_urls: list[BatchPresignedUrl]
    total_size_bytes: int
    estimated_time_seconds: int


@dataclass(frozen=True)
class StoredImage(ApiObject):
    """A picture the server has stored."""

    image_id: str
    object_key: str
    filename: str
    thumbnail_url: Optional[str]
    variant_status: str
    created_at: Optional[datetime]


@dataclass(frozen=True)
class BatchConfirmResult(ApiObject):
    """What became of a confirmed batch."""

    batch_id: str
    successful_uploads: int
    failed_uploads: int
    processing_status: str
    failed_files: Optional[list[str]]
    message: str
    stored_images: list[StoredImage]


@dataclass(frozen=True)
class UploadBatchStatusResult(ApiObject):
    """How far a batch is; `completion_percentage` is from 0 to 100."""

    batch_id: str
    overall_status: str
    completion_percentage: float
    total: int
    completed: int
    failed: int
    processing: int
    queued: int

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen."""
        return self.overall_status in ("completed", "failed", "partially_completed", "expired", "cancelled")

    @classmethod
    def from_api_response(cls: type[StatusT], data: dict[str, Any]) -> StatusT:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The status in `data`, whose counts are an object of their own on the wire."""
        counts: dict[str, Any] = data.get("counts") or {}
        return super().from_api_response({**counts, **data})
