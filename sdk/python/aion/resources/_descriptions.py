"""Waiting for the descriptions of many pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional

from .._transport import HTTPClient
from ..types.callbacks import (
    DescriptionFailedEvent,
    DescriptionProgressEvent,
    FileCompleteEvent,
    UploadProgressEvent,
)
from ..types.files import UserFile
from ..types.upload import BatchUploadResults, UploadResult
from ._file_watch import FileWatch
from ._upload_answers import described_result, failed_description


@dataclass(frozen=True)
class Listeners:
    """The callbacks of one upload; any may be absent."""

    on_progress: Optional[Callable[[UploadProgressEvent], None]] = None
    on_file_complete: Optional[Callable[[FileCompleteEvent], None]] = None
    on_description_progress: Optional[Callable[[DescriptionProgressEvent], None]] = None
    on_description_failed: Optional[Callable[[DescriptionFailedEvent], None]] = None


class DescriptionWatch(FileWatch[UploadResult]):
    """Fills the descriptions into `results` as they come, and tells the listeners."""

    noun = "descriptions"

    def __init__(self, http: HTTPClient, results: BatchUploadResults, listeners: Listeners) -> None:
        super().__init__(http, results, [result.image_id for result in results])
        self._listeners = listeners

    async def update(self, result: UploadResult, file: Optional[UserFile]) -> UploadResult:
        if file is None:
            return failed_description(result, "The file was deleted")
        return described_result(result, file)

    def announce(self, index: int) -> None:
        result = self.results[index]
        if self._listeners.on_description_progress is not None:
            self._listeners.on_description_progress(DescriptionProgressEvent(self.done, self.total, result))
        if result.is_failed and self._listeners.on_description_failed is not None:
            self._listeners.on_description_failed(DescriptionFailedEvent(index, result))
