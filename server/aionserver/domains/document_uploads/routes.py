"""Uploads of documents over HTTP."""

from fastapi import APIRouter, Request

from aionserver.domains.document_uploads import batches, service
from aionserver.domains.document_uploads.schemas import (
    DocumentBatchConfirmRequest,
    DocumentBatchConfirmResponse,
    DocumentBatchPrepareRequest,
    DocumentBatchPrepareResponse,
    DocumentBatchStatusResponse,
    DocumentConfirmationRequest,
    DocumentConfirmationResponse,
    DocumentPresignedUploadRequest,
    DocumentPresignedUploadResponse,
    DocumentQuotaResponse,
    DocumentStatusResponse,
    DocumentUploadsHealth,
)
from aionserver.domains.uploads import service as uploads
from aionserver.infra.scope import Scope
from aionserver.infra.web.admission import ContentCaller
from aionserver.infra.web.door import ReadAccess, ReadScope
from aionserver.infra.web.idempotency import IdempotencyKey, Remember, answer_once, answer_once_by

router = APIRouter(prefix="/api/v2/document-uploads", tags=["Document Uploads"])


@router.post("/request-presigned-url")
async def request_presigned_url(
    request: Request, caller: ContentCaller, body: DocumentPresignedUploadRequest, key: IdempotencyKey = None
) -> DocumentPresignedUploadResponse:
    """A URL to put one document to, without further permission, for ten minutes."""
    stores = await uploads.stores_for(uploads.reader_of(caller), [body.storage_target])

    async def work(scope: Scope) -> DocumentPresignedUploadResponse:
        return await service.request_url(scope, stores, body)

    once_key = key or body.idempotency_key
    return await answer_once(caller, once_key, request, body, DocumentPresignedUploadResponse, work, is_secret=True)


@router.post("/confirm", status_code=201)
async def confirm(
    request: Request, caller: ContentCaller, body: DocumentConfirmationRequest, key: IdempotencyKey = None
) -> DocumentConfirmationResponse:
    """Take a document that was put at a presigned URL into the library, unless its content is there already."""

    async def work(remember: Remember) -> DocumentConfirmationResponse:
        return await service.confirm(caller, body, remember)

    return await answer_once_by(caller, key, request, body, DocumentConfirmationResponse, work)


@router.get("/quota-check")
async def check_quota(scope: ReadScope, file_count: int) -> DocumentQuotaResponse:
    """Whether so many documents may be uploaded."""
    return await service.check_quota(scope, file_count)


@router.get("/health")
async def uploads_health(reader: ReadAccess) -> DocumentUploadsHealth:
    """Which documents are taken here."""
    return service.health(reader)


@router.post("/batch-prepare")
async def prepare_batch(
    request: Request, caller: ContentCaller, body: DocumentBatchPrepareRequest, key: IdempotencyKey = None
) -> DocumentBatchPrepareResponse:
    """URLs to put up to a hundred documents to."""
    stores = await uploads.stores_for(uploads.reader_of(caller), [one.storage_target for one in body.files])

    async def work(scope: Scope) -> DocumentBatchPrepareResponse:
        return await batches.prepare(scope, stores, body)

    once_key = key or uploads.key_of_files([one.idempotency_key for one in body.files])
    return await answer_once(caller, once_key, request, body, DocumentBatchPrepareResponse, work, is_secret=True)


@router.post("/batch-confirm")
async def confirm_batch(
    request: Request, caller: ContentCaller, body: DocumentBatchConfirmRequest, key: IdempotencyKey = None
) -> DocumentBatchConfirmResponse:
    """Take what was put of a batch into the library."""

    async def work(remember: Remember) -> DocumentBatchConfirmResponse:
        return await batches.confirm_batch(caller, body, remember)

    return await answer_once_by(caller, key, request, body, DocumentBatchConfirmResponse, work)


@router.get("/batch/{batch_id}/status")
async def batch_status(scope: ReadScope, batch_id: str) -> DocumentBatchStatusResponse:
    """How far the documents of a batch are."""
    return await batches.batch_status(scope, batch_id)


@router.get("/{document_id}/status")
async def document_status(scope: ReadScope, document_id: str) -> DocumentStatusResponse:
    """How far a document is."""
    return await service.read_status(scope, document_id)
