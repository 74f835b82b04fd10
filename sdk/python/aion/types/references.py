"""What an answer refers to: pictures, documents, links, and sets of results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from ._decoding import ApiObject

__all__ = ["DocumentRef", "ImageRef", "LinkRef", "ParsedReferences"]


@dataclass(frozen=True)
class ImageRef(ApiObject):
    """A picture an answer refers to; `full_id` is None when only the beginning of its id is known."""

    id_prefix: str
    filename: str
    full_id: Optional[str] = None


@dataclass(frozen=True)
class DocumentRef(ApiObject):
    """A document an answer refers to, with the page or pages where it says so."""

    id_prefix: str
    filename: str
    full_id: Optional[str] = None
    page: Optional[int] = None
    page_range: Optional[tuple[int, int]] = None


@dataclass(frozen=True)
class LinkRef(ApiObject):
    """A link an answer refers to."""

    id_prefix: str
    title: str
    full_id: Optional[str] = None
    source_url: Optional[str] = None
    domain: Optional[str] = None


@dataclass(frozen=True)
class ParsedReferences(ApiObject):
    """All references of a text; `counts` has the size of each set of results by its key."""

    images: list[ImageRef] = field(default_factory=list[ImageRef])
    documents: list[DocumentRef] = field(default_factory=list[DocumentRef])
    links: list[LinkRef] = field(default_factory=list[LinkRef])
    counts: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def has_references(self) -> bool:
        """Whether the text refers to anything."""
        return bool(self.images or self.documents or self.links or self.counts)
