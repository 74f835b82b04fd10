"""Tenants over HTTP: settings, limits and members."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from aionserver.domains.tenants import members, service
from aionserver.domains.tenants.schemas import (
    InviteMemberRequest,
    MemberRemovalResponse,
    TenantLimitsResponse,
    TenantMemberResponse,
    TenantSettingsResponse,
    TenantSettingsUpdate,
    UpdateMemberRoleRequest,
)
from aionserver.infra.actors import Permission
from aionserver.infra.scope import Scope
from aionserver.infra.web.door import OwnerCaller, OwnerScope, scope_with
from aionserver.infra.web.idempotency import IdempotencyKey, answer_once
from aionserver.infra.web.limits import limit

router = APIRouter(prefix="/api/v2/tenant", tags=["Tenant Settings"])
TenantScope = Annotated[Scope, Depends(scope_with(Permission.READ, "tenants:read"), scope="function")]
ChangingScope = Annotated[Scope, Depends(scope_with(Permission.ADMIN, "tenants:write"), scope="function")]


@router.get("/settings")
async def get_tenant_settings(scope: TenantScope) -> TenantSettingsResponse:
    """The tenant's settings, what its plan gives, and what it used."""
    return await service.read_settings(scope)


@router.patch("/settings", dependencies=[limit(10)])
async def update_tenant_settings(scope: ChangingScope, body: TenantSettingsUpdate) -> TenantSettingsResponse:
    """Change the settings that are given; what the plan says can't be changed here."""
    return await service.change_settings(scope, body)


@router.get("/limits")
async def get_tenant_limits(request: Request, scope: TenantScope) -> TenantLimitsResponse:
    """What the plan allows, what of it is used, and what is left; -1 is unlimited."""
    headers = request.state.headers
    allowed, left = int(headers["X-RateLimit-Limit"]), int(headers["X-RateLimit-Remaining"])
    return await service.read_limits(scope, allowed, left)


@router.get("/members")
async def get_tenant_members(scope: TenantScope) -> list[TenantMemberResponse]:
    """The people of the tenant with their roles, in the order they came."""
    return await members.list_members(scope)


@router.post("/members/invite", dependencies=[limit(5)])
async def invite_tenant_member(
    request: Request, caller: OwnerCaller, body: InviteMemberRequest, key: IdempotencyKey = None
) -> TenantMemberResponse:
    """Let a person work in the tenant, and tell them by e-mail; who has no account here gets a link to make one."""
    return await answer_once(
        caller, key, request, body, TenantMemberResponse, lambda scope: members.invite(scope, body)
    )


@router.patch("/members/{user_id}/role", dependencies=[limit(10)])
async def update_member_role(user_id: str, scope: OwnerScope, body: UpdateMemberRoleRequest) -> TenantMemberResponse:
    """Give a member another role, at once; the owner's can't be changed."""
    return await members.change_role(scope, user_id, body)


@router.delete("/members/{user_id}", dependencies=[limit(5)])
async def remove_tenant_member(user_id: str, scope: OwnerScope) -> MemberRemovalResponse:
    """Remove a member, at once, with the keys that they made here; the owner can't be removed."""
    return await members.remove(scope, user_id)
