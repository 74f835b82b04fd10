"""Documents that clients put into storage themselves: offered, confirmed, and followed until they can be searched."""

from collections.abc import Sequence

from aionserver.domains.accounts.service import plan_of
from aionserver.domains.document_uploads.schemas import (
    MOST_IN_BATCH,
    DocumentConfirmationRequest,
    DocumentConfirmationResponse,
    DocumentFileInfo,
    DocumentPresignedUploadRequest,
    DocumentPresignedUploadResponse,
    DocumentQuotaResponse,
    DocumentStatusResponse,
    DocumentUploadsHealth,
    UploadedDocument,
)
from aionserver.domains.documents import service as documents
from aionserver.domains.files.service import StoredFile
from aionserver.domains.uploads import service as uploads
from aionserver.domains.uploads.errors import UnsupportedFormat, UploadNotFound
from aionserver.domains.uploads.service import Claim, Stores, Wanted
from aionserver.infra.scope import Reader, Scope
from aionserver.infra.web.door import Caller
from aionserver.infra.web.idempotency import Remember


def wanted(file: DocumentFileInfo, tags: Sequence[str] = (), folder_id: str | None = None) -> Wanted:
    """A document as it is to be offered a place; UnsupportedFormat where it says it is something else."""
    uploads.require_kind(file.content_type, "document")
    return Wanted(
        **file.model_dump(exclude={"idempotency_key"}),
        tags=tags,
        folder_id=folder_id,
        auto_describe=False,
        skip_duplicates=True,
    )


async def request_url(
    scope: Scope, stores: Stores, body: DocumentPresignedUploadRequest
) -> DocumentPresignedUploadResponse:
    """Where one document may be put."""
    made = await uploads.offered(scope, stores, wanted(body))
    return DocumentPresignedUploadResponse.model_validate(made.model_dump())


async def confirm(
    caller: Caller, body: DocumentConfirmationRequest, remember: Remember
) -> DocumentConfirmationResponse:
    """Enter a document that was put, by its key; the one that has the same content where there is one."""
    pending = await uploads.require_pending(uploads.reader_of(caller), body.object_key)
    _require_document(pending.content_type)
    is_retry = pending.state != "waiting"

    async def answer(scope: Scope, file: StoredFile) -> DocumentConfirmationResponse:
        made = DocumentConfirmationResponse(
            document_id=str(file.id),
            object_key=file.object_key,
            filename=file.filename,
            document_type=file.particulars["document_type"],
            status=file.text_extraction_status or "pending",
            confirmed=True,
            deduplicated=file.id != pending.id,
            is_idempotent_retry=is_retry,
        )
        await remember(scope, made)
        return made

    return await uploads.confirm(caller, body.object_key, Claim(body.size_bytes, body.checksum), answer)


def _require_document(content_type: str) -> None:
    try:
        uploads.require_kind(content_type, "document")
    except UnsupportedFormat:
        raise UploadNotFound("The presigned upload with this object_key is not of a document.") from None


async def read_status(scope: Scope, text: str) -> DocumentStatusResponse:
    """How far a document is."""
    found = await documents.read_details(scope, text)
    return DocumentStatusResponse(
        document_id=found.id,
        filename=found.filename,
        document_type=found.document_type,
        text_extraction_status=found.extraction_status,
        page_count=found.page_count,
        chunk_count=found.chunk_count,
        created_at=found.created_at,
        processing_started_at=found.processing_started_at.isoformat() if found.processing_started_at else None,
        completed_at=found.completed_at.isoformat() if found.completed_at else None,
        pages_read=found.pages_read,
        error_code=found.error_code,
        error_message=found.error_message,
    )


async def check_quota(scope: Scope, file_count: int) -> DocumentQuotaResponse:
    """Whether so many documents may be uploaded now."""
    found = await uploads.check_quota(scope, file_count)
    return DocumentQuotaResponse.model_validate(found.model_dump())


def as_uploaded(file: StoredFile) -> UploadedDocument:
    """A document that is in the library, as answers about batches show it."""
    return UploadedDocument(
        document_id=str(file.id),
        object_key=file.object_key,
        filename=file.filename,
        document_type=file.particulars["document_type"],
        text_extraction_status=file.text_extraction_status or "pending",
        created_at=file.created_at.isoformat(),
    )


def health(reader: Reader) -> DocumentUploadsHealth:
    """Of which types documents are taken here, how large, and how many at a time."""
    settings = reader.infra.settings
    return DocumentUploadsHealth(
        status="healthy",
        content_types=uploads.content_types("document"),
        max_size_bytes=uploads.most_bytes_of(settings, "document"),
        max_batch_size=min(MOST_IN_BATCH, plan_of(reader.actor.tier).files_per_batch),
    )
