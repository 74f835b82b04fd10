"""Uploads over HTTP."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel

from aionserver.domains.accounts.service import plan_of
from aionserver.domains.uploads import accepting, batches, progress, sessions, singles
from aionserver.domains.uploads.confirming import reader_of
from aionserver.domains.uploads.expiring import expire
from aionserver.domains.uploads.forms import (
    BatchFields,
    BatchForm,
    StreamFields,
    StreamForm,
    body_schema,
    parse_fields,
)
from aionserver.domains.uploads.intake import Delivery, receive
from aionserver.domains.uploads.presigned import stores_for
from aionserver.domains.uploads.presigned_schemas import (
    AutoRecoveryResponse,
    BatchUploadConfirmRequest,
    BatchUploadConfirmResponse,
    BatchUploadPrepareRequest,
    BatchUploadPrepareResponse,
    CleanupStaleBatchesResponse,
    ConfirmUploadRequest,
    ConfirmUploadResponse,
    InitiateForm,
    InitiateUploadResponse,
    PendingBatchesResponse,
    PresignedUploadRequest,
    PresignedUploadResponse,
    UploadConfirmationRequest,
    UploadConfirmationResponse,
)
from aionserver.domains.uploads.schemas import (
    BatchStatusSummaryResponse,
    DuplicateCheckRequest,
    DuplicateCheckResponse,
    SessionStatus,
    StreamBatchUploadResponse,
    StreamingUploadResponse,
    StuckUploadsResponse,
    UnifiedImageStatusResponse,
    UploadQuotaResponse,
    UploadSessionListResponse,
    UploadSessionResultsResponse,
    UploadSessionStatusResponse,
)
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import AionError, InvalidInput
from aionserver.infra.scope import Scope
from aionserver.infra.web.admission import ContentCaller
from aionserver.infra.web.door import Caller, ReadScope, WriteCaller, WriteScope
from aionserver.infra.web.idempotency import (
    IdempotencyKey,
    Once,
    Remember,
    answer_once,
    answer_once_by,
    fingerprint_of,
    once,
)
from aionserver.infra.web.multipart import read_parts
from aionserver.infra.web.queries import Offset
from aionserver.infra.web.slots import upload_slots

router = APIRouter(prefix="/api/v2")
MOST_MINUTES = 60 * 24 * 365
MOST_STUCK = 500
Answer = TypeVar("Answer", StreamingUploadResponse, StreamBatchUploadResponse)


def _content(delivery: Delivery) -> dict[str, object]:
    hashes = [one.stored.sha256 for one in delivery.received]
    return {"fields": delivery.fields, "files": hashes, "names": [one.filename for one in delivery.received]}


def _slot(request: Request, caller: Caller) -> AbstractAsyncContextManager[None]:
    """A place for one upload of the caller."""
    return upload_slots(request).one_of(caller.actor, plan_of(caller.actor.tier).concurrent_uploads)


# The published API declares both; 200 is what is sent.
def created(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The other status an upload may be answered with."""
    return {201: {"model": model, "description": "Stored."}}


Accept = Callable[[Scope], Awaitable[Answer]]


async def _answer(
    caller: Caller,
    first: Once,
    delivery: Delivery,
    kind: type[Answer],
    mark: str,
    accept: Accept[Answer],
) -> Answer:
    """The first answer again, or a new one remembered in the transaction of its effect.

    Bytes are removed only when it is sure that no file points at them: refused, replayed or skipped. After a
    fault of another kind the commit may have gone through, so they stay, and the sweep decides.
    """
    infra = caller.infra
    try:
        answer = await first.replay(infra, mark, kind)
        if answer is None:
            async with caller.open_scope() as scope:
                answer = await accept(scope)
                await first.remember(scope, mark, answer)
            await delivery.discard(keep=answer.stored_ids())
        else:
            await delivery.discard()
    except AionError:
        await delivery.discard()
        raise
    return answer


@router.post(
    "/user-files/upload/stream",
    tags=["User Files"],
    responses=created(StreamingUploadResponse),
    openapi_extra=body_schema(StreamForm),
)
async def upload_stream(request: Request, caller: ContentCaller, key: IdempotencyKey = None) -> StreamingUploadResponse:
    """Upload one picture, as `multipart/form-data`."""
    infra, started = caller.infra, time.perf_counter()
    async with once(infra, caller.actor, key, request) as first, _slot(request, caller):
        delivery = await receive(reader_of(caller), read_parts(request), "file", most_files=1)

        async def accept(scope: Scope) -> StreamingUploadResponse:
            form = parse_fields(StreamFields, delivery.fields)
            return await accepting.accept_one(scope, form, delivery, (time.perf_counter() - started) * 1000)

        mark = fingerprint_of("upload_stream", _content(delivery))
        return await _answer(caller, first, delivery, StreamingUploadResponse, mark, accept)


