"""Uploads by presigned URLs, on the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from aionserver.domains.uploads.forms import StreamFields
from aionserver.infra.web.text import EchoedText, Text

MOST_IN_BATCH = 5
Target = Annotated[str, Field(pattern="^(default|custom)$")]
Size = Annotated[int, Field(gt=0)]
ShortText = Annotated[Text, Field(max_length=2000)]


class PresignedUploadRequest(BaseModel):
    """A file that is about to be put. It is described if its purpose is `image_analysis`."""

    filename: Text
    content_type: Text
    size_bytes: Size
    purpose: Text = "image_analysis"
    idempotency_key: str | None = None
    storage_target: Target = "default"


class PresignedUploadResponse(BaseModel):
    """Where to put the bytes: with `upload_headers`, until `expires_at`."""

    upload_url: str
    upload_method: str = "PUT"
    upload_fields: dict[str, Any] | None = None
    upload_headers: dict[str, Any] | None = None
    object_key: str
    expires_at: str
    max_size_bytes: int
    storage_target: str = "default"
    bucket_name: str | None = None


class UploadConfirmationRequest(BaseModel):
    """The bytes were put. `checksum` is their SHA-256 (also as `sha256:…`) or MD5, in hexadecimal."""

    object_key: EchoedText
    size_bytes: int
    checksum: EchoedText | None = None
    content_type: EchoedText | None = None


class UploadConfirmationResponse(BaseModel):
    """The file is in the library; `upload_id` is its id."""

    upload_id: str
    object_key: str
    storage_path: str
    confirmed: bool


class InitiateForm(StreamFields):
    """A file that is about to be put, with what is to be known of it."""

    filename: Text
    content_type: Text
    size_bytes: Size


class InitiateUploadResponse(BaseModel):
    """Where to put the bytes by PUT, and the id that the file will have."""

    upload_url: str
    upload_method: str = "DIRECT"
    upload_fields: dict[str, str] | None = None
    upload_headers: dict[str, str] | None = None
    object_key: str
    image_id: UUID
    expires_at: datetime
    max_size_bytes: int
    thumbnail_url: str | None = None
    variant_urls: dict[str, str] | None = None


class ConfirmUploadRequest(BaseModel):
    """The bytes were put. `auto_describe` is false to leave out the description."""

    object_key: EchoedText
    size_bytes: int
    image_id: EchoedText
    auto_describe: bool = True


class ConfirmUploadResponse(BaseModel):
    """The file as it is in the library."""

    image_id: UUID
    description_status: str
    title: str | None = None
    tags: list[str] = []


class FileInfo(BaseModel):
    """A file of a batch."""

    filename: Text
    size_bytes: Size
    content_type: Text
    idempotency_key: str | None = None
    storage_target: Target = "default"


class BatchUploadPrepareRequest(BaseModel):
    """Files that are about to be put. `additional_params`: tags, folder_id, skip_duplicates."""

    files: Annotated[list[FileInfo], Field(min_length=1, max_length=MOST_IN_BATCH)]
    intent: Annotated[str, Field(pattern="^(describe|verify|rules|document_extraction)$")]
    verification_level: Annotated[str, Field(pattern="^(quick|standard|thorough|critical)$")] = "standard"
    additional_params: dict[str, Any] | None = None


class UploadPlan(BaseModel):
    """How the bytes are best put."""

    strategy: str
    max_concurrent: int
    retry_policy: dict[str, Any]
    timeout_per_upload: int


class BatchPresignedUrl(BaseModel):
    """Where to put one file of a batch."""

    file_index: int
    filename: str
    upload_url: str
    upload_method: str = "PUT"
    upload_fields: dict[str, str] | None = None
    upload_headers: dict[str, str] | None = None
    object_key: str
    expires_at: str
    image_id: str | None = None


class BatchUploadPrepareResponse(BaseModel):
    """Where to put each file of a batch."""

    batch_id: str
    upload_plan: UploadPlan
    presigned_urls: list[BatchPresignedUrl]
    total_size_bytes: int
    estimated_time_seconds: int


class UploadConfirmation(BaseModel):
    """Whether one file of a batch was put; if not, why."""

    object_key: EchoedText
    success: bool
    file_size: Size
    checksum: EchoedText | None = None
    error_message: ShortText | None = None
    media_type: EchoedText | None = None


class BatchUploadConfirmRequest(BaseModel):
    """What became of the files of a batch. Without `auto_process` they are not described."""

    batch_id: EchoedText
    confirmations: Annotated[list[UploadConfirmation], Field(min_length=1)]
    auto_process: bool = True


class StoredImageInfo(BaseModel):
    """A file of a batch that is in the library."""

    image_id: str
    object_key: str
    filename: str
    thumbnail_url: str | None = None
    variant_status: str | None = None
    created_at: str | None = None


class BatchUploadConfirmResponse(BaseModel):
    """`processing_status` is queued, partial or failed."""

    batch_id: str
    successful_uploads: int
    failed_uploads: int
    processing_status: str
    failed_files: list[str] | None = None
    message: str
    stored_images: list[StoredImageInfo] = []


class PendingBatchInfo(BaseModel):
    """A batch that nothing of was confirmed yet."""

    batch_id: str
    status: str
    total_files: int
    confirmed_count: int
    created_at: str
    age_seconds: int


class PendingBatchesResponse(BaseModel):
    """The caller's batches that wait for their files."""

    batches: list[PendingBatchInfo] = []
    has_recoverable: bool


class AutoRecoveryResponse(BaseModel):
    """`status` is recovered, nothing_to_recover or already_processed."""

    batch_id: str
    recovered_files: int
    failed_files: int
    status: str
    message: str


class CleanupStaleBatchesResponse(BaseModel):
    """How many batches are waited for no longer."""

    cleaned_count: int
    message: str
