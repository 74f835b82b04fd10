"""Batches of presigned uploads: prepared, confirmed, found again after a cut, and given up."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from aionserver.domains.accounts.service import plan_of
from aionserver.domains.files import service as files
from aionserver.domains.uploads import queries
from aionserver.domains.uploads.arrivals import Claim
from aionserver.domains.uploads.confirming import Verdict, alone, enter, judge, reader_of, tidy
from aionserver.domains.uploads.errors import SessionNotFound, UploadNotArrived
from aionserver.domains.uploads.forms import SharedFields, parse_fields
from aionserver.domains.uploads.kinds import require_kind
from aionserver.domains.uploads.presigned import OPEN_FOR, Offer, Stores, Wanted, offer, requester
from aionserver.domains.uploads.presigned_schemas import (
    AutoRecoveryResponse,
    BatchPresignedUrl,
    BatchUploadConfirmRequest,
    BatchUploadConfirmResponse,
    BatchUploadPrepareRequest,
    BatchUploadPrepareResponse,
    PendingBatchesResponse,
    PendingBatchInfo,
    StoredImageInfo,
    UploadConfirmation,
    UploadPlan,
)
from aionserver.domains.uploads.tables import UploadSession, UploadSessionItem
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import InvalidInput
from aionserver.infra.scope import Scope
from aionserver.infra.web.door import Caller
from aionserver.infra.web.idempotency import fingerprint_of
from aionserver.kit.ids import new_id, parse_id

Keep = Callable[[Scope, BatchUploadConfirmResponse], Awaitable[None]]
DOCUMENTS = "document_extraction"
PARAMS = ("tags", "folder_id", "skip_duplicates", "auto_describe")
RETRY_POLICY = {"max_retries": 3, "backoff": "exponential", "initial_delay_seconds": 1}
TIMEOUT_SECONDS = 300
# What a slow line sends in a second; of the estimate only.
SLOW_BYTES = 1024 * 1024
ENTERED = ("stored", "skipped")


def key_of_files(idempotency_keys: Sequence[str | None]) -> str | None:
    """One Idempotency-Key for the batch where each of its files has one."""
    keys = [key or "" for key in idempotency_keys]
    return f"files-{fingerprint_of('batch', {'keys': keys})}" if all(keys) else None


async def prepare(scope: Scope, stores: Stores, body: BatchUploadPrepareRequest) -> BatchUploadPrepareResponse:
    """A URL for each file, and the session in which they arrive."""
    if body.intent not in ("describe", DOCUMENTS):
        raise InvalidInput.field("intent", f"must be describe or {DOCUMENTS}")
    shared = shared_fields(body.additional_params or {})
    wanted = [_wanted(one.model_dump(exclude={"idempotency_key"}), shared) for one in body.files]
    if body.intent == DOCUMENTS:
        for one in wanted:
            require_kind(one.content_type, "document")
    return prepared(scope, *await prepare_batch(scope, stores, wanted, body.intent))


async def prepare_batch(
    scope: Scope, stores: Stores, wanted: Sequence[Wanted], intent: str
) -> tuple[UUID, Sequence[Offer]]:
    """The session in which files arrive, and a URL for each of them."""
    batch_id = new_id()
    session = UploadSession(
        id=batch_id,
        tenant_id=scope.tenant_id,
        upload_method="presigned",
        intent=intent,
        total_files=len(wanted),
        created_at=scope.now(),
    )
    await queries.add_session(scope, session, [])
    offers = await offer(scope, stores, wanted, batch_id)
    await queries.add_items(scope, [_item(batch_id, one) for one in offers])
    await scope.publish(Audited("upload.batch_prepared", "prepare", "upload_session", str(batch_id)))
    return batch_id, offers


def shared_fields(params: dict[str, Any]) -> SharedFields:
    """The fields that all files of a batch share, of what was sent beside them."""
    given = {name: params[name] for name in PARAMS if params.get(name) is not None}
    tags = given.get("tags")
    if isinstance(tags, list) and all(isinstance(tag, str) for tag in cast("list[object]", tags)):
        given["tags"] = ",".join(cast("list[str]", tags))
    return parse_fields(SharedFields, given)


def _wanted(file: dict[str, Any], shared: SharedFields) -> Wanted:
    fields = shared.model_dump(include={"folder_id", "auto_describe", "skip_duplicates"})
    return Wanted(**file, **fields, tags=shared.tag_list)


def _item(batch_id: UUID, one: Offer) -> UploadSessionItem:
    row = one.pending
    return UploadSessionItem(
        session_id=batch_id,
        tenant_id=row.tenant_id,
        position=row.position,
        filename=row.filename,
        outcome="pending",
        file_id=row.id,
    )


def prepared(scope: Scope, batch_id: UUID, offers: Sequence[Offer]) -> BatchUploadPrepareResponse:
    """A batch that was prepared, as the answer to who asked."""
    total = sum(one.pending.size_bytes for one in offers)
    plan = UploadPlan(
        strategy="parallel" if len(offers) > 1 else "sequential",
        max_concurrent=min(len(offers), plan_of(scope.actor.tier).concurrent_uploads),
        retry_policy=RETRY_POLICY,
        timeout_per_upload=TIMEOUT_SECONDS,
    )
    return BatchUploadPrepareResponse(
        batch_id=str(batch_id),
        upload_plan=plan,
        presigned_urls=[_url(one) for one in offers],
        total_size_bytes=total,
        estimated_time_seconds=-(-total // SLOW_BYTES),
    )


def _url(one: Offer) -> BatchPresignedUrl:
    return BatchPresignedUrl(
        file_index=one.pending.position,
        filename=one.pending.filename,
        upload_url=one.url,
        upload_headers=one.headers,
        object_key=one.pending.object_key,
        expires_at=one.expires_at.isoformat(),
        image_id=str(one.pending.id),
    )


async def require_batch(caller: Caller, text: str, intent: str | None = None) -> UUID:
    """The id of a batch that was prepared, for that intent (None: for any); SessionNotFound when there is none."""
    batch_id = parse_id(text)
    async with caller.infra.open_scope(caller.actor) as scope:
        session = await queries.find_session(scope, batch_id) if batch_id else None
    if session is None or intent not in (None, session.intent):
        raise SessionNotFound("There is no such batch.")
    return session.id


async def confirm_batch(caller: Caller, body: BatchUploadConfirmRequest, remember: Keep) -> BatchUploadConfirmResponse:
    """Enter what arrived of a batch; what was settled before stays as it is."""
    batch_id, reader = await require_batch(caller, body.batch_id), reader_of(caller)
    said = {one.object_key: one for one in body.confirmations}
    rows = await queries.find_pending_of(reader, batch_id)
    async with alone(caller.infra, [row.id for row in rows if row.object_key in said]):
        rows = await queries.find_pending_of(reader, batch_id)
        waiting = [row for row in rows if row.state == "waiting" and row.object_key in said]
        verdicts = [await _judge(caller, row, said[row.object_key]) for row in waiting]
        async with caller.open_scope() as scope:
            if verdicts:
                await enter(scope, verdicts, auto_describe=body.auto_process)
            answer = await _confirmed(scope, batch_id, list(said))
            await remember(scope, answer)
        await _tidy(caller, batch_id, verdicts)
    return answer


async def _judge(caller: Caller, row: Any, said: UploadConfirmation) -> Verdict:
    if not said.success:
        return Verdict(row, error=UploadNotArrived(said.error_message or "The client could not put it."))
    return await judge(reader_of(caller), row, Claim(said.file_size, said.checksum))


async def _tidy(caller: Caller, batch_id: UUID, verdicts: Sequence[Verdict]) -> None:
    reader = reader_of(caller)
    states = {row.id: row.state for row in await queries.find_pending_of(reader, batch_id)}
    for one in verdicts:
        await tidy(reader, one.pending, keep_file=states.get(one.pending.id) == "stored")


async def _confirmed(scope: Scope, batch_id: UUID, keys: Sequence[str]) -> BatchUploadConfirmResponse:
    rows = {row.object_key: row for row in await queries.find_pending_of(scope, batch_id)}
    entered = [rows[key] for key in keys if key in rows and rows[key].state in ENTERED]
    found = await files.find_many(scope, [row.file_id for row in entered if row.file_id])
    failed = [rows[key].filename if key in rows else key for key in keys if key not in {r.object_key for r in entered}]
    status = "queued" if not failed else "partial" if entered else "failed"
    return BatchUploadConfirmResponse(
        batch_id=str(batch_id),
        successful_uploads=len(entered),
        failed_uploads=len(failed),
        processing_status=status,
        failed_files=failed or None,
        message=f"{len(entered)} of {len(keys)} files are in the library.",
        stored_images=[_stored(scope, found[row.file_id]) for row in entered if row.file_id and row.file_id in found],
    )


def _stored(scope: Scope, file: files.StoredFile) -> StoredImageInfo:
    return StoredImageInfo(
        image_id=str(file.id),
        object_key=file.object_key,
        filename=file.filename,
        thumbnail_url=files.thumbnail_url(scope, file),
        variant_status=file.variant_status,
        created_at=file.created_at.isoformat(),
    )


async def recover(caller: Caller, text: str) -> AutoRecoveryResponse:
    """Enter the files of a batch that arrived, and give up the others."""
    batch_id, reader = await require_batch(caller, text), reader_of(caller)
    rows = await queries.find_pending_of(reader, batch_id)
    async with alone(caller.infra, [row.id for row in rows if row.state == "waiting"]):
        rows = await queries.find_pending_of(reader, batch_id)
        waiting = [row for row in rows if row.state == "waiting"]
        verdicts = [await judge(reader, row, Claim()) for row in waiting]
        async with caller.open_scope() as scope:
            if verdicts:
                await enter(scope, verdicts)
        await _tidy(caller, batch_id, verdicts)
    recovered = sum(one.received is not None for one in verdicts)
    return _recovery(batch_id, recovered, len(verdicts) - recovered, is_done=any(row.state in ENTERED for row in rows))


def _recovery(batch_id: UUID, recovered: int, failed: int, *, is_done: bool) -> AutoRecoveryResponse:
    if recovered:
        status, message = "recovered", f"{recovered} files that had arrived are in the library."
    elif is_done and not failed:
        status, message = "already_processed", "The files of this batch are in the library."
    else:
        status, message = "nothing_to_recover", "No further file of this batch has arrived."
    return AutoRecoveryResponse(
        batch_id=str(batch_id), recovered_files=recovered, failed_files=failed, status=status, message=message
    )


async def pending_batches(scope: Scope) -> PendingBatchesResponse:
    """The caller's batches of which nothing was confirmed, as long as they can be."""
    since = scope.now() - OPEN_FOR
    rows = await queries.find_waiting(scope, of=requester(scope))
    begun = {row.batch_id: row.created_at for row in rows if row.batch_id and row.created_at >= since}
    counts = await queries.count_outcomes(scope, list(begun))
    open_ones = {key: at for key, at in begun.items() if not any(counts[key].get(name) for name in ENTERED)}
    batches = [_info(scope, key, at, sum(counts[key].values())) for key, at in open_ones.items()]
    return PendingBatchesResponse(batches=batches, has_recoverable=bool(batches))


def _info(scope: Scope, batch_id: UUID, created_at: datetime, total: int) -> PendingBatchInfo:
    return PendingBatchInfo(
        batch_id=str(batch_id),
        status="pending",
        total_files=total,
        confirmed_count=0,
        created_at=created_at.isoformat(),
        age_seconds=int((scope.now() - created_at).total_seconds()),
    )
