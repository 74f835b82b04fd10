"""What the search agents answer with; every score is from 0 to 1."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from typing import Any, Optional

from ._decoding import ApiObject
from .file_collection import FileCollection, FileRef

__all__ = [
    "DocumentChunkResultItem",
    "DocumentSearchAgentResult",
    "ImageSearchAgentResult",
    "ImageSearchResultItem",
    "LinkSearchAgentResult",
    "LinkSearchResultItem",
    "MatchedSceneItem",
    "ResultRefData",
    "VideoSearchAgentResult",
    "VideoSearchResultItem",
]


@dataclass(frozen=True)
class ResultRefData(ApiObject):
    """The set of results that a `[[ref:KEY]]` in a summary stands for."""

    count: int
    ids: list[str]
    image_ids: list[str]
    id_type: str
    label: str


@dataclass(frozen=True)
class ImageSearchResultItem(ApiObject):
    """A picture that was found."""

    image_id: str
    score: float
    filename: Optional[str] = None
    title: Optional[str] = None
    description: Optional[str] = None
    folder_id: Optional[str] = None
    thumbnail_url: Optional[str] = None
    features: Optional[list[dict[str, Any]]] = None


@dataclass(frozen=True)
class ImageSearchAgentResult(ApiObject):
    """Pictures for a question, best first, and a summary."""

    success: bool
    results: list[ImageSearchResultItem]
    count: int
    result_ids: list[str]
    summary: str
    summary_raw: str
    result_refs: dict[str, ResultRefData]
    execution_time_ms: int
    iterations: int
    search_strategy: Optional[dict[str, Any]] = None
    token_usage: Optional[dict[str, int]] = None

    def as_collection(self) -> FileCollection:
        """The pictures found, for agents that take files."""
        refs = [_ref(item.image_id, item.filename, score=item.score, title=item.title) for item in self.results]
        return FileCollection(refs, "image", "image_search")


@dataclass(frozen=True)
class DocumentChunkResultItem(ApiObject):
    """A passage that was found."""

    chunk_id: str
    document_id: str
    document_filename: str
    text: str
    score: float
    page_numbers: Optional[list[int]] = None
    chunk_index: Optional[int] = None
    heading_hierarchy: Optional[list[str]] = None
    snippet: Optional[str] = None


@dataclass(frozen=True)
class DocumentSearchAgentResult(ApiObject):
    """Passages for a question, best first, and a summary."""

    success: bool
    results: list[DocumentChunkResultItem]
    count: int
    chunk_ids: list[str]
    document_ids: list[str]
    summary: str
    summary_raw: str
    result_refs: dict[str, ResultRefData]
    search_mode: str
    execution_time_ms: int
    iterations: int
    search_strategy: Optional[dict[str, Any]] = None
    token_usage: Optional[dict[str, int]] = None

    def as_collection(self, by: str = "document") -> FileCollection:
        """The documents found, each once, or with `by="chunk"` the passages."""
        if by not in ("document", "chunk"):
            raise ValueError("by must be 'document' or 'chunk'")
        refs: dict[str, FileRef] = {}
        for item in self.results:
            key = item.document_id if by == "document" else item.chunk_id
            refs.setdefault(key, _ref(key, item.document_filename, score=item.score, document_id=item.document_id))
        return FileCollection(refs.values(), by, "document_search")


@dataclass(frozen=True)
class LinkSearchResultItem(ApiObject):
    """A bookmarked page that was found."""

    link_id: str
    score: float
    url: Optional[str] = None
    title: Optional[str] = None
    description: Optional[str] = None
    folder_id: Optional[str] = None
    thumbnail_url: Optional[str] = None
    features: Optional[list[dict[str, Any]]] = None


@dataclass(frozen=True)
class LinkSearchAgentResult(ApiObject):
    """Bookmarked pages for a question, best first, and a summary."""

    success: bool
    results: list[LinkSearchResultItem]
    count: int
    link_ids: list[str]
    summary: str
    summary_raw: str
    result_refs: dict[str, ResultRefData]
    execution_time_ms: int
    iterations: int
    search_strategy: Optional[dict[str, Any]] = None
    token_usage: Optional[dict[str, int]] = None

    def as_collection(self) -> FileCollection:
        """The pages found, for agents that take files."""
        refs = [_ref(item.link_id, item.title, score=item.score, url=item.url) for item in self.results]
        return FileCollection(refs, "link", "link_search")


@dataclass(frozen=True)
class MatchedSceneItem(ApiObject):
    """A scene that was found; times are in seconds from the start of the video."""

    scene_id: str
    scene_index: int
    start_time: float
    end_time: float
    time_range_formatted: str
    description: str
    score: float
    tags: Optional[list[str]] = None
    thumbnail_url: Optional[str] = None


@dataclass(frozen=True)
class VideoSearchResultItem(ApiObject):
    """A video that was found, with its matching scenes."""

    video_id: str
    video_filename: str
    score: float
    video_description: str = ""
    duration_seconds: Optional[float] = None
    resolution: Optional[str] = None
    thumbnail_url: Optional[str] = None
    matched_scenes: Optional[list[MatchedSceneItem]] = None


@dataclass(frozen=True)
class VideoSearchAgentResult(ApiObject):
    """Videos for a question, best first, and a summary."""

    success: bool
    results: list[VideoSearchResultItem]
    count: int
    video_ids: list[str]
    summary: str
    summary_raw: str
    result_refs: dict[str, ResultRefData]
    search_mode: str
    execution_time_ms: int
    iterations: int
    search_strategy: Optional[dict[str, Any]] = None
    token_usage: Optional[dict[str, int]] = None

    def as_collection(self) -> FileCollection:
        """The videos found, for agents that take files."""
        refs = [_ref(item.video_id, item.video_filename, score=item.score) for item in self.results]
        return FileCollection(refs, "video", "video_search")


def _ref(file_id: str, filename: Optional[str], **metadata: Any) -> FileRef:
    known = {name: value for name, value in metadata.items() if value is not None}
    media_type = mimetypes.guess_type(filename or "")[0] or "application/octet-stream"
    return FileRef(id=file_id, media_type=media_type, filename=filename, metadata=known)
