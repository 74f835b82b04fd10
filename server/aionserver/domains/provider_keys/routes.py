"""A tenant's own keys for language models over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends

from aionserver.domains.provider_keys import service
from aionserver.domains.provider_keys.schemas import (
    Provider,
    ProviderKeyRemovalResponse,
    ProviderKeyResponse,
    ProviderKeysResponse,
    ProviderKeyTestResponse,
    SetProviderKeyRequest,
)
from aionserver.infra.actors import Permission
from aionserver.infra.scope import Scope
from aionserver.infra.web.door import AdminCaller, AdminScope, scope_with
from aionserver.infra.web.limits import limit

router = APIRouter(prefix="/api/v2/tenant/provider-keys", tags=["Tenant Settings"])
TenantScope = Annotated[Scope, Depends(scope_with(Permission.READ, "tenants:read"), scope="function")]


@router.get("")
async def get_provider_keys(scope: TenantScope) -> ProviderKeysResponse:
    """The providers of language models that you may set a key of your own for, and what is set; no key is shown."""
    return await service.read(scope)


@router.put("/{provider_name}", dependencies=[limit(5)])
async def set_provider_key(
    caller: AdminCaller, provider_name: Provider, body: SetProviderKeyRequest
) -> ProviderKeyResponse:
    """Set the key that the assistant asks a language model with; the model is asked for a word before it is kept."""
    choice = await service.require_usable(caller.infra, provider_name, body)
    async with caller.open_scope() as scope:
        return await service.configure(scope, choice, body)


@router.post("/{provider_name}/test", dependencies=[limit(10)])
async def test_provider_key(caller: AdminCaller, provider_name: Provider) -> ProviderKeyTestResponse:
    """Ask the model for a word with the key that is set."""
    tested = await service.try_out(caller.infra, caller.actor.tenant_id, provider_name)
    if tested is None:
        error = f"No key of your own is set for {provider_name}."
        return ProviderKeyTestResponse(valid=False, provider=provider_name, error=error)
    async with caller.open_scope() as scope:
        await service.note_test(scope, tested)
    return tested.answer


@router.delete("/{provider_name}", dependencies=[limit(5)])
async def remove_provider_key(scope: AdminScope, provider_name: Provider) -> ProviderKeyRemovalResponse:
    """Forget the key."""
    return await service.remove(scope, provider_name)
