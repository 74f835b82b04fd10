"""What is asked of the documents' tables."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from aionserver.domains.documents.tables import Document, DocumentPage
from aionserver.infra.scope import Scope
from aionserver.kit.documents.blocks import Block, Page

PAGES_AT_ONCE = 200


async def find_document(scope: Scope, file_id: UUID) -> Document | None:
    """What is known of a document; None until its reading began."""
    query = scope.rows(Document).where(Document.file_id == file_id)
    return await scope.session.scalar(query.execution_options(populate_existing=True))


async def find_documents(scope: Scope, file_ids: Sequence[UUID]) -> dict[UUID, Document]:
    """What is known of documents whose reading began, by their files."""
    rows = await scope.session.scalars(scope.rows(Document).where(Document.file_id.in_(file_ids)))
    return {row.file_id: row for row in rows}


async def begin(scope: Scope, file_id: UUID, version: str) -> None:
    """Have a document read from its first page, unless this version of the reader is at it or through with it."""
    values = {
        "file_id": file_id,
        "tenant_id": scope.tenant_id,
        "version": version,
        "next_page": 1,
        "character_count": 0,
        "started_at": scope.now(),
        "completed_at": None,
    }
    row = insert(Document).values(**values)
    changed = {name: row.excluded[name] for name in values if name not in ("file_id", "tenant_id")}
    begun = row.on_conflict_do_update(
        index_elements=["file_id"], set_=changed, where=Document.version != row.excluded.version
    )
    if await scope.session.scalar(begun.returning(Document.file_id)) is not None:
        mine = (DocumentPage.tenant_id == scope.tenant_id, DocumentPage.file_id == file_id)
        await scope.session.execute(delete(DocumentPage).where(*mine))


async def change_document(scope: Scope, file_id: UUID, values: Mapping[str, Any]) -> None:
    """Set columns of a document."""
    mine = (Document.tenant_id == scope.tenant_id, Document.file_id == file_id)
    await scope.session.execute(update(Document).where(*mine).values(**values))


async def turn_page(scope: Scope, file_id: UUID, page: int, values: Mapping[str, Any], characters: int) -> bool:
    """Note that a document is read beyond a page; False when another worker has noted that."""
    mine = (Document.tenant_id == scope.tenant_id, Document.file_id == file_id, Document.next_page == page)
    counted = {"character_count": Document.character_count + characters, **values}
    change = update(Document).where(*mine).values(**counted)
    return await scope.session.scalar(change.returning(Document.file_id)) is not None


async def add_pages(scope: Scope, file_id: UUID, pages: Sequence[Page], recognised: set[int]) -> None:
    """Keep pages, over those with the same numbers."""
    rows = [
        {
            "file_id": file_id,
            "tenant_id": scope.tenant_id,
            "number": page.number,
            "blocks": [[block.kind, block.text, block.level, block.is_edge] for block in page.blocks],
            "is_recognised": page.number in recognised,
        }
        for page in pages
    ]
    if rows:
        row = insert(DocumentPage)
        changed = {"blocks": row.excluded.blocks, "is_recognised": row.excluded.is_recognised}
        kept = row.on_conflict_do_update(index_elements=["file_id", "number"], set_=changed)
        await scope.session.execute(kept, rows)


async def pages_of(scope: Scope, file_id: UUID) -> AsyncIterator[Page]:
    """A document's pages in their order; some at a time are in memory."""
    last = 0
    while True:
        query = scope.rows(DocumentPage).where(DocumentPage.file_id == file_id, DocumentPage.number > last)
        query = query.order_by(DocumentPage.number).limit(PAGES_AT_ONCE)
        rows = (await scope.session.execute(query.with_only_columns(DocumentPage.number, DocumentPage.blocks))).all()
        for number, blocks in rows:
            yield Page(number, tuple(Block(kind, text, level, is_edge) for kind, text, level, is_edge in blocks))
        if len(rows) < PAGES_AT_ONCE:
            return
        last = rows[-1][0]


async def count_pages(scope: Scope, file_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many pages are kept of each document."""
    page = DocumentPage
    query = select(page.file_id, func.count().label("pages")).where(
        page.tenant_id == scope.tenant_id, page.file_id.in_(file_ids)
    )
    return {row.file_id: row.pages for row in await scope.session.execute(query.group_by(page.file_id))}
