"""Turning what arrived into files of the library."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aionserver.domains.accounts.service import plan_of
from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.files import service as files
from aionserver.domains.folders.service import require_folder
from aionserver.domains.uploads import queries
from aionserver.domains.uploads.forms import BatchFields, SharedFields, StreamFields
from aionserver.domains.uploads.intake import Delivery, Received, Rejected
from aionserver.domains.uploads.schemas import (
    DuplicateCheckResponse,
    FileRejection,
    StreamBatchFileResult,
    StreamBatchUploadResponse,
    StreamingUploadResponse,
    UploadQuotaResponse,
)
from aionserver.domains.uploads.tables import UploadSession, UploadSessionItem
from aionserver.domains.usage import service as usage
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import InvalidInput
from aionserver.infra.job_queue import Queue
from aionserver.infra.scope import Scope
from aionserver.kit.ids import new_id

# SHA-256 to the file that has it already.
Existing = dict[str, files.StoredFile]
STREAMING = "STREAMING"
PRESIGNED = "PRESIGNED"
IMMEDIATE_FILES = 5
MOST_FILES_ASKED = 1_000_000
RETRYABLE_STATUSES = (429, 503, 507)


async def accept_one(
    scope: Scope, form: StreamFields, delivery: Delivery, elapsed_ms: float
) -> StreamingUploadResponse:
    """Put one received file into the library and start its processing; why it was refused, as an error."""
    if delivery.rejected:
        raise delivery.rejected[0].error
    if not delivery.received:
        raise InvalidInput.field("file", "is missing")
    received = delivery.received[0]
    existing = await find_existing(scope, form, [received])
    file_ids = await store(scope, form, [received], existing, title=form.title, queue="interactive")
    await scope.publish(_audited(file_ids, delivery, resource=("file", _file_id(received, existing))))
    described = form.auto_describe and received.file_id in file_ids and received.media.media_type == "image"
    return StreamingUploadResponse(
        **_stored_fields(received, existing),
        upload_method=STREAMING,
        processing_time_ms=round(elapsed_ms, 1),
        s3_upload_completed=True,
        variants_queued=received.file_id in file_ids,
        description_queued=described,
    )


async def accept_batch(
    scope: Scope, form: BatchFields, delivery: Delivery, elapsed_ms: float
) -> StreamBatchUploadResponse:
    """Put what arrived into the library as one session."""
    if not delivery.count:
        raise InvalidInput.field("files", "send at least one file")
    session_id = new_id()
    existing = await find_existing(scope, form, delivery.received)
    queue: Queue = "interactive" if delivery.count <= IMMEDIATE_FILES else "bulk"
    file_ids = await store(scope, form, delivery.received, existing, session_id=session_id, queue=queue)
    await _keep_session(scope, session_id, form, delivery, existing)
    await scope.publish(_audited(file_ids, delivery, resource=("upload_session", session_id)))
    results = [_batch_result(one, existing, form, elapsed_ms) for one in delivery.received]
    return StreamBatchUploadResponse(
        session_id=session_id,
        total_files=delivery.count,
        accepted_files=len(delivery.received),
        rejected_files=len(delivery.rejected),
        status=_batch_status(delivery, existing),
        immediate_results=results if delivery.count <= IMMEDIATE_FILES else None,
        files=results,
        status_url=f"/api/v2/uploads/sessions/{session_id}/status",
        websocket_channel=f"batch.{session_id}",
        rejections=[_rejection(one) for one in delivery.rejected] or None,
    )


def _audited(stored: set[UUID], delivery: Delivery, resource: tuple[str, UUID]) -> Audited:
    """What an upload did, as one entry of the audit log: however many files came, and also when none was new."""
    kind, resource_id = resource
    details = {
        "count": len(stored),
        "skipped": len(delivery.received) - len(stored),
        "rejected": len(delivery.rejected),
        "file_ids": sorted(stored),
    }
    event = "file.uploaded" if stored else "file.upload_skipped"
    return Audited(event, "upload", kind, str(resource_id), details=details)


def _file_id(one: Received, existing: Existing) -> UUID:
    """The file that has the content: the new one, or the one that has it already."""
    duplicate = existing.get(one.stored.sha256)
    return duplicate.id if duplicate else one.file_id


def _batch_status(delivery: Delivery, existing: Existing) -> str:
    if not delivery.received:
        return "rejected"
    if delivery.rejected:
        return "partial"
    return "completed" if all(one.stored.sha256 in existing for one in delivery.received) else "processing"


async def find_existing(scope: Scope, form: SharedFields, received: Sequence[Received]) -> Existing:
    """SHA-256 to the file that has it already, where duplicates are to be skipped."""
    if not form.skip_duplicates:
        return {}
    return await files.find_by_hash(scope, [one.stored.sha256 for one in received])


async def store(
    scope: Scope,
    form: SharedFields,
    received: Sequence[Received],
    existing: Existing,
    *,
    queue: Queue,
    title: str | None = None,
    session_id: UUID | None = None,
    upload_method: str = STREAMING,
) -> set[UUID]:
    """Add rows, charges and jobs for the files that are new; their ids."""
    fresh = [one for one in received if one.stored.sha256 not in existing]
    folder_id = await require_folder(scope, form.folder_id) if form.folder_id else None
    await usage.require_uploads(scope, len(fresh))
    await usage.require_credits(scope, _least_credits(scope, form, fresh))
    if fresh:
        for place in {one.store.bucket_id: one.store for one in fresh}.values():
            await custom_storage.require_current(scope, place)
        ids = [one.file_id for one in fresh]
        rows = [_new_file(one, form, title, folder_id, session_id, upload_method) for one in fresh]
        await files.add_files(scope, rows)
        await usage.charge_each(scope, usage.UPLOAD, ids, usage.prices(scope.infra).one("upload"))
        await files.defer_processing(scope, {one.file_id: one.media.media_type for one in fresh}, queue)
    return {one.file_id for one in fresh}


def _least_credits(scope: Scope, form: SharedFields, fresh: Sequence[Received]) -> int:
    """What the processing of files costs; of documents, whose pages nobody has counted yet, what the shortest do."""
    kinds, prices = [one.media.media_type for one in fresh], usage.prices(scope.infra)
    described = kinds.count("image") * prices.image(usage.STANDARD) if form.auto_describe else 0
    return described + kinds.count("document") * prices.document(1)


def _new_file(
    one: Received,
    form: SharedFields,
    title: str | None,
    folder_id: UUID | None,
    session_id: UUID | None,
    upload_method: str,
) -> files.NewFile:
    return files.NewFile(
        file_id=one.file_id,
        media=one.media,
        filename=one.filename,
        stored=one.stored,
        title=title,
        tags=form.tag_list,
        folder_id=folder_id,
        store=one.store,
        upload_method=upload_method,
        upload_session_id=session_id,
        auto_describe=form.auto_describe,
    )


def _stored_fields(one: Received, existing: Existing) -> dict[str, Any]:
    duplicate = existing.get(one.stored.sha256)
    return {
        "image_id": _file_id(one, existing),
        "object_key": duplicate.object_key if duplicate else one.stored.key,
        "status": "skipped" if duplicate else "processing",
        "skipped": duplicate is not None,
        "skipped_existing_image_id": duplicate.id if duplicate else None,
        "storage_target": duplicate.storage_target if duplicate else one.store.target,
        "media_type": one.media.media_type,
        **_document_fields(one, duplicate),
    }


def _document_fields(one: Received, duplicate: files.StoredFile | None) -> dict[str, Any]:
    if one.media.media_type != "document":
        return {}
    status = duplicate.text_extraction_status if duplicate else "pending"
    return {"document_type": files.document_type(one.media.format), "text_extraction_status": status}


def _batch_result(one: Received, existing: Existing, form: SharedFields, elapsed_ms: float) -> StreamBatchFileResult:
    fields = _stored_fields(one, existing)
    return StreamBatchFileResult(**fields, filename=one.filename, processing_time_ms=round(elapsed_ms, 1))


def _rejection(one: Rejected) -> FileRejection:
    retryable = one.error.status in RETRYABLE_STATUSES
    return FileRejection(filename=one.filename, index=one.position, reason=one.error.message, retryable=retryable)


async def _keep_session(
    scope: Scope, session_id: UUID, form: BatchFields, delivery: Delivery, existing: Existing
) -> None:
    session = UploadSession(
        id=session_id,
        tenant_id=scope.tenant_id,
        upload_method="streaming",
        intent=form.intent,
        total_files=delivery.count,
        created_at=scope.now(),
    )
    items = [_item(scope, session_id, one, existing) for one in [*delivery.received, *delivery.rejected]]
    await queries.add_session(scope, session, items)


def _item(scope: Scope, session_id: UUID, one: Received | Rejected, existing: Existing) -> UploadSessionItem:
    item = UploadSessionItem(
        session_id=session_id, tenant_id=scope.tenant_id, position=one.position, filename=one.filename
    )
    if isinstance(one, Rejected):
        item.outcome, item.reason = "rejected", one.error.message
        return item
    duplicate = existing.get(one.stored.sha256)
    item.outcome, item.file_id = ("skipped", duplicate.id) if duplicate else ("stored", one.file_id)
    return item


async def check_quota(scope: Scope, file_count: int) -> UploadQuotaResponse:
    """Whether `file_count` files may be uploaded now."""
    if not 0 <= file_count <= MOST_FILES_ASKED:
        raise InvalidInput.field("file_count", f"must be 0 to {MOST_FILES_ASKED}")
    quota, plan = await usage.upload_quota(scope), plan_of(scope.actor.tier)
    balance = await usage.credit_balance(scope)
    allowed = quota.allows(file_count)
    return UploadQuotaResponse(
        can_proceed=allowed,
        requested=file_count,
        available=quota.available,
        monthly_limit=quota.monthly_limit,
        current_usage=quota.current_usage,
        message=None if allowed else f"The plan allows {quota.available} more uploads this month.",
        prepaid_credits=balance.prepaid,
        max_batch_size=plan.files_per_batch,
        max_concurrent_uploads=plan.concurrent_uploads,
    )


async def check_duplicates(scope: Scope, hashes: Sequence[str]) -> DuplicateCheckResponse:
    """Which digests belong to files that are there already."""
    known = await files.find_by_hash(scope, [text.lower() for text in hashes])
    return DuplicateCheckResponse(
        duplicates=[text for text in hashes if text.lower() in known],
        unique=[text for text in hashes if text.lower() not in known],
    )
