"""Chat on the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from aionserver.infra.web.text import Text


class ImageSearchRequest(BaseModel):
    """What to look for."""

    query: Annotated[Text, Field(min_length=1, max_length=500)]
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    offset: Annotated[int, Field(ge=0)] = 0


class ImageSearchResultResponse(BaseModel):
    """A picture that was found. `confidence` is its description's, `relevance_score` the search's."""

    image_id: UUID
    description: str
    confidence: float
    relevance_score: float
    thumbnail_url: str | None = None
    medium_url: str | None = None
    full_url: str | None = None
    created_at: datetime | None = None


class SearchImagesResponse(BaseModel):
    """A page of what was found."""

    results: list[ImageSearchResultResponse]
    total_count: int
    query_interpretation: dict[str, Any]
