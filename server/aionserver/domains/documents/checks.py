"""That a document that says it was read has all of its pages."""

from collections.abc import Sequence
from uuid import UUID

from aionserver.domains.documents import queries
from aionserver.domains.documents.tables import Document
from aionserver.domains.files.service import StoredFile, every_file, step_versions
from aionserver.infra.scope import Scope


async def _unread(scope: Scope, found: Sequence[StoredFile]) -> dict[UUID, str]:
    ids = [file.id for file in found if file.media_type == "document"]
    read = list(await step_versions(scope, "read", ids)) if ids else []
    known, counts = await queries.find_documents(scope, read), await queries.count_pages(scope, read)
    wrong = {file_id: _fault_of(known.get(file_id), counts.get(file_id, 0)) for file_id in read}
    return {file_id: text for file_id, text in wrong.items() if text}


def _fault_of(known: Document | None, pages: int) -> str | None:
    if known is None:
        return "it was read, and nothing is known of it"
    if known.next_page is not None:
        return f"it was read, and goes on with page {known.next_page}"
    if known.has_pages and known.page_count != pages:
        return f"it has {known.page_count} pages, and {pages} are kept"
    return None


CHECKS = [every_file("documents are read to their end", _unread)]
