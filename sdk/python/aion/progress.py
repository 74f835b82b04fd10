"""A progress display for uploads in the terminal; it needs the extra `progress` (rich).

with UploadProgress() as progress:
    client.upload("photos/", **progress.callbacks)
"""

from __future__ import annotations

from types import TracebackType
from typing import Callable, Optional, TypedDict, Union

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .types.callbacks import (
    DescriptionProgressEvent,
    DocumentFileCompleteEvent,
    DocumentProcessingProgressEvent,
    DocumentUploadProgressEvent,
    FileCompleteEvent,
    UploadProgressEvent,
    VideoChunkProgressEvent,
)


class UploadCallbacks(TypedDict):
    """The callbacks of an upload of pictures."""

    on_progress: Callable[[UploadProgressEvent], None]
    on_file_complete: Callable[[FileCompleteEvent], None]
    on_description_progress: Callable[[DescriptionProgressEvent], None]


class DocumentUploadCallbacks(TypedDict):
    """The callbacks of an upload of documents."""

    on_progress: Callable[[DocumentUploadProgressEvent], None]
    on_file_complete: Callable[[DocumentFileCompleteEvent], None]
    on_processing_progress: Callable[[DocumentProcessingProgressEvent], None]


class VideoUploadCallbacks(TypedDict):
    """The callbacks of an upload of a video."""

    on_chunk_progress: Callable[[VideoChunkProgressEvent], None]


class UploadProgress:
    """Two bars: what is stored, and what is described or read. Works with both clients."""

    def __init__(self, display: Optional[Progress] = None) -> None:
        columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._display = display or Progress(*columns)
        self._stored = self._display.add_task("stored", total=None)
        self._described = self._display.add_task("described", total=None)
        self._files_read = 0

    @property
    def callbacks(self) -> UploadCallbacks:
        """The arguments that `upload` takes."""
        return {
            "on_progress": self.file_read,
            "on_file_complete": self.file_stored,
            "on_description_progress": self.description_ended,
        }

    @property
    def document_callbacks(self) -> DocumentUploadCallbacks:
        """The arguments that `documents.upload` takes."""
        return {
            "on_progress": self.file_read,
            "on_file_complete": self.file_stored,
            "on_processing_progress": self.description_ended,
        }

    @property
    def video_callbacks(self) -> VideoUploadCallbacks:
        """The arguments that `video_uploads.upload_one` takes; the first bar counts bytes."""
        return {"on_chunk_progress": self.chunk_stored}

    def __enter__(self) -> UploadProgress:
        self._display.start()
        return self

    def __exit__(
        self,
        exc_type: Optional[type[BaseException]],
        exc_val: Optional[BaseException],
        exc_tb: Optional[TracebackType],
    ) -> None:
        self._display.stop()

    def file_read(self, event: Union[UploadProgressEvent, DocumentUploadProgressEvent]) -> None:
        """Counts a file that will be stored."""
        self._files_read += 1
        self._display.update(self._stored, total=self._files_read)

    def file_stored(self, event: Union[FileCompleteEvent, DocumentFileCompleteEvent]) -> None:
        """Moves the first bar on."""
        self._display.advance(self._stored)

    def chunk_stored(self, event: VideoChunkProgressEvent) -> None:
        """Moves the first bar to how many bytes are stored."""
        self._display.update(self._stored, total=event.total_bytes, completed=event.bytes_uploaded)

    def description_ended(self, event: Union[DescriptionProgressEvent, DocumentProcessingProgressEvent]) -> None:
        """Moves the second bar to how many are described or read."""
        self._display.update(self._described, total=event.total_count, completed=event.completed_count)