@router.post(
    "/user-files/upload/stream-batch",
    tags=["User Files"],
    responses=created(StreamBatchUploadResponse),
    openapi_extra=body_schema(BatchForm),
)
async def upload_stream_batch(
    request: Request, caller: ContentCaller, key: IdempotencyKey = None
) -> StreamBatchUploadResponse:
    """Upload several pictures in one request; each is taken or refused by itself."""
    infra, started = caller.infra, time.perf_counter()
    most_files = plan_of(caller.actor.tier).files_per_batch
    async with once(infra, caller.actor, key, request) as first, _slot(request, caller):
        delivery = await receive(reader_of(caller), read_parts(request), "files", most_files)

        async def accept(scope: Scope) -> StreamBatchUploadResponse:
            form = parse_fields(BatchFields, delivery.fields)
            return await accepting.accept_batch(scope, form, delivery, (time.perf_counter() - started) * 1000)

        mark = fingerprint_of("upload_stream_batch", _content(delivery))
        return await _answer(caller, first, delivery, StreamBatchUploadResponse, mark, accept)


@router.get("/uploads/quota-check", tags=["Uploads"])
async def check_quota(scope: ReadScope, file_count: int) -> UploadQuotaResponse:
    """Whether so many files may be uploaded, and how many at a time."""
    return await accepting.check_quota(scope, file_count)


@router.post("/uploads/check-duplicates", tags=["Uploads"])
async def check_duplicates(scope: ReadScope, body: DuplicateCheckRequest) -> DuplicateCheckResponse:
    """Which files, by SHA-256, are there already."""
    return await accepting.check_duplicates(scope, body.hashes)


@router.get("/uploads/status/{image_id}", tags=["Uploads"])
async def file_status(scope: ReadScope, image_id: str) -> UnifiedImageStatusResponse:
    """How far a file has come."""
    return await progress.file_status(scope, image_id)


@router.get("/uploads/sessions/{session_id}/status", tags=["Upload Sessions"])
async def session_status(scope: ReadScope, session_id: str) -> UploadSessionStatusResponse:
    """How far the files of a batch have come."""
    return await progress.session_status(scope, session_id)


