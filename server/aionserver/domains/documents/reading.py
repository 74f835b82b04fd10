"""How a document is read: some pages at a call, each lot kept before the next, so that no page is read twice."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aionserver.domains.documents import queries
from aionserver.domains.documents.recognising import recognised
from aionserver.domains.documents.tables import Document
from aionserver.domains.files.service import Work
from aionserver.domains.usage import service as usage
from aionserver.infra.errors import NotFound
from aionserver.infra.scope import Infra
from aionserver.kit.document_texts import text_of
from aionserver.kit.documents.blocks import Page, Reading, ReadingOptions
from aionserver.kit.documents.faults import DocumentTooLarge
from aionserver.kit.documents.reading import read_document

# A lot of pages is meant to take so long: what a killed worker loses, and what others wait for the parser.
LOT_SECONDS = 4.0
FIRST_LOT, MOST_IN_LOT = 8, 50
# Pages that come with their picture, 5 to 18 MB each.
MOST_SCANS_IN_LOT = 4
# A page of print has about as many; what has no pages is priced by it.
CHARACTERS_A_PAGE = 3_000


@dataclass
class _Lots:
    """How many pages are read at a call, by what the last ones took."""

    size: int = FIRST_LOT

    def learn(self, found: Reading, seconds: float) -> None:
        """Go by the pages that were just read."""
        pace = len(found.pages) / max(seconds, 0.001)
        fitting = int(min(2 * self.size, max(1, pace * LOT_SECONDS)))
        has_scans = any(page.scan for page in found.pages)
        self.size = min(fitting, MOST_SCANS_IN_LOT if has_scans else MOST_IN_LOT)


async def read(work: Work, version: str) -> Document:
    """The document, all of its pages read and kept; raises DocumentError, SandboxError or UsageLimitExceeded."""
    document, lots, source = await _begun(work, version), _Lots(), await work.source()
    while document.next_page is not None:
        started = time.perf_counter()
        found = await _lot(work, source, document.next_page, lots.size)
        lots.learn(found, time.perf_counter() - started)
        await _require_credits(work, found)
        document = await _keep(work, document, found)
        if document.next_page is not None:
            work.make_way()
    return document


async def _begun(work: Work, version: str) -> Document:
    async with work.infra.open_system_scope(work.file.tenant_id) as scope:
        await queries.begin(scope, work.file_id, version)
        return _there(await queries.find_document(scope, work.file_id))


def _there(document: Document | None) -> Document:
    if document is None:
        raise NotFound("The document was removed.")
    return document


async def _lot(work: Work, source: Path | bytes, first_page: int, size: int) -> Reading:
    settings = work.infra.settings
    options = ReadingOptions(pages_at_once=size, most_pages=settings.max_document_pages)
    arguments = (source, work.file.format, first_page, options)
    return await work.infra.parse(read_document, *arguments, timeout_seconds=settings.document_timeout_seconds)


async def _require_credits(work: Work, found: Reading) -> None:
    """Before pages are recognised, which takes long; a document that was charged already may be read anew."""
    pages = priced_pages(found.has_pages, found.page_count, _characters(found.pages))
    async with work.infra.open_system_scope(work.file.tenant_id) as scope:
        if not await usage.charged(scope, usage.DOCUMENT, [work.file_id]):
            await usage.require_credits(scope, price(work.infra, pages))


def priced_pages(has_pages: bool, page_count: int | None, characters: int) -> int:
    """How many pages a document counts for; what has none, as many as its text would fill."""
    return page_count or 1 if has_pages else -(-characters // CHARACTERS_A_PAGE)


def price(infra: Infra, pages: int) -> int:
    """What a document costs, in credits."""
    return usage.prices(infra).document(pages)


async def _keep(work: Work, document: Document, found: Reading) -> Document:
    """Recognise what has to be, and write the lot down."""
    pages, by_sight = list[Page](), set[int]()
    for page in found.pages:
        whole, is_recognised = await recognised(work.infra, page)
        pages.append(whole)
        by_sight |= {page.number} if is_recognised else set()
    characters = _characters(pages)
    most = ReadingOptions().most_characters
    if document.character_count + characters > most:
        raise DocumentTooLarge(f"The document has more than {most:,} characters.")
    values: dict[str, Any] = {
        "page_count": found.page_count,
        "has_pages": found.has_pages,
        "next_page": found.next_page,
        "properties": {**found.properties, **({"title": found.title} if found.title else {})},
    }
    async with work.infra.open_system_scope(work.file.tenant_id) as scope:
        assert document.next_page is not None
        if await queries.turn_page(scope, work.file_id, document.next_page, values, characters):
            await queries.add_pages(scope, work.file_id, pages, by_sight)
        return _there(await queries.find_document(scope, work.file_id))


def _characters(pages: Sequence[Page]) -> int:
    return sum(len(text_of(page)) for page in pages)
