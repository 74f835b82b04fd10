"""The steps of a link: its page is fetched and read, then the picture that the page shows of itself."""

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from functools import partial

import structlog

from aionserver.domains.files import service as files
from aionserver.domains.files.service import Save, StoredFile, Work
from aionserver.domains.links import service
from aionserver.domains.links.tables import Link
from aionserver.infra.egress import Egress
from aionserver.infra.errors import AionError, NotFound
from aionserver.infra.fetching import Fetched, FetchRefused, Wanted, fetch
from aionserver.infra.sandbox_errors import SandboxError
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.pages import Page, main_text, read_page, summary_of
from aionserver.kit.pictures import PictureOptions, derive

log = structlog.get_logger(__name__)
# A page that does not answer now may do so in some seconds; nobody waits for it longer.
MOST_TRIES = 3
PAGES = Wanted(
    kinds=("text/html", "application/xhtml+xml", "text/plain"),
    most_bytes=5 << 20,
    seconds=15.0,
    accept="text/html,application/xhtml+xml,text/plain;q=0.8",
)
PICTURES = Wanted(kinds=("image/",), most_bytes=10 << 20, seconds=15.0, accept="image/*")


class CrawlStep:
    """The page: what it says of itself, and its main text."""

    name = "crawl"
    needs: Sequence[str] = ()
    reports = "crawl_status"

    def version(self, infra: Infra) -> str:
        """The version of the reading."""
        return "1"

    def wanted(self, file: StoredFile) -> bool:
        """Links whose page is to be fetched."""
        return files.is_crawled(file)

    async def run(self, work: Work) -> Save:
        """Fetch the page and read it."""
        link = await _link_of(work)
        found = await _in_few_tries(work, fetch(Egress.of(work.infra.settings), link.url, PAGES))
        page = await _parsed(work.infra, found)
        text = await _text_of(work.infra, found) if page.wants_text_kept else ""
        said = page.metadata
        if not said.description:
            said = replace(said, description=summary_of(text))

        async def save(scope: Scope) -> None:
            await service.keep_page(scope, work.file_id, str(found.url), said, text)

        return save


async def _link_of(work: Work) -> Link:
    async with work.infra.open_system_scope(work.file.tenant_id) as scope:
        link = await service.find_link(scope, work.file_id)
    if link is None:
        raise NotFound("The link was removed.")
    return link


async def _in_few_tries(work: Work, answer: Awaitable[Fetched]) -> Fetched:
    """The answer; a failure that may pass is final once it was met often enough."""
    try:
        return await answer
    except AionError as error:
        if error.retryable and work.tries >= MOST_TRIES:
            raise FetchRefused(error.message) from error
        raise


async def _parsed(infra: Infra, found: Fetched) -> Page:
    arguments = (found.body, found.content_type, found.charset, str(found.url), found.robots)
    return await infra.parse(read_page, *arguments)


async def _text_of(infra: Infra, found: Fetched) -> str:
    """The page's main text; none where the search for it takes too much, for the rest is worth keeping."""
    try:
        return await infra.parse(main_text, found.body, found.content_type, found.charset, str(found.url))
    except SandboxError as error:
        log.warning("page_without_text", url=str(found.url), reason=error.message)
        return ""


class PreviewStep:
    """The picture that the page shows of itself, as the variants that pictures have."""

    name = "preview"
    needs: Sequence[str] = ("crawl",)
    reports = "variant_status"

    def version(self, infra: Infra) -> str:
        """The version of the renditions."""
        return "1"

    def wanted(self, file: StoredFile) -> bool:
        """Links whose page is to be fetched."""
        return files.is_crawled(file)

    async def run(self, work: Work) -> Save:
        """Fetch the picture and store its variants; nothing where the page names none."""
        link = await _link_of(work)
        if link.image_url is None:
            return partial(files.set_no_preview, file_id=work.file_id)
        infra = work.infra
        found = await _in_few_tries(work, fetch(Egress.of(infra.settings), link.image_url, PICTURES))
        picture = await infra.parse(derive, found.body, PictureOptions(infra.settings.max_image_pixels))
        rows = await files.store_variants(await work.storage(), work.file, picture.variants)

        async def save(scope: Scope) -> None:
            await files.save_variants(scope, work.file_id, rows, blur_hash=picture.blur_hash)

        return save