@router.get("/uploads/sessions/{session_id}/results", tags=["Upload Sessions"])
async def session_results(
    scope: ReadScope,
    session_id: str,
    include_failed: bool = True,
    offset: Offset = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> UploadSessionResultsResponse:
    """The finished files of a batch."""
    return await progress.session_results(scope, session_id, include_failed=include_failed, offset=offset, limit=limit)


@router.get("/uploads/sessions", tags=["Upload Sessions"])
async def list_sessions(
    scope: ReadScope,
    status: SessionStatus | None = None,
    upload_method: Literal["presigned", "streaming"] | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Offset = 0,
) -> UploadSessionListResponse:
    """The batches of the tenant, newest first."""
    return await sessions.list_sessions(scope, status, upload_method, limit, offset)


@router.post("/uploads/sessions/{session_id}/cancel", tags=["Upload Sessions"])
async def cancel_session(scope: WriteScope, session_id: str) -> UploadSessionStatusResponse:
    """Process nothing more of a batch; what is processed already stays as it is."""
    return await sessions.cancel(scope, session_id)


@router.post("/uploads/request-presigned-url", tags=["Uploads"])
async def request_presigned_url(
    request: Request, caller: ContentCaller, body: PresignedUploadRequest, key: IdempotencyKey = None
) -> PresignedUploadResponse:
    """A URL to put one picture to, without further permission, for ten minutes."""
    stores = await stores_for(reader_of(caller), [body.storage_target])

    async def work(scope: Scope) -> PresignedUploadResponse:
        return await singles.request_url(scope, stores, body)

    once_key = key or body.idempotency_key
    return await answer_once(caller, once_key, request, body, PresignedUploadResponse, work, is_secret=True)


@router.post("/uploads/confirm", tags=["Uploads"])
async def confirm_upload(
    request: Request, caller: ContentCaller, body: UploadConfirmationRequest, key: IdempotencyKey = None
) -> UploadConfirmationResponse:
    """Take what was put at a presigned URL into the library."""

    async def work(remember: Remember) -> UploadConfirmationResponse:
        return await singles.confirm_put(caller, body, remember)

    return await answer_once_by(caller, key, request, body, UploadConfirmationResponse, work)


@router.post("/user-files/upload/initiate", tags=["User Files"])
async def initiate_upload(
    request: Request, caller: ContentCaller, form: Annotated[InitiateForm, Form()], key: IdempotencyKey = None
) -> InitiateUploadResponse:
    """A URL to put one picture to, and the id that it will have."""
    stores = await stores_for(reader_of(caller), [form.storage_target])

    async def work(scope: Scope) -> InitiateUploadResponse:
        return await singles.initiate(scope, stores, form)

    return await answer_once(caller, key, request, form, InitiateUploadResponse, work, is_secret=True)


@router.post("/user-files/upload/confirm", tags=["User Files"])
async def confirm_initiated_upload(
    request: Request, caller: ContentCaller, body: ConfirmUploadRequest, key: IdempotencyKey = None
) -> ConfirmUploadResponse:
    """Take what was put at the URL into the library."""

    async def work(remember: Remember) -> ConfirmUploadResponse:
        return await singles.confirm_initiated(caller, body, remember)

    return await answer_once_by(caller, key, request, body, ConfirmUploadResponse, work)


@router.post("/uploads/batch-prepare", tags=["Uploads"])
async def prepare_batch(
    request: Request, caller: ContentCaller, body: BatchUploadPrepareRequest, key: IdempotencyKey = None
) -> BatchUploadPrepareResponse:
    """URLs to put up to five pictures to."""
    stores = await stores_for(reader_of(caller), [one.storage_target for one in body.files])

    async def work(scope: Scope) -> BatchUploadPrepareResponse:
        return await batches.prepare(scope, stores, body)

    once_key = key or batches.key_of_files([one.idempotency_key for one in body.files])
    return await answer_once(caller, once_key, request, body, BatchUploadPrepareResponse, work, is_secret=True)


@router.post("/uploads/batch-confirm", tags=["Uploads"])
async def confirm_batch(
    request: Request, caller: ContentCaller, body: BatchUploadConfirmRequest, key: IdempotencyKey = None
) -> BatchUploadConfirmResponse:
    """Take what was put of a batch into the library."""

    async def work(remember: Remember) -> BatchUploadConfirmResponse:
        return await batches.confirm_batch(caller, body, remember)

    return await answer_once_by(caller, key, request, body, BatchUploadConfirmResponse, work)


@router.get("/uploads/batch/{batch_id}/status", tags=["Uploads"])
async def batch_status(scope: ReadScope, batch_id: str) -> BatchStatusSummaryResponse:
    """How far a batch has come, in numbers."""
    return await sessions.batch_status(scope, batch_id)


@router.get("/uploads/pending-batches", tags=["Uploads"])
async def pending_batches(scope: ReadScope) -> PendingBatchesResponse:
    """Your prepared batches of which nothing was confirmed yet."""
    return await batches.pending_batches(scope)


@router.post("/uploads/batch/{batch_id}/auto-recover", tags=["Uploads"])
async def auto_recover_batch(caller: ContentCaller, batch_id: str) -> AutoRecoveryResponse:
    """Take what has arrived of a batch into the library, and wait for the rest no longer."""
    return await batches.recover(caller, batch_id)


@router.post("/uploads/cleanup-stale-batches", tags=["Uploads"])
async def cleanup_stale_batches(caller: WriteCaller) -> CleanupStaleBatchesResponse:
    """Wait no longer for presigned uploads that were asked for over two hours ago."""
    count = len(await expire(caller.infra, caller.actor.tenant_id) - {None})
    async with caller.open_scope() as scope:
        await scope.publish(Audited("upload.batches_expired", "expire", "upload_session", details={"count": count}))
    return CleanupStaleBatchesResponse(cleaned_count=count, message=f"{count} stale batches were given up.")


@router.get("/uploads/stuck-uploads", tags=["Uploads"])
async def stuck_uploads(scope: ReadScope, stuck_minutes: int = 30, limit: int = 100) -> StuckUploadsResponse:
    """Files that nothing has happened to for so many minutes although they are not finished."""
    for name, value, most in (("stuck_minutes", stuck_minutes, MOST_MINUTES), ("limit", limit, MOST_STUCK)):
        if not 1 <= value <= most:
            raise InvalidInput.field(name, f"must be 1 to {most}")
    return await sessions.stuck_uploads(scope, stuck_minutes, limit)
