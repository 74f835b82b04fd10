"""Links: web pages kept among the files, and what was read from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Optional, TypeVar, cast

from ._decoding import ApiObject, wire

__all__ = [
    "CreateLinkResult",
    "LinkCrawlStatus",
    "LinkDeleteResult",
    "LinkDetails",
    "LinkItem",
    "LinkList",
    "LinkOGMetadata",
    "LinkUpdateResult",
    "RecrawlLinkResult",
]

DetailsT = TypeVar("DetailsT", bound="LinkDetails")


class LinkCrawlStatus(str, Enum):
    """How far the reading of a page is."""

    PENDING = "pending"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class LinkOGMetadata(ApiObject):
    """What a page says about itself (Open Graph)."""

    title: Optional[str] = None
    description: Optional[str] = None
    image_url: Optional[str] = field(default=None, metadata=wire("image_url", "image"))
    site_name: Optional[str] = None
    type: Optional[str] = None
    locale: Optional[str] = None


@dataclass(frozen=True)
class CreateLinkResult(ApiObject):
    """A link that was just added."""

    id: str
    url: str = field(metadata=wire("url", "source_url"))
    domain: str
    crawl_status: str
    title: Optional[str] = None
    tags: Optional[list[str]] = None
    folder_id: Optional[str] = None
    og_metadata: Optional[LinkOGMetadata] = None
    created_at: Optional[datetime] = None
    is_duplicate: bool = False


@dataclass(frozen=True)
class RecrawlLinkResult(ApiObject):
    """A link that is read anew."""

    id: str = field(metadata=wire("id", "link_id"))
    status: str
    message: str = ""
    og_metadata: Optional[LinkOGMetadata] = None
    next_allowed_recrawl: Optional[datetime] = None


@dataclass(frozen=True)
class LinkItem(ApiObject):
    """A link as lists show it."""

    id: str
    url: str = field(metadata=wire("url", "source_url"))
    domain: str
    title: Optional[str] = None
    tags: Optional[list[str]] = None
    folder_id: Optional[str] = None
    crawl_status: Optional[str] = None
    og_metadata: Optional[LinkOGMetadata] = None
    favicon_url: Optional[str] = None
    created_at: Optional[datetime] = None
    description: Optional[str] = field(default=None, metadata=wire("description", "upload_description"))
    visible_text: Optional[str] = None
    thumbnail_url: Optional[str] = None
    medium_url: Optional[str] = None
    full_url: Optional[str] = None


@dataclass(frozen=True)
class LinkDetails(ApiObject):
    """Everything known about a link."""

    id: str
    url: str = field(metadata=wire("url", "source_url"))
    domain: str
    title: Optional[str] = field(default=None, metadata=wire("title", "page_title"))
    tags: Optional[list[str]] = None
    folder_id: Optional[str] = None
    crawl_status: Optional[str] = None
    crawl_error: Optional[str] = None
    crawled_at: Optional[datetime] = None
    og_metadata: Optional[LinkOGMetadata] = None
    favicon_url: Optional[str] = None
    extracted_images: Optional[list[dict[str, Any]]] = None
    extracted_images_count: Optional[int] = None
    created_at: Optional[datetime] = None
    updated_at: Optional[datetime] = None
    description: Optional[str] = field(default=None, metadata=wire("description", "upload_description"))
    visible_text: Optional[str] = None
    thumbnail_url: Optional[str] = None
    medium_url: Optional[str] = None
    full_url: Optional[str] = None

    @classmethod
    def from_api_response(cls: type[DetailsT], data: Mapping[str, Any]) -> DetailsT:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The link in `data`, whose pictures may be an object with a list of them."""
        pictures: Any = data.get("extracted_images")
        inner = cast("dict[str, Any]", pictures).get("images") if isinstance(pictures, dict) else pictures
        return super().from_api_response({**data, "extracted_images": inner})

    @property
    def is_crawl_complete(self) -> bool:
        """Whether the page was read."""
        return self.crawl_status == LinkCrawlStatus.COMPLETED.value

    @property
    def is_crawl_failed(self) -> bool:
        """Whether the page could not be read."""
        return self.crawl_status == LinkCrawlStatus.FAILED.value

    @property
    def is_crawling(self) -> bool:
        """Whether the page is still to be read."""
        return self.crawl_status in _CRAWLING


_CRAWLING = frozenset({LinkCrawlStatus.PENDING.value, LinkCrawlStatus.QUEUED.value, LinkCrawlStatus.PROCESSING.value})


@dataclass(frozen=True)
class LinkList(ApiObject):
    """One page of links; `total_count` counts all that match."""

    links: list[LinkItem] = field(metadata=wire("links", "files"))
    total_count: int
    has_more: bool


@dataclass(frozen=True)
class LinkUpdateResult(ApiObject):
    """Title and tags after a change."""

    id: str
    title: Optional[str] = None
    tags: Optional[list[str]] = None
    updated_at: Optional[datetime] = None


@dataclass(frozen=True)
class LinkDeleteResult(ApiObject):
    """A deleted link; it can be restored for 30 days."""

    id: str
    deleted_at: Optional[datetime] = None
    message: str = ""
