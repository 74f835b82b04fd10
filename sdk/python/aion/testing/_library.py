"""What the fake server keeps: files of all kinds, folders, and how words find them."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Optional
from uuid import uuid4

from ..resources._sources import DOCUMENT_CONTENT_TYPES

# other documents are called as they end
_DOCUMENT_TYPES = {"markdown": "md", "htm": "html"}
MOMENT = "2026-01-02T03:04:05+00:00"


@dataclass
class StoredFile:
    """A picture, a document or a link. `polls` counts how often its state was asked for."""

    filename: str
    content: bytes = field(repr=False)
    media_type: str
    title: Optional[str] = None
    tags: list[str] = field(default_factory=list[str])
    folder_id: Optional[str] = None
    description: str = ""
    url: Optional[str] = None
    is_deleted: bool = False
    failure: Optional[str] = None
    polls: int = 0
    id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def object_key(self) -> str:
        return f"uploads/{self.id}/{self.filename}"

    @property
    def text(self) -> str:
        """The text of a document."""
        return self.content.decode("utf-8", "replace")

    @property
    def chunks(self) -> list[str]:
        """The paragraphs of a document."""
        return [part.strip() for part in re.split(r"\n\s*\n", self.text) if part.strip()]

    @property
    def words(self) -> set[str]:
        """All words it is found by."""
        text = " ".join([self.filename, self.title or "", self.description, self.url or "", *self.tags])
        return words_of(text + (" " + self.text if self.media_type == "document" else ""))


@dataclass
class StoredFolder:
    """A folder."""

    name: str
    parent_id: Optional[str] = None
    id: str = field(default_factory=lambda: str(uuid4()))


def media_type_of(filename: str) -> str:
    """`document` or `image`."""
    return "document" if PurePath(filename).suffix.lower() in DOCUMENT_CONTENT_TYPES else "image"


# words that say nothing of what is looked for
_EMPTY = frozenset(
    re.findall(r"\w+", "a an and are at by find for how in is it many me my of on or show some the there this to what")
)


def words_of(text: str) -> set[str]:
    """Words in small letters, without empty ones and without a plural s."""
    words = set(re.findall(r"[^\W_]+", text.lower())) - _EMPTY
    return {word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words}


def score_of(query: set[str], words: set[str]) -> float:
    """Which part of the query's words is there, from 0 to 1."""
    return len(query & words) / len(query) if query else 0.0


def file_data(file: StoredFile, *, is_ready: bool) -> dict[str, Any]:
    """A file as lists show it."""
    common: dict[str, Any] = {
        "id": file.id,
        "filename": file.filename,
        "title": file.title,
        "tags": file.tags,
        "size_bytes": len(file.content),
        "media_type": file.media_type,
        "content_type": mimetypes.guess_type(file.filename)[0] or "application/octet-stream",
        "folder_id": file.folder_id,
        "created_at": MOMENT,
        "content_created_at": MOMENT,
        "deleted_at": MOMENT if file.is_deleted else None,
        "has_full_description": is_ready and not file.failure,
    }
    state = "failed" if is_ready and file.failure else "completed" if is_ready else "processing"
    return {**common, **dict(_kind_data(file, state))}


def _kind_data(file: StoredFile, state: str) -> Iterator[tuple[str, Any]]:
    if file.media_type == "image":
        yield "description_status", state
        yield "description_error", file.failure
        yield "upload_description", file.description if state == "completed" else None
        yield "confidence_score", 0.9
    elif file.media_type == "document":
        yield "text_extraction_status", state
        ending = PurePath(file.filename).suffix.lower()[1:]
        yield "document_type", _DOCUMENT_TYPES.get(ending, ending)
        yield "page_count", 1
        yield "chunk_count", len(file.chunks)
    else:
        yield "source_url", file.url
        yield "domain", (file.url or "").partition("://")[2].partition("/")[0]
        yield "crawl_status", state
        yield "og_metadata", {"title": file.title}
