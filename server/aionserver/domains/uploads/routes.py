"""Uploads over HTTP."""

import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from aionserver.domains.accounts.service import plan_of
from aionserver.domains.uploads import progress, service
from aionserver.domains.uploads.forms import (
    BatchFields,
    BatchForm,
    StreamFields,
    StreamForm,
    body_schema,
    parse_fields,
)
from aionserver.domains.uploads.intake import Delivery, receive
from aionserver.domains.uploads.schemas import (
    DuplicateCheckRequest,
    DuplicateCheckResponse,
    StreamBatchUploadResponse,
    StreamingUploadResponse,
    UnifiedImageStatusResponse,
    UploadQuotaResponse,
    UploadSessionResultsResponse,
    UploadSessionStatusResponse,
)
from aionserver.infra.errors import AionError
from aionserver.infra.scope import Scope
from aionserver.infra.web.admission import ContentCaller
from aionserver.infra.web.door import Caller, ReadScope
from aionserver.infra.web.idempotency import IdempotencyKey, Once, fingerprint_of, once
from aionserver.infra.web.multipart import read_parts
from aionserver.infra.web.queries import Offset
from aionserver.infra.web.slots import upload_slots

router = APIRouter(prefix="/api/v2")
Answer = TypeVar("Answer", StreamingUploadResponse, StreamBatchUploadResponse)


def _content(delivery: Delivery) -> dict[str, object]:
    hashes = [one.stored.sha256 for one in delivery.received]
    return {"fields": delivery.fields, "files": hashes, "names": [one.filename for one in delivery.received]}


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
            async with infra.open_scope(caller.actor, caller.origin) as scope:
                answer = await accept(scope)
                await first.remember(scope, mark, answer)
            await delivery.discard(infra, keep=answer.stored_ids())
        else:
            await delivery.discard(infra)
    except AionError:
        await delivery.discard(infra)
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
    async with once(infra, caller.actor, key, request) as first, upload_slots(request).one():
        delivery = await receive(infra, caller.actor.tenant_id, read_parts(request), "file", most_files=1)

        async def accept(scope: Scope) -> StreamingUploadResponse:
            form = parse_fields(StreamFields, delivery.fields)
            return await service.accept_one(scope, form, delivery, (time.perf_counter() - started) * 1000)

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
    async with once(infra, caller.actor, key, request) as first, upload_slots(request).one():
        delivery = await receive(infra, caller.actor.tenant_id, read_parts(request), "files", most_files)

        async def accept(scope: Scope) -> StreamBatchUploadResponse:
            form = parse_fields(BatchFields, delivery.fields)
            return await service.accept_batch(scope, form, delivery, (time.perf_counter() - started) * 1000)

        mark = fingerprint_of("upload_stream_batch", _content(delivery))
        return await _answer(caller, first, delivery, StreamBatchUploadResponse, mark, accept)


@router.get("/uploads/quota-check", tags=["Uploads"])
async def check_quota(scope: ReadScope, file_count: int) -> UploadQuotaResponse:
    """Whether so many files may be uploaded, and how many at a time."""
    return await service.check_quota(scope, file_count)


@router.post("/uploads/check-duplicates", tags=["Uploads"])
async def check_duplicates(scope: ReadScope, body: DuplicateCheckRequest) -> DuplicateCheckResponse:
    """Which files, by SHA-256, are there already."""
    return await service.check_duplicates(scope, body.hashes)


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
