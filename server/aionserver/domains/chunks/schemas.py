"""Chunks on the wire."""

from typing import Any

from pydantic import BaseModel


class ChunkResult(BaseModel):
    """A piece of a document. `metadata` has its `token_count` and `chunk_type`.

    Where it was found by a search, also a `snippet` and the `matched_words` in it.
    """

    chunk_id: str
    document_id: str
    document_filename: str
    chunk_index: int
    content: str
    page_numbers: list[int] | None = None
    heading_hierarchy: list[str] | None = None
    similarity_score: float | None = None
    metadata: dict[str, Any] | None = None


class DocumentChunk(ChunkResult):
    """A piece of a document, with its vector where it was asked for."""

    embedding: list[float] | None = None


class DocumentChunksResponse(BaseModel):
    """The pieces of a document in reading order. `status_counts`: how many are embedded (completed) or not yet."""

    document_id: str
    chunks: list[DocumentChunk]
    total_chunks: int
    status_counts: dict[str, int] | None = None
