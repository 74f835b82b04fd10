"""Presigned uploads of one file, in both forms in which they are asked for."""

from dataclasses import replace

from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.files.service import StoredFile
from aionserver.domains.uploads.arrivals import Claim
from aionserver.domains.uploads.confirming import confirm, reader_of, require_pending
from aionserver.domains.uploads.errors import UploadNotFound
from aionserver.domains.uploads.presigned import Offer, Stores, Wanted, offer
from aionserver.domains.uploads.presigned_schemas import (
    ConfirmUploadRequest,
    ConfirmUploadResponse,
    InitiateForm,
    InitiateUploadResponse,
    PresignedUploadRequest,
    PresignedUploadResponse,
    UploadConfirmationRequest,
    UploadConfirmationResponse,
)
from aionserver.infra.auditing import Audited
from aionserver.infra.scope import Scope
from aionserver.infra.web.door import Caller
from aionserver.infra.web.idempotency import Remember
from aionserver.kit.ids import parse_id

DESCRIBED_PURPOSE = "image_analysis"


async def request_url(scope: Scope, stores: Stores, body: PresignedUploadRequest) -> PresignedUploadResponse:
    """Where one file may be put."""
    wanted = Wanted(
        **body.model_dump(include={"filename", "content_type", "size_bytes", "storage_target"}),
        auto_describe=body.purpose == DESCRIBED_PURPOSE,
    )
    return await offered(scope, stores, wanted)


async def offered(scope: Scope, stores: Stores, wanted: Wanted) -> PresignedUploadResponse:
    """Where one file may be put, as the answer to who asked."""
    made = await _offer_one(scope, stores, wanted)
    is_custom = wanted.storage_target == custom_storage.CUSTOM
    return PresignedUploadResponse(
        upload_url=made.url,
        upload_headers=dict(made.headers),
        object_key=made.pending.object_key,
        expires_at=made.expires_at.isoformat(),
        max_size_bytes=wanted.size_bytes,
        storage_target=wanted.storage_target,
        bucket_name=(await custom_storage.read_status(scope)).bucket_name if is_custom else None,
    )


async def initiate(scope: Scope, stores: Stores, form: InitiateForm) -> InitiateUploadResponse:
    """Where one file may be put, of which all is known already."""
    fields = form.model_dump(exclude={"tags", "title"})
    made = await _offer_one(scope, stores, replace(Wanted(**fields), title=form.title or None, tags=form.tag_list))
    return InitiateUploadResponse(
        upload_url=made.url,
        upload_headers=made.headers,
        object_key=made.pending.object_key,
        image_id=made.pending.id,
        expires_at=made.expires_at,
        max_size_bytes=form.size_bytes,
    )


async def _offer_one(scope: Scope, stores: Stores, wanted: Wanted) -> Offer:
    (made,) = await offer(scope, stores, [wanted])
    await scope.publish(Audited("upload.url_requested", "request", "file", str(made.pending.id)))
    return made


async def confirm_put(
    caller: Caller, body: UploadConfirmationRequest, remember: Remember
) -> UploadConfirmationResponse:
    """Enter what was put, by its key."""

    async def answer(scope: Scope, file: StoredFile) -> UploadConfirmationResponse:
        key = file.object_key
        made = UploadConfirmationResponse(upload_id=str(file.id), object_key=key, storage_path=key, confirmed=True)
        await remember(scope, made)
        return made

    return await confirm(caller, body.object_key, Claim(body.size_bytes, body.checksum), answer)


async def confirm_initiated(caller: Caller, body: ConfirmUploadRequest, remember: Remember) -> ConfirmUploadResponse:
    """Enter what was put, by its key and the id it was given."""

    async def answer(scope: Scope, file: StoredFile) -> ConfirmUploadResponse:
        made = ConfirmUploadResponse(
            image_id=file.id, description_status=file.description_status, title=file.title, tags=file.tags
        )
        await remember(scope, made)
        return made

    pending = await require_pending(reader_of(caller), body.object_key)
    if pending.id != parse_id(body.image_id):
        raise UploadNotFound("This object_key belongs to another image_id.")
    claim = Claim(body.size_bytes)
    return await confirm(caller, body.object_key, claim, answer, auto_describe=body.auto_describe)
