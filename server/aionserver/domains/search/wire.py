"""The search of documents on the wire."""

from typing import Annotated

from pydantic import BaseModel, Field

from aionserver.domains.chunks.schemas import ChunkResult
from aionserver.domains.search.schemas import LIKELY, DocumentType
from aionserver.infra.web.text import EchoedText, SayingText, Text


class DocumentSearchRequestAPI(BaseModel):
    """What to look for, and in which documents: by ids, types as `pdf`, tags that they all have, and folder."""

    query: Annotated[SayingText, Field(min_length=1, max_length=1000)]
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    similarity_threshold: Annotated[float, Field(ge=0, le=1)] = LIKELY
    document_ids: list[str] | None = None
    document_types: list[DocumentType] | None = None
    tags: list[Text] | None = None
    folder_id: str | None = None


class DocumentMatch(BaseModel):
    """A document of which passages were found, as good as the best of them."""

    document_id: str
    document_filename: str
    title: str | None = None
    score: float
    chunk_ids: list[str]


class DocumentSearchResponseAPI(BaseModel):
    """What was found, best first; `documents` has the same by document."""

    query: EchoedText
    results: list[ChunkResult]
    total_count: int
    search_time_ms: int
    documents: list[DocumentMatch] = []
