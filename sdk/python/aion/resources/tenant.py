"""The tenant the key belongs to: its settings, limits and members."""

from __future__ import annotations

from typing import Any, Optional

from .._requests import delete, get, patch, post, present
from ..exceptions import ValidationError
from ..types.tenant import MemberRole, TenantLimits, TenantMember, TenantSettings
from ._base import Resource, require_choice

__all__ = ["TenantResource"]

ROLES = tuple(role.value for role in MemberRole)


class TenantResource(Resource):
    """The tenant the key belongs to."""

    async def get_settings(self) -> TenantSettings:
        """The settings of the tenant."""
        return TenantSettings.from_api_response(await self._object(get("/tenant/settings")))

    async def update_settings(
        self,
        *,
        name: Optional[str] = None,
        webhook_url: Optional[str] = None,
        allowed_vlm_providers: Optional[list[str]] = None,
        allowed_domains: Optional[list[str]] = None,
        max_monthly_credits: Optional[int] = None,
        max_requests_per_minute: Optional[int] = None,
        custom_config: Optional[dict[str, Any]] = None,
    ) -> TenantSettings:
        """The settings after a change; it needs the role ADMIN. The two limits follow the plan: servers refuse them."""
        changes = present(
            name=name,
            webhook_url=webhook_url,
            allowed_vlm_providers=allowed_vlm_providers,
            allowed_domains=allowed_domains,
            max_monthly_credits=max_monthly_credits,
            max_requests_per_minute=max_requests_per_minute,
            custom_config=custom_config,
        )
        if not changes:
            raise ValidationError("Give a setting to change")
        return TenantSettings.from_api_response(await self._object(patch("/tenant/settings", changes)))

    async def get_limits(self) -> TenantLimits:
        """What the plan allows, what is used of it, and what is left."""
        return TenantLimits.from_api_response(await self._object(get("/tenant/limits")))

    async def list_members(self) -> list[TenantMember]:
        """The people who belong to the tenant."""
        return [TenantMember.from_api_response(one) for one in await self._list(get("/tenant/members"))]

    async def invite_member(self, email: str, *, role: str = "viewer") -> TenantMember:
        """The invited person; it needs the role OWNER."""
        payload = {"email": email, "role": _role(role)}
        return TenantMember.from_api_response(await self._object(post("/tenant/members/invite", payload)))

    async def update_member_role(self, user_id: str, role: str) -> TenantMember:
        """The person with another role; it needs the role OWNER, whose own role cannot be changed."""
        request = patch("/tenant/members/{user_id}/role", {"role": _role(role)}, user_id=user_id)
        return TenantMember.from_api_response(await self._object(request))

    async def remove_member(self, user_id: str) -> dict[str, Any]:
        """Removes a person from the tenant; it needs the role OWNER."""
        return await self._object(delete("/tenant/members/{user_id}", user_id=user_id))


def _role(role: str) -> str:
    value = role.value if isinstance(role, MemberRole) else role
    require_choice("role", value, ROLES)
    return value
