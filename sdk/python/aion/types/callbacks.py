"""What progress callbacks are handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from ._decoding import ApiObject
from .upload import UploadResult

__all__ = ["DescriptionFailedEvent", "DescriptionProgressEvent", "FileCompleteEvent", "UploadProgressEvent"]


def percent(part: float, whole: float) -> float:
    """`part` of `whole` from 0 to 100; nothing of nothing is all of it."""
    return 100.0 if whole <= 0 else min(100.0, 100.0 * part / whole)


@dataclass(frozen=True)
class UploadProgressEvent(ApiObject):
    """A file was read for sending; it comes once per file."""

    file_index: int
    uploaded_bytes: int
    total_bytes: int
    filename: Optional[str] = None

    @property
    def progress_percent(self) -> float:
        """From 0 to 100."""
        return percent(self.uploaded_bytes, self.total_bytes)


@dataclass(frozen=True)
class FileCompleteEvent(ApiObject):
    """A file was stored."""

    file_index: int
    result: UploadResult


@dataclass(frozen=True)
class DescriptionProgressEvent(ApiObject):
    """One more description ended, well or badly."""

    completed_count: int
    total_count: int
    latest_result: UploadResult

    @property
    def progress_percent(self) -> float:
        """From 0 to 100."""
        return percent(self.completed_count, self.total_count)

    @property
    def remaining_count(self) -> int:
        """How many descriptions are still to come."""
        return max(0, self.total_count - self.completed_count)


@dataclass(frozen=True)
class DescriptionFailedEvent(ApiObject):
    """A description failed."""

    file_index: int
    result: UploadResult

    @property
    def error_message(self) -> Optional[str]:
        return self.result.description_error

    @property
    def is_retryable(self) -> bool:
        """Whether trying again can help."""
        return bool(self.result.description_is_retryable)
