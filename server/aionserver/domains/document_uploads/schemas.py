"""Document uploads on the wire."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from aionserver.domains.uploads.service import PresignedUploadResponse, UploadPlan
from aionserver.infra.web.text import EchoedText, Text

MOST_IN_BATCH = 100
Size = Annotated[int, Field(gt=0)]
Target = Annotated[str, Field(pattern="^(default|custom)$")]
Key = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[a-zA-Z0-9_\-\.]+$")]


class DocumentFileInfo(BaseModel):
    """A document that is about to be put."""

    filename: Text
    content_type: Text
    size_bytes: Size
    storage_target: Target = "default"
    idempotency_key: Key | None = None


class DocumentPresignedUploadRequest(DocumentFileInfo):
    """A single document that is about to be put."""


class DocumentPresignedUploadResponse(PresignedUploadResponse):
    """Where to put the bytes: with `upload_headers`, until `expires_at`."""


class DocumentConfirmationRequest(BaseModel):
    """The bytes were put. `checksum` is their SHA-256 (also as `sha256:…`) or MD5, in hexadecimal."""

    object_key: EchoedText
    size_bytes: Size
    content_type: EchoedText
    checksum: EchoedText | None = None


class DocumentConfirmationResponse(BaseModel):
    """The document is in the library.

    `deduplicated`: one with the same content was there, and is the answer; `is_idempotent_retry`: this upload was
    confirmed before.
    """

    document_id: str
    object_key: str
    filename: str
    document_type: str
    status: str
    confirmed: bool
    deduplicated: bool = False
    is_idempotent_retry: bool = False


class DocumentStatusResponse(BaseModel):
    """How far a document is; why it failed, as a code and a sentence."""

    document_id: str
    filename: str
    document_type: str | None = None
    text_extraction_status: str | None = None
    page_count: int | None = None
    chunk_count: int | None = None
    created_at: str
    processing_started_at: str | None = None
    completed_at: str | None = None
    pages_read: int = 0
    error_code: str | None = None
    error_message: str | None = None


class DocumentBatchPrepareRequest(BaseModel):
    """Documents that are about to be put. `additional_params`: tags and folder_id of all of them."""

    files: Annotated[list[DocumentFileInfo], Field(min_length=1, max_length=MOST_IN_BATCH)]
    additional_params: dict[str, Any] | None = None


class DocumentBatchPresignedUrl(BaseModel):
    """Where to put one document of a batch; `upload_intent_id` is the id that it will have."""

    file_index: int
    filename: str
    upload_url: str
    upload_method: str
    upload_fields: dict[str, str] | None = None
    upload_headers: dict[str, str] | None = None
    object_key: str
    expires_at: str
    upload_intent_id: str


class DocumentBatchPrepareResponse(BaseModel):
    """Where to put each document of a batch."""

    batch_id: str
    upload_plan: UploadPlan
    presigned_urls: list[DocumentBatchPresignedUrl]
    total_size_bytes: int
    estimated_time_seconds: int
    expires_at: str


class DocumentUploadConfirmation(BaseModel):
    """Whether one document of a batch was put; if not, why."""

    object_key: EchoedText
    success: bool
    file_size: Size
    checksum: EchoedText | None = None
    error_message: Text | None = None


class DocumentBatchConfirmRequest(BaseModel):
    """What became of the documents of a batch."""

    batch_id: EchoedText
    confirmations: Annotated[list[DocumentUploadConfirmation], Field(min_length=1)]


class UploadedDocument(BaseModel):
    """A document of a batch that is in the library."""

    document_id: str
    object_key: str
    filename: str
    document_type: str
    text_extraction_status: str
    created_at: str | None = None


class DocumentBatchConfirmResponse(BaseModel):
    """`processing_status` is queued, partial or failed."""

    batch_id: str
    successful_uploads: int
    failed_uploads: int
    processing_status: str
    failed_files: list[str] | None = None
    message: str
    documents: list[UploadedDocument] = []


class DocumentBatchStatusResponse(BaseModel):
    """How far the documents of a batch are. `status` is pending, uploading, processing, completed or failed."""

    batch_id: str
    status: str
    total_documents: int
    confirmed_documents: int
    processed_documents: int
    failed_documents: int
    created_at: str
    updated_at: str | None = None
    documents: list[UploadedDocument] = []


class DocumentQuotaResponse(BaseModel):
    """Whether documents may be uploaded. -1 is unlimited."""

    can_proceed: bool
    requested: int
    available: int
    monthly_limit: int
    current_usage: int
    message: str | None = None


class DocumentUploadsHealth(BaseModel):
    """Whether documents are taken here: of which types, how large, and how many at a time."""

    status: str
    content_types: list[str]
    max_size_bytes: int
    max_batch_size: int
