"""Uploads of documents: what became of each, why one failed, and the steps of presigned uploads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any, Optional, TypeVar

from ..exceptions import DocumentProcessingError
from ._decoding import ApiObject, member_of, wire
from ._document_contents import DocumentProcessingStatus, DocumentStatusResult
from ._upload_results import UploadResults

StatusT = TypeVar("StatusT", bound="DocumentBatchStatusResult")


class DocumentProcessingErrorType(str, Enum):
    """Why the text of a document could not be extracted."""

    TIMEOUT = "timeout"
    EXTRACTION_ERROR = "extraction_error"
    UNSUPPORTED_FORMAT = "unsupported_format"
    CORRUPT_FILE = "corrupt_file"
    PASSWORD_PROTECTED = "password_protected"  # noqa: S105 (a kind of failure, no secret)
    TOO_LARGE = "too_large"
    EMBEDDING_ERROR = "embedding_error"
    RESOURCE_LIMIT = "resource_limit"
    UNKNOWN = "unknown"


RETRYABLE_ERRORS = frozenset({DocumentProcessingErrorType.TIMEOUT, DocumentProcessingErrorType.EMBEDDING_ERROR})

# The first kind whose pattern is found counts, so the more specific stand first.
_SIGNS: tuple[tuple[DocumentProcessingErrorType, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (DocumentProcessingErrorType.PASSWORD_PROTECTED, r"password|encrypted|protected"),
        (DocumentProcessingErrorType.TIMEOUT, r"time[ _-]?out|timed[ _]out|deadline|took too long|\b(408|504)\b"),
        (DocumentProcessingErrorType.TOO_LARGE, r"too[ _]large|too (big|many pages)|file size|\b413\b"),
        (DocumentProcessingErrorType.UNSUPPORTED_FORMAT, r"unsupported|not supported|unknown format|\b415\b"),
        (DocumentProcessingErrorType.CORRUPT_FILE, r"corrupt|damaged|malformed|truncated|invalid (file|pdf|docx)"),
        (DocumentProcessingErrorType.EMBEDDING_ERROR, r"embed"),
        (
            DocumentProcessingErrorType.RESOURCE_LIMIT,
            r"quota|limit[ _]exceeded|out of memory|memory[ _]limit|storage full|\b(402|507)\b",
        ),
        (DocumentProcessingErrorType.EXTRACTION_ERROR, r"extract|pars(e|ing)|cannot (be )?read|no text"),
    )
)


@dataclass(frozen=True)
class DocumentProcessingFailure(ApiObject):
    """Why the text of a document could not be extracted, and whether trying again can help."""

    document_id: str
    error_message: str
    error_type: DocumentProcessingErrorType
    is_retryable: bool
    filename: Optional[str] = None

    @staticmethod
    def classify_error(error_msg: str) -> tuple[DocumentProcessingErrorType, bool]:
        """The kind of an error by its words, and whether trying again can help."""
        for kind, sign in _SIGNS:
            if sign.search(error_msg):
                return kind, kind in RETRYABLE_ERRORS
        return DocumentProcessingErrorType.UNKNOWN, False

    @classmethod
    def from_error_message(
        cls, document_id: str, error_msg: str, filename: Optional[str] = None
    ) -> DocumentProcessingFailure:
        """The failure that an error message tells of."""
        kind, is_retryable = cls.classify_error(error_msg)
        return cls(document_id, error_msg, kind, is_retryable, filename)


@dataclass(frozen=True)
class DocumentUploadResult(ApiObject):
    """One uploaded document, and how far its text is. One that was not stored has an empty `document_id`."""

    document_id: str
    filename: str
    object_key: str
    content_type: str
    size_bytes: int
    text_extraction_status: DocumentProcessingStatus = DocumentProcessingStatus.PENDING
    embedding_status: Optional[str] = None
    page_count: Optional[int] = None
    chunk_count: Optional[int] = None
    extracted_text_preview: Optional[str] = None
    created_at: Optional[datetime] = None
    processing_error: Optional[str] = None
    processing_error_type: Optional[str] = None
    processing_is_retryable: Optional[bool] = None

    @property
    def is_failed(self) -> bool:
        """Whether it was not stored, or its text not extracted."""
        return self.text_extraction_status is DocumentProcessingStatus.FAILED

    @property
    def is_completed(self) -> bool:
        """Whether the text is there."""
        return self.text_extraction_status is DocumentProcessingStatus.COMPLETED

    @property
    def is_pending(self) -> bool:
        """Whether the text is still to come."""
        return self.text_extraction_status in (DocumentProcessingStatus.PENDING, DocumentProcessingStatus.PROCESSING)

    @property
    def is_stored(self) -> bool:
        """Whether the server has the document."""
        return bool(self.document_id)

    @classmethod
    def from_status_result(cls, status: DocumentStatusResult, initial: DocumentUploadResult) -> DocumentUploadResult:
        """`initial`, with what `status` says about its text."""
        state = member_of(DocumentProcessingStatus, status.text_extraction_status) or DocumentProcessingStatus.PENDING
        result = replace(
            initial,
            text_extraction_status=state,
            embedding_status=status.embedding_status or initial.embedding_status,
            page_count=initial.page_count if status.page_count is None else status.page_count,
            chunk_count=initial.chunk_count if status.chunk_count is None else status.chunk_count,
        )
        return result.failed(status.error_message or "The text could not be extracted") if result.is_failed else result

    def failed(self, reason: str, is_retryable: Optional[bool] = None) -> DocumentUploadResult:
        """This result, failed for `reason`."""
        kind, guess = DocumentProcessingFailure.classify_error(reason)
        return replace(
            self,
            text_extraction_status=DocumentProcessingStatus.FAILED,
            processing_error=reason,
            processing_error_type=kind.value,
            processing_is_retryable=guess if is_retryable is None else is_retryable,
        )


class BatchDocumentUploadResults(UploadResults[DocumentUploadResult]):
    """The results of an upload, in the order of the documents."""

    def retryable(self) -> list[DocumentUploadResult]:
        """The failed documents for which trying again can help."""
        return [result for result in self.failed() if result.processing_is_retryable]

    def raise_on_failures(self) -> BatchDocumentUploadResults:
        """These results. Raises DocumentProcessingError naming the first failure, with all results attached."""
        failed = self.failed()
        if not failed:
            return self
        first = failed[0]
        raise DocumentProcessingError(
            f"{self.summary()}; first: {first.filename}: {first.processing_error or 'no reason given'}",
            document_id=first.document_id or None,
            status=first.text_extraction_status.value,
            partial_results=self,
        )


@dataclass(frozen=True)
class DocumentPresignedUploadResult(ApiObject):
    """Where and how to send the bytes of one document."""

    upload_url: str
    object_key: str
    expires_at: Optional[datetime] = None
    upload_headers: Optional[dict[str, str]] = None
    upload_method: str = "PUT"
    max_size_bytes: Optional[int] = None


@dataclass(frozen=True)
class DocumentConfirmResult(ApiObject):
    """A presigned upload that the server has seen."""

    document_id: str
    filename: str
    status: str
    message: str = ""
    object_key: Optional[str] = None
    deduplicated: bool = False


@dataclass(frozen=True)
class DocumentQuotaCheck(ApiObject):
    """Whether so many documents may be uploaded now; a limit of -1 stands for none, storage of 0 for unknown."""

    can_proceed: bool
    document_count: int = field(metadata=wire("document_count", "current_usage"))
    document_limit: int = field(metadata=wire("document_limit", "monthly_limit"))
    storage_used_bytes: int
    storage_limit_bytes: int
    message: str = ""
    max_batch_size: Optional[int] = None
    max_concurrent_uploads: Optional[int] = None

    @property
    def documents_remaining(self) -> int:
        """How many documents fit the plan; -1 stands for no limit."""
        return _remaining(self.document_limit, self.document_count)

    @property
    def storage_remaining_bytes(self) -> int:
        """How many bytes fit the plan; -1 stands for no limit."""
        return _remaining(self.storage_limit_bytes, self.storage_used_bytes)


@dataclass(frozen=True)
class DocumentBatchFileInfo(ApiObject):
    """Where and how to send one document of a batch."""

    filename: str
    upload_url: str
    object_key: str
    upload_headers: Optional[dict[str, str]] = None
    upload_method: str = "PUT"


@dataclass(frozen=True)
class DocumentBatchPrepareResult(ApiObject):
    """A prepared batch: send each document to its URL, then confirm."""

    batch_id: str
    files: list[DocumentBatchFileInfo] = field(metadata=wire("presigned_urls", "files"))
    expires_at: Optional[datetime] = None


@dataclass(frozen=True)
class DocumentBatchConfirmItem(ApiObject):
    """What became of one document of a confirmed batch."""

    document_id: str
    filename: str
    status: str = field(metadata=wire("status", "text_extraction_status"))
    error: Optional[str] = field(default=None, metadata=wire("error", "error_message"))


@dataclass(frozen=True)
class DocumentBatchConfirmResult(ApiObject):
    """What became of a confirmed batch."""

    batch_id: str
    documents: list[DocumentBatchConfirmItem]
    created_count: int = field(metadata=wire("created_count", "successful_uploads"))
    failed_count: int = field(metadata=wire("failed_count", "failed_uploads"))


@dataclass(frozen=True)
class DocumentBatchStatusItem(ApiObject):
    """How far one document of a batch is."""

    document_id: str
    filename: str
    text_extraction_status: str
    embedding_status: Optional[str] = None
    error_message: Optional[str] = None


@dataclass(frozen=True)
class DocumentBatchStatusResult(ApiObject):
    """How far a batch of documents is."""

    batch_id: str
    documents: list[DocumentBatchStatusItem]
    completed_count: int = field(metadata=wire("completed_count", "processed_documents"))
    processing_count: int
    failed_count: int = field(metadata=wire("failed_count", "failed_documents"))
    is_complete: bool

    @classmethod
    def from_api_response(cls: type[StatusT], data: Mapping[str, Any]) -> StatusT:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The status in `data`; what is neither done nor failed is being processed."""
        status = super().from_api_response(data)
        total = data.get("total_documents")
        left = (
            (total if isinstance(total, int) else len(status.documents)) - status.completed_count - status.failed_count
        )
        processing = data.get("processing_count")
        ended = data.get("status") in ("completed", "failed") if "status" in data else left <= 0
        complete = data.get("is_complete")
        return replace(
            status,
            processing_count=processing if isinstance(processing, int) else max(0, left),
            is_complete=complete if isinstance(complete, bool) else ended,
        )


def _remaining(limit: int, used: int) -> int:
    return -1 if limit < 0 else max(0, limit - used)
