"""Agents on the wire."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from aionserver.domains.search.schemas import DocumentType
from aionserver.infra.web.text import SayingText, Text

Score = Annotated[float, Field(ge=0, le=1)]


class ImageSearchAgentRequest(BaseModel):
    """What to look for, and where."""

    query: Annotated[Text, Field(min_length=1, max_length=2000)]
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    folder_id: str | None = None
    image_ids: list[str] | None = None


class ImageSearchResultItem(BaseModel):
    """A picture that was found. `features` say why."""

    image_id: str
    score: Score
    filename: str | None = None
    title: str | None = None
    description: str | None = None
    folder_id: str | None = None
    thumbnail_url: str | None = None
    features: list[dict[str, Any]] | None = None


class ResultRefData(BaseModel):
    """A set of results that `summary_raw` refers to."""

    count: int
    ids: list[str]
    image_ids: list[str] = []
    id_type: Literal["image", "document", "chunk", "video", "link"]
    label: str


class ImageSearchAgentResponse(BaseModel):
    """What was found, best first."""

    success: bool
    results: list[ImageSearchResultItem]
    count: int
    result_ids: list[str]
    summary: str
    summary_raw: str
    result_refs: dict[str, ResultRefData] = {}
    search_strategy: dict[str, Any] | None = None
    execution_time_ms: int
    iterations: int
    token_usage: dict[str, int] | None = None


class DocumentSearchAgentRequest(BaseModel):
    """What to look for, and in which documents: by ids, and by types such as `pdf`."""

    query: Annotated[SayingText, Field(min_length=1, max_length=2000)]
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    document_types: list[DocumentType] | None = None
    document_ids: list[str] | None = None


class DocumentChunkResultItem(BaseModel):
    """A passage that was found; `snippet` is the part of it that shows best why."""

    chunk_id: str
    document_id: str
    document_filename: str
    text: str
    score: Score
    page_numbers: list[int] | None = None
    chunk_index: int | None = None
    heading_hierarchy: list[str] | None = None
    snippet: str | None = None


class DocumentSearchAgentResponse(BaseModel):
    """What was found, best first."""

    success: bool
    results: list[DocumentChunkResultItem]
    count: int
    chunk_ids: list[str]
    document_ids: list[str]
    summary: str
    summary_raw: str
    result_refs: dict[str, ResultRefData] = {}
    search_mode: Literal["text", "vector", "hybrid", "browse"]
    search_strategy: dict[str, Any] | None = None
    execution_time_ms: int
    iterations: int
    token_usage: dict[str, int] | None = None


class LinkSearchAgentRequest(BaseModel):
    """What to look for among bookmarked pages."""

    query: Annotated[Text, Field(min_length=1, max_length=2000)]
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class LinkSearchResultItem(BaseModel):
    """A bookmarked page that was found. `features` say why."""

    link_id: str
    score: Score
    url: str | None = None
    title: str | None = None
    description: str | None = None
    folder_id: str | None = None
    thumbnail_url: str | None = None
    features: list[dict[str, Any]] | None = None


class LinkSearchAgentResponse(BaseModel):
    """What was found, best first."""

    success: bool
    results: list[LinkSearchResultItem]
    count: int
    link_ids: list[str]
    summary: str
    summary_raw: str
    result_refs: dict[str, ResultRefData] = {}
    search_strategy: dict[str, Any] | None = None
    execution_time_ms: int
    iterations: int
    token_usage: dict[str, int] | None = None


class VideoSearchAgentRequest(BaseModel):
    """What to look for among videos, and where."""

    query: Annotated[Text, Field(min_length=1, max_length=2000)]
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    video_ids: list[str] | None = None
    folder_id: str | None = None


class MatchedSceneItem(BaseModel):
    """A scene that answers; times in seconds from the start."""

    scene_id: str
    scene_index: int
    start_time: float
    end_time: float
    time_range_formatted: str
    description: str
    tags: list[str] = []
    score: Score
    thumbnail_url: str | None = None


class VideoSearchResultItem(BaseModel):
    """A video that was found, with its scenes that answer."""

    video_id: str
    video_filename: str
    video_description: str = ""
    duration_seconds: float | None = None
    resolution: str | None = None
    thumbnail_url: str | None = None
    score: Annotated[float, Field(ge=0)]
    matched_scenes: list[MatchedSceneItem] = []


class VideoSearchAgentResponse(BaseModel):
    """What was found, best first."""

    success: bool
    results: list[VideoSearchResultItem]
    count: int
    video_ids: list[str]
    summary: str
    summary_raw: str
    result_refs: dict[str, ResultRefData] = {}
    search_mode: str
    search_strategy: dict[str, Any] | None = None
    execution_time_ms: int
    iterations: int
    token_usage: dict[str, int] | None = None
