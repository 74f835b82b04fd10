"""Batches of documents: prepared, confirmed, and how far each is."""

from aionserver.domains.accounts.service import plan_of
from aionserver.domains.document_uploads.schemas import (
    DocumentBatchConfirmRequest,
    DocumentBatchConfirmResponse,
    DocumentBatchPrepareRequest,
    DocumentBatchPrepareResponse,
    DocumentBatchPresignedUrl,
    DocumentBatchStatusResponse,
)
from aionserver.domains.document_uploads.service import as_uploaded, wanted
from aionserver.domains.files import service as files
from aionserver.domains.uploads import service as uploads
from aionserver.domains.uploads.errors import SessionNotFound, TooManyFiles
from aionserver.domains.uploads.service import (
    BatchPresignedUrl,
    BatchUploadConfirmRequest,
    BatchUploadConfirmResponse,
    Stores,
)
from aionserver.infra.scope import Scope
from aionserver.infra.web.door import Caller
from aionserver.infra.web.idempotency import Remember
from aionserver.kit.ids import parse_ids

LONGEST_REASON = 2_000
# What sessions of other uploads are called too.
STATES = {"cancelled": "failed", "expired": "failed"}


async def prepare(scope: Scope, stores: Stores, body: DocumentBatchPrepareRequest) -> DocumentBatchPrepareResponse:
    """A URL for each document, and the batch in which they arrive."""
    most = plan_of(scope.actor.tier).files_per_batch
    if len(body.files) > most:
        raise TooManyFiles(f"The plan takes at most {most} files in a batch.")
    shared = uploads.shared_fields(body.additional_params or {})
    asked = [wanted(one, shared.tag_list, shared.folder_id) for one in body.files]
    batch_id, offers = await uploads.prepare_batch(scope, stores, asked, uploads.DOCUMENTS)
    made = uploads.prepared(scope, batch_id, offers)
    return DocumentBatchPrepareResponse(
        batch_id=made.batch_id,
        upload_plan=made.upload_plan,
        presigned_urls=[_url(one) for one in made.presigned_urls],
        total_size_bytes=made.total_size_bytes,
        estimated_time_seconds=made.estimated_time_seconds,
        expires_at=min(one.expires_at for one in made.presigned_urls),
    )


def _url(one: BatchPresignedUrl) -> DocumentBatchPresignedUrl:
    return DocumentBatchPresignedUrl(**one.model_dump(exclude={"image_id"}), upload_intent_id=one.image_id or "")


async def confirm_batch(
    caller: Caller, body: DocumentBatchConfirmRequest, remember: Remember
) -> DocumentBatchConfirmResponse:
    """Enter what arrived of a batch; what was settled before stays as it is."""
    await uploads.require_batch(caller, body.batch_id, uploads.DOCUMENTS)
    made = list[DocumentBatchConfirmResponse]()

    async def remember_documents(scope: Scope, answer: BatchUploadConfirmResponse) -> None:
        made.append(await _confirmed(scope, answer))
        await remember(scope, made[-1])

    said = body.model_dump()
    for one in said["confirmations"]:
        one["error_message"] = (one["error_message"] or "")[:LONGEST_REASON] or None
    asked = BatchUploadConfirmRequest.model_validate(said)
    await uploads.confirm_batch(caller, asked, remember_documents)
    return made[-1]


async def _confirmed(scope: Scope, answer: BatchUploadConfirmResponse) -> DocumentBatchConfirmResponse:
    ids, _ = parse_ids([one.image_id for one in answer.stored_images])
    found = await files.find_many(scope, ids)
    return DocumentBatchConfirmResponse(
        **answer.model_dump(exclude={"stored_images"}),
        documents=[as_uploaded(found[file_id]) for file_id in ids if file_id in found],
    )


async def batch_status(scope: Scope, text: str) -> DocumentBatchStatusResponse:
    """How far the documents of a batch are."""
    session, rows = await uploads.load(scope, text)
    if session.intent != uploads.DOCUMENTS:
        raise SessionNotFound("There is no such batch of documents.")
    tally, found = uploads.tally_of(rows), [file for _, file, _ in rows if file]
    status = tally.status(is_cancelled=session.cancelled_at is not None)
    touched = [file.updated_at or file.created_at for file in found]
    return DocumentBatchStatusResponse(
        batch_id=str(session.id),
        status=STATES.get(status, status),
        total_documents=session.total_files,
        confirmed_documents=sum(item.outcome in ("stored", "skipped") for item, _, _ in rows),
        processed_documents=tally.completed + tally.skipped,
        failed_documents=tally.failed,
        created_at=session.created_at.isoformat(),
        updated_at=max(touched).isoformat() if touched else None,
        documents=[as_uploaded(file) for file in dict.fromkeys(found) if file.media_type == "document"],
    )
