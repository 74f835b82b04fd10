"""Documents: upload, read, search and delete them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Callable, Optional, Union

from .._multipart import FilePart
from .._polling import Patience
from .._requests import delete, get, patch, post, present
from .._transport import redirect_target
from ..exceptions import (
    AionvisionTimeoutError,
    QuotaExceededError,
    ResourceNotFoundError,
    ServerError,
    UploadError,
    ValidationError,
)
from ..types.callbacks import (
    DocumentFileCompleteEvent,
    DocumentProcessingFailedEvent,
    DocumentProcessingProgressEvent,
    DocumentUploadProgressEvent,
)
from ..types.documents import (
    BatchDocumentUploadResults,
    DocumentBatchConfirmResult,
    DocumentBatchDeleteResponse,
    DocumentBatchPrepareResult,
    DocumentBatchStatusResult,
    DocumentChunksResponse,
    DocumentConfirmResult,
    DocumentDetails,
    DocumentItem,
    DocumentList,
    DocumentPresignedUploadResult,
    DocumentProcessingStatus,
    DocumentQuotaCheck,
    DocumentSearchResponse,
    DocumentStatusResult,
    DocumentUploadResult,
)
from ..types.files import UpdateFileResult
from ..types.upload import QuotaInfo
from ._base import Resource, require_choice, require_ids, require_list, require_text, require_within
from ._batch_upload import BatchUpload, require_stored
from ._documents_watch import DocumentListeners, DocumentWatch, document_result, document_status
from ._sources import DOCUMENT_CONTENT_TYPES, MAX_FILES, as_list, file_parts, require_no_folder
from ._tags import tag_list
from ._upload_forms import upload_form

__all__ = ["DocumentsResource"]

EXTENSION_TO_CONTENT_TYPE = DOCUMENT_CONTENT_TYPES
ALLOWED_CONTENT_TYPES = set(EXTENSION_TO_CONTENT_TYPE.values())
SUPPORTED_DOCUMENT_EXTENSIONS = set(EXTENSION_TO_CONTENT_TYPE)
MAX_FILE_SIZE_BYTES = 50 * 1024 * 1024
BATCH_CHUNK_SIZE = 100
MAX_BATCH_FILES = MAX_FILES
DEFAULT_PROCESSING_TIMEOUT = 600.0
MAX_PAGE_SIZE = 100
MAX_DELETED_AT_ONCE = 100
MAX_SEARCH_RESULTS = 100
MAX_SEARCHED_DOCUMENTS = 1000
LONGEST_QUERY = 1000
STATUSES = tuple(status.value for status in DocumentProcessingStatus)


class DocumentsResource(Resource):
    """Documents: their uploads, their texts, and search in them."""

    async def request_upload(
        self, filename: str, content_type: str, size_bytes: int, *, storage_target: str = "default"
    ) -> DocumentPresignedUploadResult:
        """Where to send the bytes of one document without passing them through the API."""
        payload = {
            "filename": filename,
            "content_type": content_type,
            "size_bytes": size_bytes,
            "storage_target": storage_target,
        }
        answer = await self._object(post("/document-uploads/request-presigned-url", payload))
        return DocumentPresignedUploadResult.from_api_response(answer)

    async def confirm_upload(
        self, object_key: str, size_bytes: int, content_type: str, *, checksum: Optional[str] = None
    ) -> DocumentConfirmResult:
        """The document, after its bytes were sent to the presigned URL."""
        payload = present(object_key=object_key, size_bytes=size_bytes, content_type=content_type, checksum=checksum)
        return DocumentConfirmResult.from_api_response(await self._object(post("/document-uploads/confirm", payload)))

    async def get_status(self, document_id: str) -> DocumentStatusResult:
        """How far the text of a document is, and why it could not be extracted."""
        return await document_status(self._http, document_id)

    async def quota_check(self, file_count: int = 1) -> DocumentQuotaCheck:
        """Whether so many documents may be uploaded now."""
        request = get("/document-uploads/quota-check", {"file_count": file_count})
        return DocumentQuotaCheck.from_api_response(await self._object(request))

    async def list(self, *, page: int = 1, page_size: int = 20, status_filter: Optional[str] = None) -> DocumentList:
        """One page of documents, the first being 1; `status_filter` is pending, processing, completed or failed."""
        require_within("page", page, 1, 1_000_000)
        require_within("page_size", page_size, 1, MAX_PAGE_SIZE)
        if status_filter is not None:
            require_choice("status_filter", status_filter, STATUSES)
        query = {"page": page, "page_size": page_size, "status_filter": status_filter}
        answer = await self._object(get("/documents", query))
        return DocumentList.from_api_response({"page": page, "page_size": page_size, **answer})

    async def list_all(
        self, *, page_size: int = 50, status_filter: Optional[str] = None
    ) -> AsyncIterator[DocumentItem]:
        """All documents that match, page after page."""
        number = 1
        while True:
            page = await self.list(page=number, page_size=page_size, status_filter=status_filter)
            for document in page.documents:
                yield document
            number += 1
            if not page.has_more:
                return

    async def get(self, document_id: str) -> DocumentDetails:
        """Everything known about a document."""
        request = get("/documents/{document_id}", document_id=document_id)
        return DocumentDetails.from_api_response(await self._object(request))

    async def get_text(self, document_id: str) -> str:
        """The whole text of a document."""
        text = (await self._object(get("/documents/{document_id}/text", document_id=document_id))).get("text")
        return text if isinstance(text, str) else ""

    async def get_chunks(self, document_id: str, *, include_embeddings: bool = False) -> DocumentChunksResponse:
        """The passages of a document, in order; their vectors too where wanted."""
        query = {"include_embeddings": include_embeddings}
        request = get("/documents/{document_id}/chunks", query, document_id=document_id)
        return DocumentChunksResponse.from_api_response(await self._object(request))

    async def download(self, document_id: str) -> str:
        """An address of the document as it was uploaded, valid for an hour, that needs no key."""
        answer = await self._http.send(get("/documents/{document_id}/download", document_id=document_id))
        url = redirect_target(answer)
        if url is None:
            raise ServerError("The server named no address for the document")
        return url

    async def search(
        self,
        query: str,
        *,
        limit: int = 20,
        similarity_threshold: float = 0.3,
        document_ids: Optional[Sequence[str]] = None,
        document_types: Optional[Sequence[str]] = None,
        tags: Optional[Sequence[str]] = None,
        folder_id: Optional[str] = None,
    ) -> DocumentSearchResponse:
        """Passages that fit `query`, best first, scored from 0 to 1.

        They are looked for in all documents, or in those of `document_ids`, of the types (`pdf`, `docx`, …), with all
        the tags, or in the folder.
        """
        require_text("query", query, LONGEST_QUERY)
        require_within("limit", limit, 1, MAX_SEARCH_RESULTS)
        if not 0 <= similarity_threshold <= 1:
            raise ValidationError("similarity_threshold must be from 0 to 1", details={"field": "similarity_threshold"})
        payload: dict[str, Any] = {"query": query, "limit": limit, "similarity_threshold": similarity_threshold}
        if document_ids is not None:
            require_list("document_ids", document_ids, MAX_SEARCHED_DOCUMENTS)
            payload["document_ids"] = [*document_ids]
        names = None if tags is None else tag_list(tags)
        types = None if document_types is None else [*document_types]
        payload.update(present(document_types=types, tags=names, folder_id=folder_id))
        return DocumentSearchResponse.from_api_response(await self._object(post("/documents/search", payload)))

    async def update(
        self, document_id: str, *, title: Optional[str] = None, tags: Optional[Sequence[str]] = None
    ) -> UpdateFileResult:
        """The document after its title or tags (a list, or a string with commas) were replaced."""
        changes = present(title=title, tags=None if tags is None else tag_list(tags))
        if not changes:
            raise ValidationError("Give a title or tags to change")
        request = patch("/documents/{document_id}", changes, document_id=document_id)
        return UpdateFileResult.from_api_response(await self._object(request))

    async def delete(self, document_id: str) -> None:
        """Deletes a document; `files.restore` brings it back within 30 days."""
        await self._http.send(delete("/documents/{document_id}", document_id=document_id))

    async def batch_delete(self, document_ids: Sequence[str]) -> DocumentBatchDeleteResponse:
        """What became of each of up to 100 documents to delete."""
        require_ids("document_ids", document_ids, MAX_DELETED_AT_ONCE)
        request = post("/documents/batch-delete", {"document_ids": [*document_ids]})
        return DocumentBatchDeleteResponse.from_api_response(await self._object(request))

    async def batch_prepare(self, files: Sequence[dict[str, Any]]) -> DocumentBatchPrepareResult:
        """A presigned URL for each of up to 100 files, given by filename, size_bytes and content_type."""
        require_within("the number of files", len(files), 1, BATCH_CHUNK_SIZE)
        answer = await self._object(post("/document-uploads/batch-prepare", {"files": [*files]}))
        return DocumentBatchPrepareResult.from_api_response(answer)

    async def batch_confirm(self, batch_id: str, confirmations: Sequence[dict[str, Any]]) -> DocumentBatchConfirmResult:
        """The documents of a prepared batch; each confirmation holds object_key, success and file_size."""
        payload = {"batch_id": batch_id, "confirmations": [*confirmations]}
        answer = await self._object(post("/document-uploads/batch-confirm", payload))
        return DocumentBatchConfirmResult.from_api_response(answer)

    async def batch_status(self, batch_id: str) -> DocumentBatchStatusResult:
        """How far a batch is."""
        request = get("/document-uploads/batch/{batch_id}/status", batch_id=batch_id)
        return DocumentBatchStatusResult.from_api_response(await self._object(request))

    async def wait_for_processing(
        self, document_id: str, *, timeout: Optional[float] = None, poll_interval: Optional[float] = None
    ) -> DocumentStatusResult:
        """The status once the text is there or has failed. Raises AionvisionTimeoutError with the last status."""
        status: Optional[DocumentStatusResult] = None
        async for _ in self._patience(timeout, poll_interval).turns():
            status = await self.get_status(document_id)
            if not status.is_processing:
                return status
        raise AionvisionTimeoutError(f"The text of {document_id} was not ready in time", last_result=status)

    async def upload_one(
        self,
        file: Union[str, Path, bytes],
        *,
        filename: Optional[str] = None,
        wait_for_processing: bool = True,
        raise_on_failure: bool = True,
        processing_timeout: Optional[float] = None,
        storage_target: str = "default",
        tags: Optional[Sequence[str]] = None,
        folder_id: Optional[str] = None,
        skip_duplicates: bool = False,
    ) -> DocumentUploadResult:
        """One uploaded document, by default once its text is there; bytes need a `filename`."""
        await asyncio.to_thread(require_no_folder, file)
        results = await self.upload(
            file,
            filename=filename,
            wait_for_processing=wait_for_processing,
            raise_on_failure=raise_on_failure,
            processing_timeout=processing_timeout,
            storage_target=storage_target,
            tags=tags,
            folder_id=folder_id,
            skip_duplicates=skip_duplicates,
        )
        return results[0]

    async def upload(
        self,
        files: Union[str, Path, bytes, Sequence[Union[str, Path, bytes]]],
        *,
        filename: Optional[str] = None,
        filenames: Optional[Sequence[str]] = None,
        recursive: bool = True,
        include_hidden: bool = False,
        wait_for_processing: bool = True,
        raise_on_failure: bool = True,
        processing_timeout: Optional[float] = None,
        on_progress: Optional[Callable[[DocumentUploadProgressEvent], None]] = None,
        on_file_complete: Optional[Callable[[DocumentFileCompleteEvent], None]] = None,
        on_processing_progress: Optional[Callable[[DocumentProcessingProgressEvent], None]] = None,
        on_processing_failed: Optional[Callable[[DocumentProcessingFailedEvent], None]] = None,
        storage_target: str = "default",
        tags: Optional[Sequence[str]] = None,
        folder_id: Optional[str] = None,
        skip_duplicates: bool = False,
    ) -> BatchDocumentUploadResults:
        """The results of uploading documents, folders of documents or bytes, in the order of the files.

        An empty file, or one of more than 50 MiB, raises ValidationError before anything is sent, and what fails
        later UploadError or DocumentProcessingError with all results attached; with `raise_on_failure=False` the
        latter are failed results instead. A callback is handed each file when it is read, when it is stored, and
        when its text is there or has failed.
        """
        listeners = DocumentListeners(on_progress, on_file_complete, on_processing_progress, on_processing_failed)
        names = [filename] if filename is not None else filenames
        fields = upload_form(storage_target, tags=tags, folder_id=folder_id, skip_duplicates=skip_duplicates)
        parts = await asyncio.to_thread(
            file_parts,
            as_list(files),
            names,
            EXTENSION_TO_CONTENT_TYPE,
            recursive=recursive,
            include_hidden=include_hidden,
            allow_empty=not raise_on_failure,
        )
        for part in parts:
            if part.size_bytes > MAX_FILE_SIZE_BYTES:
                raise ValidationError(f"{part.filename} has more than 50 MiB", details={"field": "files"})
        quota = await self._quota(len(parts))
        batch = BatchUpload(
            self._http, parts, fields, listeners.for_upload(parts), self._patience(None, None), BATCH_CHUNK_SIZE
        )
        results = await _stored(batch, parts, quota)
        if wait_for_processing:
            await DocumentWatch(self._http, results, listeners).run(self._patience(processing_timeout, None))
        if not raise_on_failure:
            return results
        require_stored(results, "documents", lambda result: result.processing_error)
        return results.raise_on_failures()

    async def _quota(self, count: int) -> QuotaInfo:
        """What the plan allows; the caps, where only the answer for pictures names them."""
        try:
            check = await self.quota_check(count)
        except ResourceNotFoundError:
            # servers that take documents like any other file have one answer for all
            return await self._caps(count)
        quota = QuotaInfo(
            can_proceed=check.can_proceed,
            requested=count,
            available=check.documents_remaining,
            monthly_limit=check.document_limit,
            current_usage=check.document_count,
            message=check.message or None,
            max_batch_size=check.max_batch_size,
            max_concurrent_uploads=check.max_concurrent_uploads,
        )
        if not quota.can_proceed or quota.max_batch_size is not None:
            return quota
        caps = await self._caps(count)
        return caps if caps.can_proceed else quota

    async def _caps(self, count: int) -> QuotaInfo:
        return QuotaInfo.from_api_response(await self._object(get("/uploads/quota-check", {"file_count": count})))

    def _patience(self, timeout: Optional[float], poll_interval: Optional[float]) -> Patience:
        seconds = DEFAULT_PROCESSING_TIMEOUT if timeout is None else timeout
        return Patience.of(self._config, seconds, poll_interval)


async def _stored(batch: BatchUpload, parts: Sequence[FilePart], quota: QuotaInfo) -> BatchDocumentUploadResults:
    try:
        await batch.run(quota)
    except (QuotaExceededError, UploadError) as error:
        error.partial_results = _results(batch, parts)
        raise
    return _results(batch, parts)


def _results(batch: BatchUpload, parts: Sequence[FilePart]) -> BatchDocumentUploadResults:
    return BatchDocumentUploadResults(document_result(parts[index], result) for index, result in batch.finished())
