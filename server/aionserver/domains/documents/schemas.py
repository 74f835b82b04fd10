"""Documents on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from aionserver.infra.web.text import EchoedText

ExtractionStatus = Literal["pending", "processing", "completed", "failed"]


class DocumentInfo(BaseModel):
    """A document in a list."""

    id: str
    filename: str
    content_type: str | None = None
    size_bytes: int | None = None
    page_count: int | None = None
    chunk_count: int | None = None
    extraction_status: str | None = None
    created_at: str
    document_type: str | None = None
    title: str | None = None
    tags: list[str] = []
    folder_id: UUID | None = None
    thumbnail_url: str | None = None
    error_message: str | None = None


class DocumentDetails(DocumentInfo):
    """All that is known of a document. `properties` are what it says of itself: author, subject, created …"""

    error_code: str | None = None
    language: str | None = None
    properties: dict[str, Any] = {}
    pages_read: int = 0
    processing_started_at: datetime | None = None
    completed_at: datetime | None = None


class DocumentListResponse(BaseModel):
    """A page of documents."""

    documents: list[DocumentInfo]
    total_count: int
    page: int
    page_size: int


class PageSpan(BaseModel):
    """Where in the text a page begins and ends, in characters."""

    number: int
    start: int
    end: int


class DocumentTextResponse(BaseModel):
    """A document's text, without heads and feet that repeat; `pages` says where in it each page is."""

    document_id: str
    filename: str
    text: str
    page_count: int | None = None
    metadata: dict[str, Any] | None = None
    pages: list[PageSpan] = []


class BatchDeleteDocumentsRequest(BaseModel):
    """The documents to delete."""

    document_ids: Annotated[list[EchoedText], Field(min_length=1, max_length=100)]


class BatchDeleteDocumentResult(BaseModel):
    """What became of one of them. An id that is no UUID comes back as it was sent."""

    id: str
    status: str
    message: str | None = None
    deleted_at: datetime | None = None


class BatchDeleteDocumentsResponse(BaseModel):
    """What became of each document."""

    deleted: list[BatchDeleteDocumentResult] = []
    skipped: list[BatchDeleteDocumentResult] = []
    failed: list[BatchDeleteDocumentResult] = []
    summary: dict[str, int]


class DocumentHealth(BaseModel):
    """Whether documents can be read here, and how many wait for it."""

    status: str
    formats: list[str]
    max_size_bytes: int
    max_pages: int
    waiting: int
    being_read: int
