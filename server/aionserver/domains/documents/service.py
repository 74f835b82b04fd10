"""What can be done with documents: list, read, change, delete; and keep what was read in them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aionserver.domains.documents import queries
from aionserver.domains.documents.errors import DocumentBeingRead, DocumentNotFound
from aionserver.domains.documents.reading import price, priced_pages
from aionserver.domains.documents.schemas import (
    BatchDeleteDocumentResult,
    BatchDeleteDocumentsResponse,
    DocumentDetails,
    DocumentHealth,
    DocumentInfo,
    DocumentListResponse,
    DocumentTextResponse,
    PageSpan,
)
from aionserver.domains.documents.tables import Document
from aionserver.domains.files import service as files
from aionserver.domains.files.errors import FileNotFound
from aionserver.domains.files.schemas import UpdateFileRequest, UpdateFileResponse
from aionserver.domains.files.service import DocumentShown, StoredFile, Work
from aionserver.domains.usage import service as usage
from aionserver.infra.scope import Reader, Scope
from aionserver.kit.document_texts import parts_beyond, text_of, whole_text
from aionserver.kit.document_titles import title_of
from aionserver.kit.documents.blocks import Page
from aionserver.kit.documents.reading import READERS
from aionserver.kit.documents.repeats import edge_texts, repeated_edges, without_repeats
from aionserver.kit.ids import parse_ids
from aionserver.kit.pagination import LARGEST_OFFSET

__all__ = [
    "Document",
    "beginning_of",
    "complete",
    "find_document",
    "further_parts",
    "read_details",
    "read_pages",
    "require_document",
]
# What of a document's text stands on its file, and tells its language.
SEARCHED_TEXT = 20_000
# Of the rest, the words are kept in parts; even of single letters, one has no more words than have their place told.
PART_CHARACTERS = 30_000
STEPS = ("read", "chunks", "index")
# A longer one is read by one request at a time, so that few of them are in memory.
LONG_TEXT = 1_000_000


async def require_document(scope: Scope, text: str) -> StoredFile:
    """The document with this id, or whose id alone begins like this; DocumentNotFound otherwise."""
    try:
        file = await files.require_file(scope, text)
    except FileNotFound:
        file = None
    if file is None or file.media_type != "document":
        raise DocumentNotFound("There is no such document.")
    return file


async def find_document(scope: Scope, file_id: UUID) -> Document | None:
    """What is known of a document; None until its reading began."""
    return await queries.find_document(scope, file_id)


async def list_documents(reader: Reader, status: str | None, page: int, page_size: int) -> DocumentListResponse:
    """A page of the tenant's documents, the newest first."""
    found, total = await files.find_documents(reader, status, page_size, min((page - 1) * page_size, LARGEST_OFFSET))
    return DocumentListResponse(
        documents=[DocumentInfo(**_info(reader, file)) for file in found],
        total_count=total,
        page=page,
        page_size=page_size,
    )


def _info(reader: Reader, file: StoredFile) -> dict[str, Any]:
    return {
        "id": str(file.id),
        "filename": file.filename,
        "content_type": file.content_type,
        "size_bytes": file.size_bytes,
        "page_count": file.particulars.get("page_count"),
        "chunk_count": file.particulars.get("chunk_count"),
        "extraction_status": file.text_extraction_status,
        "created_at": file.created_at.isoformat(),
        "document_type": file.particulars.get("document_type"),
        "title": file.title,
        "tags": file.tags,
        "folder_id": file.folder_id,
        "thumbnail_url": files.thumbnail_url(reader, file),
        "error_message": file.text_extraction_error,
    }


async def read_details(scope: Scope, text: str) -> DocumentDetails:
    """All that is known of a document but its text."""
    file = await require_document(scope, text)
    known = await queries.find_document(scope, file.id)
    failure = await files.failure_of(scope, file.id, STEPS) if file.text_extraction_status == "failed" else None
    info = _info(scope, file)
    info["page_count"] = known.page_count if known and known.has_pages else None
    return DocumentDetails(
        **info,
        error_code=failure.code if failure else None,
        language=known.language if known else None,
        properties=known.properties if known else {},
        pages_read=_pages_read(known),
        processing_started_at=known.started_at if known else None,
        completed_at=known.completed_at if known else None,
    )


def _pages_read(known: Document | None) -> int:
    if known is None or known.page_count is None:
        return 0
    return known.page_count if known.next_page is None else known.next_page - 1


async def read_text(scope: Scope, text: str) -> DocumentTextResponse:
    """A document's text: what is read of it until now."""
    file = await require_document(scope, text)
    known = await queries.find_document(scope, file.id)
    if known is None or known.character_count < LONG_TEXT:
        return await _text(scope, file, known)
    async with scope.infra.originals:
        return await _text(scope, file, known)


async def _text(scope: Scope, file: StoredFile, known: Document | None) -> DocumentTextResponse:
    whole, spans = whole_text(await read_pages(scope, file.id))
    has_pages = known is not None and known.has_pages
    metadata: dict[str, Any] = {
        "extraction_status": file.text_extraction_status,
        "title": file.title,
        "language": known.language if known else None,
        "pages_read": _pages_read(known),
        **(known.properties if known else {}),
    }
    return DocumentTextResponse(
        document_id=str(file.id),
        filename=file.filename,
        text=whole,
        page_count=known.page_count if known and has_pages else None,
        metadata={name: value for name, value in metadata.items() if value is not None},
        pages=[PageSpan(number=one.number, start=one.start, end=one.end) for one in spans] if has_pages else [],
    )


