"""What can be done with links: bookmark a page, and have it fetched again."""

import hashlib
import math
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aionserver.domains.files import service as files
from aionserver.domains.files.service import NewLink, PageRead
from aionserver.domains.folders.service import require_folder
from aionserver.domains.links import queries
from aionserver.domains.links.errors import CrawlUnderWay, NotALink, RecrawledTooSoon
from aionserver.domains.links.schemas import CreateLinkRequest, CreateLinkResponse, RecrawlLinkResponse
from aionserver.domains.links.tables import Link
from aionserver.domains.usage import service as usage
from aionserver.infra.auditing import Audited
from aionserver.infra.egress import Egress
from aionserver.infra.job_queue import Queue
from aionserver.infra.scope import Scope
from aionserver.kit.ids import new_id
from aionserver.kit.page_metadata import PageMetadata
from aionserver.kit.tags import clean_tags
from aionserver.kit.web_urls import WebUrl

__all__ = ["Link", "find_link"]
LONGEST_NAME = 255
# What of a page's text is searched and shown with it; the whole of it stays with the link.
SEARCHED_TEXT = 20_000
BETWEEN_RECRAWLS = timedelta(hours=1)
LONGEST_SUBJECT = 1_500
QUEUE: Queue = "web"


async def create_link(scope: Scope, asked: CreateLinkRequest) -> CreateLinkResponse:
    """Bookmark a page; it is fetched in the background unless that is not wanted."""
    given = asked.url.strip()
    url = Egress.of(scope.infra.settings).require_url(given)
    folder_id = await require_folder(scope, asked.folder_id) if asked.folder_id else None
    await usage.require_uploads(scope, 1)
    mark = _mark(url)
    known = (await files.find_by_hash(scope, [mark])).get(mark)
    file = await files.add_link(scope, _new(asked, given, url, mark, folder_id))
    await queries.add_link(scope, Link(file_id=file.id, tenant_id=scope.tenant_id, url=given, domain=url.domain))
    await usage.charge_each(scope, usage.UPLOAD, [file.id], usage.prices(scope.infra).one("upload"))
    if asked.auto_crawl:
        await files.defer_processing(scope, {file.id: "link"}, QUEUE)
    details = {"url": str(url), "is_duplicate": known is not None}
    await scope.publish(Audited("link.created", "create", "link", str(file.id), details=details))
    return CreateLinkResponse(
        id=file.id,
        source_url=given,
        title=file.title,
        domain=url.domain,
        crawl_status=file.crawl_status or "",
        is_duplicate=known is not None,
        created_at=file.created_at,
        tags=file.tags,
        folder_id=folder_id,
    )


def _mark(url: WebUrl) -> str:
    """What links to one address share; the byte that no text has sets it apart from digests of files."""
    return hashlib.sha256(f"link\0{url}".encode()).hexdigest()


def _new(asked: CreateLinkRequest, given: str, url: WebUrl, mark: str, folder_id: UUID | None) -> NewLink:
    return NewLink(
        file_id=new_id(),
        name=f"{url.domain}{url.path}".rstrip("/")[:LONGEST_NAME],
        mark=mark,
        title=asked.title or None,
        tags=clean_tags(asked.tags or []),
        folder_id=folder_id,
        crawl_status="queued" if asked.auto_crawl else "pending",
        particulars={"source_url": given, "domain": url.domain},
    )


async def recrawl(scope: Scope, text: str) -> RecrawlLinkResponse:
    """Have a link's page fetched again: once an hour, and not while it is being fetched."""
    file_id = (await files.require_file(scope, text)).id
    file, link = await files.held_file(scope, file_id), await queries.find_link(scope, file_id)
    if file is None or link is None:
        raise NotALink("This file is no link: only pages of the web are fetched again.")
    if file.crawl_status in ("queued", "processing"):
        raise CrawlUnderWay("The page is being fetched already.")
    now = scope.now()
    _require_time(link, now)
    await queries.change_link(scope, file.id, {"recrawled_at": now})
    await files.crawl_again(scope, file.id)
    await files.defer_processing(scope, {file.id: "link"}, QUEUE)
    changes = {"crawl_status": (file.crawl_status, "queued")}
    await scope.publish(Audited("link.recrawled", "crawl", "link", str(file.id), changes=changes))
    return RecrawlLinkResponse(
        status="queued",
        link_id=file.id,
        message="The page is going to be fetched again.",
        next_allowed_recrawl=now + BETWEEN_RECRAWLS,
    )


def _require_time(link: Link, now: datetime) -> None:
    if link.recrawled_at is None or now >= link.recrawled_at + BETWEEN_RECRAWLS:
        return
    free_at = link.recrawled_at + BETWEEN_RECRAWLS
    headers = {
        "Retry-After": str(math.ceil((free_at - now).total_seconds())),
        "X-RateLimit-Limit": "1",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(math.ceil(free_at.timestamp())),
    }
    message = f"A page is fetched again once an hour: the next time at {free_at:%H:%M} UTC."
    raise RecrawledTooSoon(message, headers=headers)


async def find_link(scope: Scope, file_id: UUID) -> Link | None:
    """The link that a file is."""
    return await queries.find_link(scope, file_id)


async def subject_of(scope: Scope, file_id: UUID) -> str:
    """What a link's page is about, in as many words as an embedder reads."""
    link = await queries.find_link(scope, file_id)
    parts = [link.page_title, link.description, (link.text or "")[:LONGEST_SUBJECT]] if link else []
    return "\n".join(part for part in parts if part) or (link.url if link else "")


async def keep_page(scope: Scope, file_id: UUID, final_url: str, said: PageMetadata, text: str) -> None:
    """Write down what a page said, and show it on its file. A title that a person gave stays."""
    file, link = await files.held_file(scope, file_id), await queries.find_link(scope, file_id)
    if file is None or link is None:
        return  # purged meanwhile
    own_title = file.title if file.title != link.page_title else None
    values: dict[str, Any] = {
        "final_url": final_url,
        "canonical_url": said.url,
        "page_title": said.title,
        "description": said.description,
        "image_url": said.image,
        "site_name": said.site_name,
        "page_type": said.kind,
        "language": said.language,
        "author": said.author,
        "published": said.published,
        "favicon_url": said.favicon,
        "images": [asdict(one) for one in said.images],
        "text": text,
        "crawled_at": scope.now(),
    }
    await queries.change_link(scope, file.id, values)
    shown = _shown(link, said, scope.now())
    read = PageRead(own_title or said.title, said.description, text[:SEARCHED_TEXT] or None, shown)
    await files.set_page(scope, file.id, read)


def _shown(link: Link, said: PageMetadata, now: datetime) -> dict[str, Any]:
    """The fields of answers that only links have."""
    open_graph = {
        "title": said.title,
        "description": said.description,
        "image": said.image,
        "image_url": said.image,
        "site_name": said.site_name,
        "type": said.kind,
        "locale": said.language,
        "url": said.url,
        "author": said.author,
        "published": said.published,
    }
    return {
        "source_url": link.url,
        "domain": link.domain,
        "og_metadata": {name: text for name, text in open_graph.items() if text},
        "favicon_url": said.favicon,
        "page_title": said.title,
        "crawled_at": now.isoformat(),
        "extracted_images": {"images": [asdict(one) for one in said.images]},
        "extracted_images_count": len(said.images),
    }
