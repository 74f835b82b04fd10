"""Files on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from aionserver.infra.web.text import EchoedText, Text

Tag = Annotated[Text, Field(min_length=1, max_length=50)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class SearchMode(StrEnum):
    """Where a search looks."""

    ALL = "all"
    METADATA = "metadata"
    VISIBLE_TEXT = "visible_text"


class DocumentFields(BaseModel):
    """What only documents have."""

    document_type: str | None = None
    page_count: int | None = None
    text_extraction_status: str | None = None
    chunk_count: int | None = None
    document_url: str | None = None


class VideoFields(BaseModel):
    """What only videos have."""

    video_metadata: dict[str, Any] | None = None
    video_analysis_status: str | None = None
    video_analysis_job_id: str | None = None
    scene_count: int | None = None
    has_audio_transcript: bool | None = None
    video_url: str | None = None


class LinkFields(BaseModel):
    """What only links have."""

    source_url: str | None = None
    domain: str | None = None
    og_metadata: dict[str, Any] | None = None
    favicon_url: str | None = None
    crawl_status: str | None = None
    extracted_images: dict[str, Any] | None = None
    extracted_images_count: int | None = None


class CommonFields(DocumentFields, VideoFields, LinkFields):
    """What the list and the details of a file share."""

    id: UUID
    title: str | None = None
    tags: list[str] = []
    size_bytes: int
    created_at: datetime
    content_created_at: datetime | None = None
    thumbnail_url: str | None = None
    medium_url: str | None = None
    full_url: str | None = None
    upload_description: str | None = None
    visible_text: str | None = None
    description_status: str | None = None
    description_error: str | None = None
    variant_status: str | None = None
    variant_count: int | None = None
    variant_error: str | None = None
    confidence_score: Fraction | None = None
    blur_hash: str | None = None
    media_type: str | None = None
    folder_id: UUID | None = None
    deleted_at: datetime | None = None


class UserFile(CommonFields):
    """A file in a list."""

    filename: str | None = None
    has_full_description: bool
    dimensions: dict[str, int] | None = None
    format: str | None = None
    content_type: str | None = None


class ListUserFilesResponse(BaseModel):
    """A page of files."""

    files: list[UserFile]
    total_count: int
    has_more: bool


class FullDescription(BaseModel):
    """One description that was written for a file."""

    id: UUID
    description: str
    visible_text: str | None = None
    confidence_score: Fraction | None = None
    processing_time_ms: int | None = None
    created_at: datetime
    providers_used: list[str] | None = None
    fallback_reason: str | None = None
    verification_level: str | None = None


class ProcessingHistory(BaseModel):
    """One step of a file's processing."""

    id: UUID
    status: str
    created_at: datetime
    completed_at: datetime | None = None
    error_message: str | None = None
    operation_type: str


class Place(BaseModel):
    """Where a picture was taken, by its own record; degrees, WGS 84."""

    latitude: float
    longitude: float


class UserFileDetails(CommonFields):
    """All of a file."""

    object_key: str
    content_type: str
    dimensions: dict[str, int]
    format: str
    original_url: str | None = None
    original_filename: str | None = None
    description_generated_at: datetime | None = None
    full_descriptions: list[FullDescription] = []
    updated_at: datetime | None = None
    upload_method: str
    hash: str
    processing_history: list[ProcessingHistory] = []
    page_title: str | None = None
    crawl_error: str | None = None
    crawled_at: datetime | None = None
    place: Place | None = None
    camera: str | None = None


class UpdateFileRequest(BaseModel):
    """What is to be changed; what is absent stays."""

    title: Annotated[Text, Field(max_length=255)] | None = None
    tags: Annotated[list[Tag], Field(max_length=40)] | None = None


class UpdateFileResponse(BaseModel):
    """The file after the change."""

    id: UUID
    title: str | None = None
    tags: list[str] = []
    updated_at: datetime


class DeleteFileResponse(BaseModel):
    """The deletion; `POST …/restore` undoes it for 30 days."""

    id: UUID
    deleted_at: datetime
    message: str


class RestoreFileResponse(BaseModel):
    """The file is back."""

    id: UUID
    message: str


class BatchDeleteFilesRequest(BaseModel):
    """The files to delete."""

    file_ids: Annotated[list[EchoedText], Field(min_length=1, max_length=100)]


class ArchiveRequest(BaseModel):
    """The files that are to be downloaded together."""

    file_ids: Annotated[list[EchoedText], Field(min_length=1, max_length=1000)]
    name: Annotated[Text, Field(min_length=1, max_length=150, description="Of the archive.")] = "files"


class BatchDeleteFileResult(BaseModel):
    """What became of one of them. An id that is no UUID comes back as it was sent."""

    id: str
    status: str
    message: str | None = None
    deleted_at: datetime | None = None


class BatchDeleteFilesResponse(BaseModel):
    """What became of each file."""

    deleted: list[BatchDeleteFileResult] = []
    skipped: list[BatchDeleteFileResult] = []
    failed: list[BatchDeleteFileResult] = []
    summary: dict[str, int]


class TriggerVariantsResponse(BaseModel):
    """Whether processing was started again."""

    success: bool
    message: str
    task_id: str
    current_status: str
    image_id: UUID
    skipped_duplicate: bool = False
