"""A tenant's own bucket over HTTP, and the objects in it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from aionserver.domains.custom_storage import service
from aionserver.domains.custom_storage.schemas import (
    ConfigureS3Request,
    S3ConfigStatusResponse,
    S3RemovalResponse,
    S3ValidationResponse,
)
from aionserver.infra.actors import Permission
from aionserver.infra.scope import Scope
from aionserver.infra.web.door import AdminCaller, AdminScope, infra_of, scope_with
from aionserver.infra.web.idempotency import IdempotencyKey, Remember, answer_once_by
from aionserver.infra.web.limits import limit
from aionserver.infra.web.objects import require_signed

router = APIRouter(prefix="/api/v2/tenant/s3-config", tags=["Tenant Settings"])
objects = APIRouter(include_in_schema=False)
LONGEST_CACHED_SECONDS = 300
StatusScope = Annotated[Scope, Depends(scope_with(Permission.READ, "tenants:read"), scope="function")]


@router.get("")
async def get_custom_s3_status(scope: StatusScope) -> S3ConfigStatusResponse:
    """The bucket of your own that files may go to."""
    return await service.read_status(scope)


@router.post("", dependencies=[limit(5)])
async def configure_custom_s3(
    request: Request, caller: AdminCaller, body: ConfigureS3Request, key: IdempotencyKey = None
) -> S3ConfigStatusResponse:
    """Set the bucket for files that are sent with `storage_target=custom`; it is tested before anything is stored."""

    async def work(remember: Remember) -> S3ConfigStatusResponse:
        await service.require_usable(service.system_reader(caller.infra, caller.actor.tenant_id), body)
        async with caller.open_scope() as scope:
            answer = await service.configure(scope, body)
            await remember(scope, answer)
        return answer

    return await answer_once_by(caller, key, request, body, S3ConfigStatusResponse, work, is_secret=True)


@router.delete("", dependencies=[limit(5)])
async def remove_custom_s3(scope: AdminScope) -> S3RemovalResponse:
    """Send no more files to the bucket; those in it stay readable."""
    return await service.remove(scope)


@router.post("/validate", dependencies=[limit(10)])
async def validate_custom_s3(caller: AdminCaller) -> S3ValidationResponse:
    """Test the bucket again, as it is configured."""
    tested = await service.try_configured(service.system_reader(caller.infra, caller.actor.tenant_id))
    if tested is None:
        return S3ValidationResponse(valid=False, error="No bucket of your own is configured.")
    async with caller.open_scope() as scope:
        await service.note_test(scope, tested)
    return tested.answer


@objects.get(service.PATH + "{tenant_id}/{bucket_id}/{key:path}")
@objects.head(service.PATH + "{tenant_id}/{bucket_id}/{key:path}")
async def read_object(
    request: Request,
    tenant_id: UUID,
    bucket_id: UUID,
    key: str,
    content_type: Annotated[str, Query(alias="type")] = "",
    filename: Annotated[str, Query(alias="name")] = "",
    expires: int = 0,
    signature: str = "",
) -> Response:
    """The object of a bucket that a signed URL names: by redirect to the bucket, once it is sure to be there."""
    infra = infra_of(request)
    signed = f"{tenant_id}/{bucket_id}/{key}"
    require_signed(infra, service.PATH, signed, content_type, filename, expires, signature)
    storage = await service.storage_of(service.system_reader(infra, tenant_id), bucket_id)
    info = await storage.head(key)
    if request.method == "HEAD":
        return Response(headers={"Content-Length": str(info.size_bytes), "Content-Type": content_type})
    seconds = max(1, min(LONGEST_CACHED_SECONDS, expires - int(infra.clock().timestamp())))
    url = storage.signed_url(key, seconds + LONGEST_CACHED_SECONDS)
    return RedirectResponse(url, status_code=302, headers={"Cache-Control": f"private, max-age={seconds}"})
