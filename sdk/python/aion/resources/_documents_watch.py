"""Waiting for the texts of many documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Optional

from .._multipart import FilePart
from .._requests import get
from .._transport import HTTPClient
from ..exceptions import ResourceNotFoundError
from ..types.callbacks import (
    DocumentFileCompleteEvent,
    DocumentProcessingFailedEvent,
    DocumentProcessingProgressEvent,
    DocumentUploadProgressEvent,
    FileCompleteEvent,
    UploadProgressEvent,
)
from ..types.documents import (
    BatchDocumentUploadResults,
    DocumentProcessingStatus,
    DocumentStatusResult,
    DocumentUploadResult,
)
from ..types.files import UserFile
from ..types.upload import UploadResult
from ._descriptions import Listeners
from ._file_watch import FileWatch


@dataclass(frozen=True)
class DocumentListeners:
    """The callbacks of one upload of documents; any may be absent."""

    on_progress: Optional[Callable[[DocumentUploadProgressEvent], None]] = None
    on_file_complete: Optional[Callable[[DocumentFileCompleteEvent], None]] = None
    on_processing_progress: Optional[Callable[[DocumentProcessingProgressEvent], None]] = None
    on_processing_failed: Optional[Callable[[DocumentProcessingFailedEvent], None]] = None

    def for_upload(self, parts: Sequence[FilePart]) -> Listeners:
        """Those that hear of the upload itself, as an upload calls them."""
        read, stored = self.on_progress, self.on_file_complete

        def file_read(event: UploadProgressEvent) -> None:
            if read is not None:
                read(
                    DocumentUploadProgressEvent(
                        event.file_index, event.uploaded_bytes, event.total_bytes, event.filename
                    )
                )

        def file_stored(event: FileCompleteEvent) -> None:
            if stored is not None:
                result = document_result(parts[event.file_index], event.result)
                stored(DocumentFileCompleteEvent(event.file_index, result))

        return Listeners(file_read, file_stored)


def document_result(part: FilePart, stored: UploadResult) -> DocumentUploadResult:
    """What became of one file, as of a document."""
    result = DocumentUploadResult(
        document_id=stored.image_id,
        filename=part.filename,
        object_key=stored.object_key,
        content_type=part.content_type,
        size_bytes=part.size_bytes,
        created_at=stored.created_at,
    )
    if stored.is_failed:
        return result.failed(stored.description_error or "The file was not stored", stored.description_is_retryable)
    return result


async def document_status(http: HTTPClient, document_id: str) -> DocumentStatusResult:
    """How far the text of a document is; told by the document itself where its upload is not known."""
    try:
        answer = await http.send(get("/document-uploads/{document_id}/status", document_id=document_id))
    except ResourceNotFoundError:
        answer = await http.send(get("/documents/{document_id}", document_id=document_id))
    return DocumentStatusResult.from_api_response({"document_id": document_id, **answer.object()})


class DocumentWatch(FileWatch[DocumentUploadResult]):
    """Fills what became of the texts into `results` as they come, and tells the listeners."""

    noun = "documents"

    def __init__(self, http: HTTPClient, results: BatchDocumentUploadResults, listeners: DocumentListeners) -> None:
        super().__init__(http, results, [result.document_id for result in results])
        self._listeners = listeners

    async def update(self, result: DocumentUploadResult, file: Optional[UserFile]) -> DocumentUploadResult:
        if file is None:
            return result.failed("The document was deleted")
        if file.media_type not in (None, "document"):
            return result.failed(f"It is no document but {file.media_type}, by its content, and is stored as that")
        status = DocumentStatusResult(
            result.document_id,
            file.text_extraction_status or DocumentProcessingStatus.PENDING.value,
            page_count=file.page_count,
            chunk_count=file.chunk_count,
        )
        # only the status of a single document says what went wrong
        return DocumentUploadResult.from_status_result(await self._explained(status), result)

    async def _explained(self, status: DocumentStatusResult) -> DocumentStatusResult:
        if not status.is_failed:
            return status
        try:
            explained = await document_status(self._http, status.document_id)
        except ResourceNotFoundError:
            return status
        return explained if explained.is_failed else status

    def announce(self, index: int) -> None:
        result = self.results[index]
        if self._listeners.on_processing_progress is not None:
            event = DocumentProcessingProgressEvent(self.done, self.total, result)
            self._listeners.on_processing_progress(event)
        if result.is_failed and self._listeners.on_processing_failed is not None:
            self._listeners.on_processing_failed(DocumentProcessingFailedEvent(index, result))
