"""Documents: what is known of them, their passages, and search results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Optional, TypeVar, cast

from ._decoding import ApiObject, wire

ListT = TypeVar("ListT", bound="DocumentList")
ChunkT = TypeVar("ChunkT", bound="DocumentChunk")


class DocumentProcessingStatus(str, Enum):
    """How far the text of a document is."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class Document(ApiObject):
    """What lists and details have in common, in the order both have it."""

    id: str = field(metadata=wire("id", "document_id"))
    filename: str
    content_type: str
    size_bytes: int
    text_extraction_status: str = field(metadata=wire("text_extraction_status", "extraction_status"))
    title: Optional[str] = None
    page_count: Optional[int] = None
    embedding_status: Optional[str] = None


@dataclass(frozen=True)
class DocumentItem(Document):
    """A document as lists show it."""

    created_at: Optional[datetime] = None
    updated_at: Optional[datetime] = None
    folder_id: Optional[str] = None
    tags: Optional[list[str]] = None
    chunk_count: Optional[int] = None
    document_type: Optional[str] = None
    thumbnail_url: Optional[str] = None
    error_message: Optional[str] = None


@dataclass(frozen=True)
class DocumentDetails(Document):
    """Everything known about one document."""

    chunk_count: Optional[int] = None
    extracted_text_preview: Optional[str] = None
    created_at: Optional[datetime] = None
    updated_at: Optional[datetime] = None
    folder_id: Optional[str] = None
    tags: Optional[list[str]] = None
    object_key: Optional[str] = None
    download_url: Optional[str] = field(default=None, metadata=wire("download_url", "document_url"))
    document_type: Optional[str] = None
    thumbnail_url: Optional[str] = None
    error_message: Optional[str] = None
    language: Optional[str] = None
    error_code: Optional[str] = None
    properties: Optional[dict[str, Any]] = None
    pages_read: Optional[int] = None
    processing_started_at: Optional[datetime] = None
    completed_at: Optional[datetime] = None


@dataclass(frozen=True)
class DocumentList(ApiObject):
    """One page of documents; `total_count` counts all that match."""

    documents: list[DocumentItem]
    total_count: int
    page: int
    page_size: int
    has_more: bool

    @classmethod
    def from_api_response(cls: type[ListT], data: Mapping[str, Any]) -> ListT:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The page in `data`; whether there is another follows from its place and the total."""
        page = super().from_api_response(data)
        if "has_more" in data:
            return page
        has_more = bool(page.documents) and page.page * page.page_size < page.total_count
        return cls(page.documents, page.total_count, page.page, page.page_size, has_more)


@dataclass(frozen=True)
class DocumentChunk(ApiObject):
    """A passage of a document, in its place."""

    id: str = field(metadata=wire("chunk_id", "id"))
    document_id: str
    content: str = field(metadata=wire("content", "text"))
    chunk_index: int
    page_numbers: Optional[list[int]] = None
    token_count: Optional[int] = None
    embedding: Optional[list[float]] = None
    heading_hierarchy: Optional[list[str]] = None

    @classmethod
    def from_api_response(cls: type[ChunkT], data: Mapping[str, Any]) -> ChunkT:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The passage in `data`, whose size may stand among its metadata."""
        metadata: Any = data.get("metadata")
        inner = cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}
        known = {name: inner[name] for name in ("token_count", "embedding") if name in inner}
        return super().from_api_response({**known, **data})


@dataclass(frozen=True)
class DocumentChunksResponse(ApiObject):
    """All passages of a document, in order."""

    document_id: str
    chunks: list[DocumentChunk]
    total_chunks: int


@dataclass(frozen=True)
class DocumentSearchResult(ApiObject):
    """A passage that was found; `score` is from 0 to 1."""

    chunk_id: str
    document_id: str
    document_filename: str
    content: str = field(metadata=wire("content", "text"))
    score: float = field(metadata=wire("score", "similarity_score"))
    page_numbers: Optional[list[int]] = None
    chunk_index: Optional[int] = None
    heading_hierarchy: Optional[list[str]] = None
    metadata: Optional[dict[str, Any]] = None

    @property
    def snippet(self) -> Optional[str]:
        """The part of the passage that has most of the words asked for."""
        text = (self.metadata or {}).get("snippet")
        return text if isinstance(text, str) else None

    @property
    def matched_words(self) -> list[str]:
        """The words asked for, as they stand in the snippet."""
        words: Any = (self.metadata or {}).get("matched_words")
        return [str(word) for word in cast("list[Any]", words)] if isinstance(words, list) else []


@dataclass(frozen=True)
class DocumentMatch(ApiObject):
    """A document that was found, as good as its best passage."""

    document_id: str
    document_filename: str
    score: float
    title: Optional[str] = None
    chunk_ids: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class DocumentSearchResponse(ApiObject):
    """Passages that fit a query, best first; `documents` are the same by document."""

    results: list[DocumentSearchResult]
    total_count: int
    search_time_ms: int
    query: str
    documents: list[DocumentMatch] = field(default_factory=list[DocumentMatch])


@dataclass(frozen=True)
class DocumentStatusResult(ApiObject):
    """How far the text of a document is."""

    document_id: str
    text_extraction_status: str = field(metadata=wire("text_extraction_status", "extraction_status", "status"))
    embedding_status: Optional[str] = None
    page_count: Optional[int] = None
    chunk_count: Optional[int] = None
    error_message: Optional[str] = field(default=None, metadata=wire("error_message", "extraction_error"))
    error_code: Optional[str] = None
    filename: Optional[str] = None
    document_type: Optional[str] = None
    pages_read: Optional[int] = None

    @property
    def is_completed(self) -> bool:
        """Whether the text is there."""
        return self.text_extraction_status == DocumentProcessingStatus.COMPLETED.value

    @property
    def is_failed(self) -> bool:
        """Whether the text could not be extracted."""
        return self.text_extraction_status == DocumentProcessingStatus.FAILED.value

    @property
    def is_processing(self) -> bool:
        """Whether the text is still to come."""
        return not self.is_completed and not self.is_failed


@dataclass(frozen=True)
class DocumentDeleteResult(ApiObject):
    """What became of one document of a batch deletion."""

    id: str
    status: str
    message: str = ""
    deleted_at: Optional[datetime] = None


@dataclass(frozen=True)
class DocumentBatchDeleteResponse(ApiObject):
    """What became of each document; those still being processed are skipped."""

    deleted: list[DocumentDeleteResult]
    failed: list[DocumentDeleteResult]
    summary: dict[str, int]
    skipped: list[DocumentDeleteResult] = field(default_factory=list[DocumentDeleteResult])
