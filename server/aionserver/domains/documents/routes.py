"""Documents over HTTP; their chunks and the search in them belong to nouns above."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from aionserver.domains.documents import service
from aionserver.domains.documents.schemas import (
    BatchDeleteDocumentsRequest,
    BatchDeleteDocumentsResponse,
    DocumentDetails,
    DocumentHealth,
    DocumentListResponse,
    DocumentTextResponse,
    ExtractionStatus,
)
from aionserver.domains.files.schemas import UpdateFileRequest, UpdateFileResponse
from aionserver.infra.web.door import ReadAccess, ReadScope, WriteScope
from aionserver.infra.web.objects import redirect_to

router = APIRouter(prefix="/api/v2/documents", tags=["Documents"])
REDIRECT: dict[int | str, dict[str, Any]] = {302: {"description": "The signed URL of the bytes, valid for an hour."}}


@router.get("")
async def list_documents(
    reader: ReadAccess,
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    status_filter: ExtractionStatus | None = None,
) -> DocumentListResponse:
    """The tenant's documents, the newest first."""
    return await service.list_documents(reader, status_filter, page, page_size)


# Before the paths with an id, of which it would be one.
@router.get("/health")
async def documents_health(reader: ReadAccess) -> DocumentHealth:
    """Which documents are read here, and how many of yours wait."""
    return await service.health(reader)


@router.get("/{document_id}")
async def read_document(scope: ReadScope, document_id: str) -> DocumentDetails:
    """All that is known of a document but its text."""
    return await service.read_details(scope, document_id)


@router.get("/{document_id}/text")
async def read_text(scope: ReadScope, document_id: str) -> DocumentTextResponse:
    """A document's whole text; while it is being read, the pages that are read."""
    return await service.read_text(scope, document_id)


@router.get("/{document_id}/download", responses=REDIRECT)
async def download(scope: ReadScope, document_id: str) -> Response:
    """The uploaded bytes, by redirect."""
    return redirect_to(await service.original_address(scope, document_id))


@router.patch("/{document_id}")
async def update_document(scope: WriteScope, document_id: str, body: UpdateFileRequest) -> UpdateFileResponse:
    """Change a document's title or tags."""
    return await service.update_document(scope, document_id, body)


@router.delete("/{document_id}", status_code=204)
async def delete_document(scope: WriteScope, document_id: str) -> None:
    """Delete a document; it can be restored for 30 days."""
    await service.delete_document(scope, document_id)


@router.post("/batch-delete")
async def batch_delete(scope: WriteScope, body: BatchDeleteDocumentsRequest) -> BatchDeleteDocumentsResponse:
    """Delete up to 100 documents at once."""
    return await service.delete_documents(scope, body.document_ids)
