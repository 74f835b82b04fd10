"""Documents: what is known of them, their passages, search results, and uploads."""

from __future__ import annotations

from ._document_contents import (
    DocumentBatchDeleteResponse,
    DocumentChunk,
    DocumentChunksResponse,
    DocumentDeleteResult,
    DocumentDetails,
    DocumentItem,
    DocumentList,
    DocumentProcessingStatus,
    DocumentSearchResponse,
    DocumentSearchResult,
    DocumentStatusResult,
)
from ._document_uploads import (
    BatchDocumentUploadResults,
    DocumentBatchConfirmItem,
    DocumentBatchConfirmResult,
    DocumentBatchFileInfo,
    DocumentBatchPrepareResult,
    DocumentBatchStatusItem,
    DocumentBatchStatusResult,
    DocumentConfirmResult,
    DocumentPresignedUploadResult,
    DocumentProcessingErrorType,
    DocumentProcessingFailure,
    DocumentQuotaCheck,
    DocumentUploadResult,
)

__all__ = [
    "BatchDocumentUploadResults",
    "DocumentBatchConfirmItem",
    "DocumentBatchConfirmResult",
    "DocumentBatchDeleteResponse",
    "DocumentBatchFileInfo",
    "DocumentBatchPrepareResult",
    "DocumentBatchStatusItem",
    "DocumentBatchStatusResult",
    "DocumentChunk",
    "DocumentChunksResponse",
    "DocumentConfirmResult",
    "DocumentDeleteResult",
    "DocumentDetails",
    "DocumentItem",
    "DocumentList",
    "DocumentPresignedUploadResult",
    "DocumentProcessingErrorType",
    "DocumentProcessingFailure",
    "DocumentProcessingStatus",
    "DocumentQuotaCheck",
    "DocumentSearchResponse",
    "DocumentSearchResult",
    "DocumentStatusResult",
    "DocumentUploadResult",
]
