"""Links: web pages kept among the files, read by the server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Optional

from .._polling import Patience
from .._requests import delete, get, patch, post, present
from ..exceptions import AionvisionTimeoutError, ValidationError
from ..types.files import BatchDeleteFilesResponse
from ..types.links import (
    CreateLinkResult,
    LinkDeleteResult,
    LinkDetails,
    LinkItem,
    LinkList,
    LinkUpdateResult,
    RecrawlLinkResult,
)
from ._base import Resource, require_choice, require_ids, require_within
from ._tags import tag_list

__all__ = ["LinksResource"]

MAX_URL_LENGTH = 2048
MAX_TITLE_LENGTH = 500
MAX_TAGS = 40
MAX_TAG_LENGTH = 50
DEFAULT_CRAWL_TIMEOUT = 60.0
DEFAULT_POLL_INTERVAL = 1.0
DEFAULT_SORT = "created_at"
SORT_FIELDS = ("created_at", "content_created_at", "title", "size_bytes")
SORT_ORDERS = ("asc", "desc")
MAX_PAGE_SIZE = 100
MAX_DELETED_AT_ONCE = 100


class LinksResource(Resource):
    """Web pages kept among the files."""

    async def create(
        self,
        url: str,
        *,
        title: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        folder_id: Optional[str] = None,
        auto_crawl: bool = True,
    ) -> CreateLinkResult:
        """A new link; the page is read soon, unless `auto_crawl` is False."""
        _require_url(url)
        fields = _checked(title, tags)
        payload = {"url": url, **fields, **present(folder_id=folder_id), "auto_crawl": auto_crawl}
        answer = await self._object(post("/user-files/links", payload))
        # the server does not repeat what it was given
        given = {**fields, **present(folder_id=folder_id)}
        return CreateLinkResult.from_api_response({**given, **present(**answer)})

    async def recrawl(self, link_id: str) -> RecrawlLinkResult:
        """Reads the page anew; at most once an hour."""
        return RecrawlLinkResult.from_api_response(
            await self._object(post("/user-files/{link_id}/recrawl", link_id=link_id))
        )

    async def get(self, link_id: str) -> LinkDetails:
        """Everything known about a link."""
        return LinkDetails.from_api_response(await self._object(get("/user-files/{link_id}", link_id=link_id)))

    async def list(
        self,
        *,
        search: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        folder_id: Optional[str] = None,
        crawl_status: Optional[str] = None,
        date_from: Optional[datetime] = None,
        date_to: Optional[datetime] = None,
        limit: int = 20,
        offset: int = 0,
        sort_by: str = "created_at",
        sort_order: str = "desc",
    ) -> LinkList:
        """One page of links. `tags` (a list, or a string with commas) must all be present."""
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        require_choice("sort_by", sort_by, SORT_FIELDS)
        require_choice("sort_order", sort_order, SORT_ORDERS)
        query: dict[str, Any] = {
            "media_types": ["link"],
            "search": search,
            "tags": None if tags is None else tag_list(tags),
            "folder_id": folder_id,
            "crawl_status": crawl_status,
            "date_from": date_from,
            "date_to": date_to,
            "limit": limit,
            "offset": offset,
            # Left out, a search is ordered by relevance: the default must not ask for dates.
            "sort_by": None if search and sort_by == DEFAULT_SORT else sort_by,
            "sort_order": sort_order,
        }
        return LinkList.from_api_response(await self._object(get("/user-files", query)))

    async def list_all(
        self,
        *,
        search: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        folder_id: Optional[str] = None,
        crawl_status: Optional[str] = None,
        date_from: Optional[datetime] = None,
        date_to: Optional[datetime] = None,
        sort_by: str = "created_at",
        sort_order: str = "desc",
        page_size: int = 50,
    ) -> AsyncIterator[LinkItem]:
        """All links that match, page after page."""
        offset = 0
        while True:
            page = await self.list(
                search=search,
                tags=tags,
                folder_id=folder_id,
                crawl_status=crawl_status,
                date_from=date_from,
                date_to=date_to,
                limit=page_size,
                offset=offset,
                sort_by=sort_by,
                sort_order=sort_order,
            )
            for link in page.links:
                yield link
            offset += len(page.links)
            if not page.has_more or not page.links:
                return

    async def update(
        self, link_id: str, *, title: Optional[str] = None, tags: Optional[Sequence[str]] = None
    ) -> LinkUpdateResult:
        """The link after its title or tags (a list, or a string with commas) were replaced."""
        changes = _checked(title, tags)
        if not changes:
            raise ValidationError("Give a title or tags to change")
        request = patch("/user-files/{link_id}", changes, link_id=link_id)
        return LinkUpdateResult.from_api_response(await self._object(request))

    async def delete(self, link_id: str) -> LinkDeleteResult:
        """Deletes a link; `files.restore` brings it back within 30 days."""
        return LinkDeleteResult.from_api_response(await self._object(delete("/user-files/{link_id}", link_id=link_id)))

    async def batch_delete(self, link_ids: Sequence[str]) -> BatchDeleteFilesResponse:
        """What became of each of up to 100 links to delete."""
        require_ids("link_ids", link_ids, MAX_DELETED_AT_ONCE)
        request = post("/user-files/batch-delete", {"file_ids": [*link_ids]})
        return BatchDeleteFilesResponse.from_api_response(await self._object(request))

    async def wait_for_crawl(
        self, link_id: str, *, timeout: Optional[float] = None, poll_interval: Optional[float] = None
    ) -> LinkDetails:
        """The link once its page was read, or could not be. Raises AionvisionTimeoutError with the last state."""
        link: Optional[LinkDetails] = None
        seconds = DEFAULT_CRAWL_TIMEOUT if timeout is None else timeout
        longest = min(DEFAULT_POLL_INTERVAL, self._config.polling_interval)
        patience = Patience.of(self._config, seconds, poll_interval, longest_pause=longest)
        async for _ in patience.turns():
            link = await self.get(link_id)
            if not link.is_crawling:
                return link
        raise AionvisionTimeoutError(f"The page of {link_id} was not read in {seconds:g} s", last_result=link)

    async def create_and_wait(
        self,
        url: str,
        *,
        title: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        folder_id: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> LinkDetails:
        """A new link, once its page was read, or could not be."""
        created = await self.create(url, title=title, tags=tags, folder_id=folder_id)
        return await self.wait_for_crawl(created.id, timeout=timeout)


def _require_url(url: str) -> None:
    if not url.lower().startswith(("http://", "https://")) or len(url) > MAX_URL_LENGTH:
        message = f"url must begin with http:// or https:// and have at most {MAX_URL_LENGTH} characters"
        raise ValidationError(message, details={"field": "url"})


def _checked(title: Optional[str], tags: Optional[Sequence[str]]) -> dict[str, Any]:
    if title is not None and len(title) > MAX_TITLE_LENGTH:
        raise ValidationError(f"title must have at most {MAX_TITLE_LENGTH} characters", details={"field": "title"})
    names = None if tags is None else tag_list(tags)
    if names is not None and (len(names) > MAX_TAGS or any(not 1 <= len(name) <= MAX_TAG_LENGTH for name in names)):
        message = f"tags must be at most {MAX_TAGS}, each of 1 to {MAX_TAG_LENGTH} characters"
        raise ValidationError(message, details={"field": "tags"})
    return present(title=title, tags=names)