async def read_pages(scope: Scope, file_id: UUID) -> list[Page]:
    """The pages of a document that are read, without heads and feet that repeat."""
    pages = [page async for page in queries.pages_of(scope, file_id)]
    return list(without_repeats(pages, repeated_edges(edge_texts(page) for page in pages)))


async def beginning_of(scope: Scope, file_id: UUID) -> str:
    """The beginning of a document's text, as much as stands on its file."""
    texts, length = list[str](), 0
    for page in await read_pages(scope, file_id):
        texts.append(text_of(page))
        length += len(texts[-1])
        if length >= SEARCHED_TEXT:
            break
    return "\n\n".join(text for text in texts if text)[:SEARCHED_TEXT]


async def further_parts(scope: Scope, file_id: UUID) -> list[str]:
    """The text of a document beyond its beginning, in the parts that its words are kept by."""
    whole, _ = whole_text(await read_pages(scope, file_id))
    return list(parts_beyond(whole, SEARCHED_TEXT, PART_CHARACTERS))


async def keep_reading(scope: Scope, read: Document, beginning: str, language: str | None) -> None:
    """Write down what was read in a document, and show it on its file. A title that a person gave stays."""
    file, known = await files.held_file(scope, read.file_id), await queries.find_document(scope, read.file_id)
    if file is None or known is None:
        return  # purged meanwhile
    by_name, own = title_of(file.filename), read.properties.get("title")
    title = title_of(file.filename, own)
    persons = file.title if file.title != known.title else None
    await queries.change_document(scope, file.id, {"title": title or None, "language": language})
    shown = persons or (title if title != by_name else None)
    page_count = read.page_count if read.has_pages else None
    await files.show_document(scope, file.id, DocumentShown(shown, beginning, page_count))


async def complete(scope: Scope, work: Work, chunk_count: int) -> None:
    """Note that a document can be searched, and charge it: now, for what fails costs nothing."""
    known = await queries.find_document(scope, work.file_id)
    if known is None:
        return  # purged meanwhile
    values = {"completed_at": known.completed_at or scope.now(), "chunk_count": chunk_count}
    await queries.change_document(scope, work.file_id, values)
    await files.complete_document(scope, work.file_id, chunk_count)
    pages = priced_pages(known.has_pages, known.page_count, known.character_count)
    particulars = usage.Particulars(file_id=work.file_id, user_id=work.file.uploaded_by)
    await usage.charge(scope, usage.DOCUMENT, work.file_id, price(scope.infra, pages), particulars)


async def update_document(scope: Scope, text: str, change: UpdateFileRequest) -> UpdateFileResponse:
    """Set title or tags; what was not sent stays, an explicit null clears."""
    file = await require_document(scope, text)
    return await files.update_file(scope, str(file.id), change)


async def delete_document(scope: Scope, text: str) -> None:
    """Take a document out of the library; DocumentBeingRead while it is processed."""
    file = await require_document(scope, text)
    if file.is_in_hand:
        raise DocumentBeingRead("The document is being processed; delete it when that is over.")
    await files.delete_file(scope, str(file.id))


async def delete_documents(scope: Scope, texts: Sequence[str]) -> BatchDeleteDocumentsResponse:
    """Delete many; those that are being processed are skipped, what is no document fails."""
    ids, malformed = parse_ids(texts)
    found = await files.find_many(scope, ids)
    others = [file_id for file_id in ids if file_id in found and found[file_id].media_type != "document"]
    answer = await files.delete_files(scope, [str(file_id) for file_id in ids if file_id not in others])
    failed = [one.id for one in answer.failed] + [str(file_id) for file_id in others] + malformed
    result = BatchDeleteDocumentsResponse(
        deleted=[BatchDeleteDocumentResult(**one.model_dump()) for one in answer.deleted],
        skipped=[BatchDeleteDocumentResult(**one.model_dump()) for one in answer.skipped],
        failed=[
            BatchDeleteDocumentResult(id=one, status="failed", message="There is no such document.") for one in failed
        ],
        summary={},
    )
    counts = {name: len(getattr(result, name)) for name in ("deleted", "skipped", "failed")}
    return result.model_copy(update={"summary": {"total": sum(counts.values()), **counts}})


async def health(reader: Reader) -> DocumentHealth:
    """Which documents are read here, and how many of the tenant's wait for it."""
    counts = {status: (await files.find_documents(reader, status, 1, 0))[1] for status in ("pending", "processing")}
    settings = reader.infra.settings
    return DocumentHealth(
        status="healthy",
        formats=sorted(files.document_type(name) for name in READERS),
        max_size_bytes=min(settings.max_upload_bytes, settings.max_document_bytes),
        max_pages=settings.max_document_pages,
        waiting=counts["pending"],
        being_read=counts["processing"],
    )


async def original_address(scope: Scope, text: str) -> str:
    """A signed URL of the uploaded bytes."""
    return await files.original_address(scope, str((await require_document(scope, text)).id))
