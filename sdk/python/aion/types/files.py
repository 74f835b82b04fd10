"""Files of a tenant: pictures, videos, documents and links in one list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from ._decoding import ApiObject

__all__ = [
    "BatchDeleteFileResult",
    "BatchDeleteFilesResponse",
    "DeleteFileResult",
    "FileList",
    "FullDescription",
    "ProcessingHistory",
    "RestoreFileResult",
    "UpdateFileResult",
    "UserFile",
    "UserFileDetails",
]


@dataclass(frozen=True)
class FullDescription(ApiObject):
    """One description a picture got; `confidence_score` is from 0 to 1."""

    id: str
    description: str
    visible_text: Optional[str] = None
    confidence_score: Optional[float] = None
    providers_used: Optional[list[str]] = None
    verification_level: Optional[str] = None
    processing_time_ms: Optional[int] = None
    created_at: Optional[datetime] = None


@dataclass(frozen=True)
class ProcessingHistory(ApiObject):
    """One thing that was done to a file."""

    id: str
    operation_type: str
    status: str
    created_at: Optional[datetime] = None
    completed_at: Optional[datetime] = None
    error_message: Optional[str] = None


@dataclass(frozen=True)
class UserFile(ApiObject):
    """A file as lists show it."""

    id: str
    size_bytes: int
    has_full_description: bool
    title: Optional[str] = None
    filename: Optional[str] = None
    thumbnail_url: Optional[str] = None
    upload_description: Optional[str] = None
    visible_text: Optional[str] = None
    tags: Optional[list[str]] = None
    created_at: Optional[datetime] = None
    content_created_at: Optional[datetime] = None
    dimensions: Optional[dict[str, int]] = None
    format: Optional[str] = None
    variant_status: Optional[str] = None
    variant_count: Optional[int] = None
    medium_url: Optional[str] = None
    full_url: Optional[str] = None
    blur_hash: Optional[str] = None
    description_status: Optional[str] = None
    description_error: Optional[str] = None
    content_type: Optional[str] = None
    media_type: Optional[str] = None
    video_metadata: Optional[dict[str, Any]] = None
    video_analysis_status: Optional[str] = None
    video_analysis_job_id: Optional[str] = None
    scene_count: Optional[int] = None
    has_audio_transcript: Optional[bool] = None
    video_url: Optional[str] = None
    variant_error: Optional[str] = None
    confidence_score: Optional[float] = None
    document_type: Optional[str] = None
    page_count: Optional[int] = None
    text_extraction_status: Optional[str] = None
    chunk_count: Optional[int] = None
    document_url: Optional[str] = None
    source_url: Optional[str] = None
    domain: Optional[str] = None
    og_metadata: Optional[dict[str, Any]] = None
    favicon_url: Optional[str] = None
    crawl_status: Optional[str] = None
    extracted_images: Optional[dict[str, Any]] = None
    extracted_images_count: Optional[int] = None
    folder_id: Optional[str] = None
    deleted_at: Optional[datetime] = None


@dataclass(frozen=True)
class UserFileDetails(ApiObject):
    """Everything known about one file; which fields are filled depends on `media_type`."""

    id: str
    object_key: str
    size_bytes: int
    content_type: str
    hash: str
    title: Optional[str] = None
    tags: Optional[list[str]] = None
    media_type: Optional[str] = None
    dimensions: Optional[dict[str, int]] = None
    format: Optional[str] = None
    full_url: Optional[str] = None
    thumbnail_url: Optional[str] = None
    medium_url: Optional[str] = None
    original_url: Optional[str] = None
    upload_description: Optional[str] = None
    visible_text: Optional[str] = None
    description_generated_at: Optional[datetime] = None
    full_descriptions: Optional[list[FullDescription]] = None
    processing_history: Optional[list[ProcessingHistory]] = None
    created_at: Optional[datetime] = None
    updated_at: Optional[datetime] = None
    content_created_at: Optional[datetime] = None
    upload_method: Optional[str] = None
    original_filename: Optional[str] = None
    variant_status: Optional[str] = None
    variant_count: Optional[int] = None
    blur_hash: Optional[str] = None
    description_status: Optional[str] = None
    video_metadata: Optional[dict[str, Any]] = None
    video_analysis_status: Optional[str] = None
    video_analysis_job_id: Optional[str] = None
    scene_count: Optional[int] = None
    has_audio_transcript: Optional[bool] = None
    video_url: Optional[str] = None
    document_type: Optional[str] = None
    page_count: Optional[int] = None
    text_extraction_status: Optional[str] = None
    chunk_count: Optional[int] = None
    document_url: Optional[str] = None
    source_url: Optional[str] = None
    domain: Optional[str] = None
    og_metadata: Optional[dict[str, Any]] = None
    favicon_url: Optional[str] = None
    page_title: Optional[str] = None
    crawl_status: Optional[str] = None
    crawl_error: Optional[str] = None
    crawled_at: Optional[datetime] = None
    extracted_images: Optional[dict[str, Any]] = None
    extracted_images_count: Optional[int] = None
    description_error: Optional[str] = None
    confidence_score: Optional[float] = None
    variant_error: Optional[str] = None
    folder_id: Optional[str] = None
    deleted_at: Optional[datetime] = None
    camera: Optional[str] = None
    place: Optional[dict[str, float]] = None


@dataclass(frozen=True)
class FileList(ApiObject):
    """One page of files; `total_count` counts all that match."""

    files: list[UserFile]
    total_count: int
    has_more: bool


@dataclass(frozen=True)
class UpdateFileResult(ApiObject):
    """Title and tags after a change."""

    id: str
    title: Optional[str] = None
    tags: Optional[list[str]] = None
    updated_at: Optional[datetime] = None


@dataclass(frozen=True)
class DeleteFileResult(ApiObject):
    """A deleted file; it can be restored for 30 days."""

    id: str
    deleted_at: Optional[datetime] = None
    message: str = ""


@dataclass(frozen=True)
class RestoreFileResult(ApiObject):
    """A file brought back from deletion."""

    id: str
    message: str = ""


@dataclass(frozen=True)
class BatchDeleteFileResult(ApiObject):
    """What became of one file of a batch deletion."""

    id: str
    status: str
    message: Optional[str] = None
    deleted_at: Optional[datetime] = None


@dataclass(frozen=True)
class BatchDeleteFilesResponse(ApiObject):
    """What became of each file; those still being processed are skipped."""

    deleted: list[BatchDeleteFileResult]
    skipped: list[BatchDeleteFileResult]
    failed: list[BatchDeleteFileResult]
    summary: dict[str, int]
