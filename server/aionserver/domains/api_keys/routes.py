"""Keys over HTTP: for people who have logged in, never for keys themselves."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator

from aionserver.domains.api_keys import service
from aionserver.domains.api_keys.schemas import (
    APIKeyResponse,
    CreateAPIKeyRequest,
    CreateAPIKeyResponse,
    ListAPIKeysResponse,
    UpdateAPIKeyRequest,
)
from aionserver.infra.web.door import SessionAdminCaller, SessionAdminScope, SessionScope
from aionserver.infra.web.idempotency import IdempotencyKey, answer_once
from aionserver.infra.web.text import Text

router = APIRouter(prefix="/api/v2/api-keys", tags=["API Keys"])
LONGEST_REASON = 500
LARGEST_PAGE = 1000


def _short(reason: str) -> str:
    if len(reason) > LONGEST_REASON:
        raise ValueError(f"must have at most {LONGEST_REASON} characters")
    return reason


def _counted(value: int) -> int:
    if value < 0:
        raise ValueError("must not be below 0")
    return value


Reason = Annotated[Text, AfterValidator(_short)]
# The published parameters have no bounds, so these are not part of the document.
Count = Annotated[int, AfterValidator(_counted)]


@router.post("", status_code=201)
async def create_api_key(
    request: Request, caller: SessionAdminCaller, body: CreateAPIKeyRequest, key: IdempotencyKey = None
) -> CreateAPIKeyResponse:
    """Make a key for a program; this answer is the only one that shows it."""
    return await answer_once(
        caller,
        key,
        request,
        body,
        CreateAPIKeyResponse,
        lambda scope: service.make_key(scope, body),
        is_secret=True,
    )


@router.get("")
async def list_api_keys(
    scope: SessionScope,
    include_inactive: bool = False,
    limit: Annotated[Count | None, Query(description=f"Up to {LARGEST_PAGE}, which it is by default.")] = None,
    offset: Count | None = None,
) -> ListAPIKeysResponse:
    """The tenant's keys, the newest first: those that let in, or all that there ever were."""
    most = LARGEST_PAGE if limit is None else min(limit, LARGEST_PAGE)
    return await service.list_keys(scope, include_inactive=include_inactive, limit=most, offset=offset or 0)


@router.get("/{api_key_id}")
async def get_api_key(scope: SessionScope, api_key_id: str) -> APIKeyResponse:
    """A key's settings and use; the key itself can't be read again."""
    return await service.read_key(scope, api_key_id)


@router.put("/{api_key_id}")
async def update_api_key(scope: SessionAdminScope, api_key_id: str, body: UpdateAPIKeyRequest) -> APIKeyResponse:
    """Change name, description and metadata. What a key may do is never changed: make another one."""
    return await service.change_key(scope, api_key_id, body)


@router.delete("/{api_key_id}", status_code=204)
async def delete_api_key(scope: SessionAdminScope, api_key_id: str, reason: Reason | None = None) -> None:
    """Revoke a key: within a second it lets nobody in any more, for good."""
    await service.revoke_key(scope, api_key_id, reason)
