"""The steps of a document: its first page as a picture, its text, and the words by which lists find it."""

import asyncio
from collections.abc import Sequence
from functools import partial

from aionserver.domains.documents import service
from aionserver.domains.documents.reading import read
from aionserver.domains.files import service as files
from aionserver.domains.files.service import Save, StoredFile, Work
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.document_covers import cover
from aionserver.kit.languages import language_of
from aionserver.models.ocr import TextReader

# Half a second of the database's work.
PARTS_AT_ONCE = 20


class CoverStep:
    """The first page or the cover, as the variants that pictures have."""

    name = "variants"
    needs: Sequence[str] = ()
    reports = "variant_status"

    def version(self, infra: Infra) -> str:
        """The version of what is drawn, and of the renditions."""
        return "2"

    def wanted(self, file: StoredFile) -> bool:
        """Documents."""
        return file.media_type == "document"

    async def run(self, work: Work) -> Save:
        """Draw it and store its variants; nothing of a format that has no pages to show."""
        seconds = work.infra.settings.document_timeout_seconds
        found = await work.infra.parse(cover, await work.source(), work.file.format, timeout_seconds=seconds)
        if found is None:
            return partial(files.set_no_preview, file_id=work.file_id)
        rows = await files.store_variants(await work.storage(), work.file, found.variants)

        async def save(scope: Scope) -> None:
            await files.save_variants(scope, work.file_id, rows, blur_hash=found.blur_hash)

        return save


class ReadStep:
    """The text: pages of blocks, recognised where they are pictures of text."""

    name = "read"
    needs: Sequence[str] = ()
    reports = "text_extraction_status"

    def version(self, infra: Infra) -> str:
        """Changes with what recognises text."""
        reader = infra.model(TextReader)
        return f"3:{reader.name}@{reader.version}"

    def wanted(self, file: StoredFile) -> bool:
        """Documents."""
        return file.media_type == "document"

    async def run(self, work: Work) -> Save:
        """Read all pages; each lot of them is kept at once, and what they say of the whole in the end."""
        document = await read(work, self.version(work.infra))
        async with work.infra.open_system_scope(work.file.tenant_id) as scope:
            beginning = await service.beginning_of(scope, work.file_id)
        language = await asyncio.to_thread(language_of, beginning)

        async def save(scope: Scope) -> None:
            await service.keep_reading(scope, document, beginning, language)

        return save


class WordsStep:
    """The words of all that does not stand on the document's file, so that lists find it by its last page too."""

    name = "words"
    needs: Sequence[str] = ("read",)
    reports = None

    def version(self, infra: Infra) -> str:
        """The version of the words."""
        return "1"

    def wanted(self, file: StoredFile) -> bool:
        """Documents."""
        return file.media_type == "document"

    async def run(self, work: Work) -> Save:
        """Keep some parts at a time, over those with the same numbers."""
        async with work.infra.open_system_scope(work.file.tenant_id) as scope:
            parts = await service.further_parts(scope, work.file_id)
        for first in range(0, len(parts), PARTS_AT_ONCE):
            async with work.infra.open_system_scope(work.file.tenant_id) as scope:
                await files.keep_words(scope, work.file_id, first, parts[first : first + PARTS_AT_ONCE])
        return partial(files.end_words, file_id=work.file_id, count=len(parts))
