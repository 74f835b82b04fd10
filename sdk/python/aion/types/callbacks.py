"""What progress callbacks are handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from ._decoding import ApiObject
from .cloud_storage import CloudStorageJob
from .documents import DocumentUploadResult
from .upload import UploadResult
from .video import VideoAnalysisJobStatus, VideoUploadResult

__all__ = [
    "CloudStorageJobProgressEvent",
    "DescriptionFailedEvent",
    "DescriptionProgressEvent",
    "DocumentFileCompleteEvent",
    "DocumentProcessingFailedEvent",
    "DocumentProcessingProgressEvent",
    "DocumentUploadProgressEvent",
    "FileCompleteEvent",
    "UploadProgressEvent",
    "VideoAnalysisProgressEvent",
    "VideoChunkProgressEvent",
    "VideoUploadCompleteEvent",
]


def percent(part: float, whole: float) -> float:
    """`part` of `whole` from 0 to 100; nothing of nothing is all of it."""
    return 100.0 if whole <= 0 else min(100.0, 100.0 * part / whole)


@dataclass(frozen=True)
class FileReadEvent(ApiObject):
    """A file was read for sending."""

    file_index: int
    uploaded_bytes: int
    total_bytes: int
    filename: Optional[str] = None

    @property
    def progress_percent(self) -> float:
        """From 0 to 100."""
        return percent(self.uploaded_bytes, self.total_bytes)


@dataclass(frozen=True)
class ProcessingEvent(ApiObject):
    """How many of the files are processed, well or badly."""

    completed_count: int
    total_count: int

    @property
    def progress_percent(self) -> float:
        """From 0 to 100."""
        return percent(self.completed_count, self.total_count)

    @property
    def remaining_count(self) -> int:
        """How many are still to come."""
        return max(0, self.total_count - self.completed_count)


@dataclass(frozen=True)
class UploadProgressEvent(FileReadEvent):
    """A file was read for sending; it comes once per file."""


@dataclass(frozen=True)
class FileCompleteEvent(ApiObject):
    """A file was stored."""

    file_index: int
    result: UploadResult


@dataclass(frozen=True)
class DescriptionProgressEvent(ProcessingEvent):
    """One more description ended, well or badly."""

    latest_result: UploadResult


@dataclass(frozen=True)
class DescriptionFailedEvent(ApiObject):
    """A description failed."""

    file_index: int
    result: UploadResult

    @property
    def error_message(self) -> Optional[str]:
        """Why it failed."""
        return self.result.description_error

    @property
    def is_retryable(self) -> bool:
        """Whether trying again can help."""
        return bool(self.result.description_is_retryable)


@dataclass(frozen=True)
class DocumentUploadProgressEvent(FileReadEvent):
    """A document was read for sending; it comes once per document."""


@dataclass(frozen=True)
class DocumentFileCompleteEvent(ApiObject):
    """A document was stored."""

    file_index: int
    result: DocumentUploadResult


@dataclass(frozen=True)
class DocumentProcessingProgressEvent(ProcessingEvent):
    """The text of one more document is there, or could not be extracted."""

    latest_result: DocumentUploadResult


@dataclass(frozen=True)
class DocumentProcessingFailedEvent(ApiObject):
    """The text of a document could not be extracted."""

    file_index: int
    result: DocumentUploadResult

    @property
    def error_message(self) -> Optional[str]:
        """Why it failed."""
        return self.result.processing_error

    @property
    def is_retryable(self) -> bool:
        """Whether trying again can help."""
        return bool(self.result.processing_is_retryable)


@dataclass(frozen=True)
class CloudStorageJobProgressEvent(ApiObject):
    """How far an import or export is."""

    job: CloudStorageJob

    @property
    def progress_percent(self) -> float:
        """From 0 to 100."""
        return self.job.progress_percent

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen."""
        return self.job.is_terminal


@dataclass(frozen=True)
class VideoChunkProgressEvent(ApiObject):
    """A chunk of a video was stored."""

    chunk_number: int
    total_chunks: int
    bytes_uploaded: int
    total_bytes: int
    media_id: str
    filename: Optional[str] = None

    @property
    def progress_percent(self) -> float:
        """From 0 to 100."""
        return percent(self.bytes_uploaded, self.total_bytes)


@dataclass(frozen=True)
class VideoUploadCompleteEvent(ApiObject):
    """A video was stored."""

    media_id: str
    result: VideoUploadResult


@dataclass(frozen=True)
class VideoAnalysisProgressEvent(ApiObject):
    """How far the analysis of a video is."""

    job_status: VideoAnalysisJobStatus

    @property
    def progress_percent(self) -> float:
        """From 0 to 100."""
        return self.job_status.progress_percent

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen."""
        return self.job_status.is_terminal
