"""Shared rule sets, and the people who may see them."""

from __future__ import annotations

from typing import Any, Optional

from .._requests import delete, get, patch, post, present
from ..types.sharing import Share, SharingMember
from ..types.tenant import MemberRole
from ._base import Resource, require_choice, require_within

__all__ = ["SharingResource"]

ACCESS_LEVELS = ("view_only", "view_and_copy", "edit")
ROLES = tuple(role.value for role in MemberRole)
MOST_DAYS = 365


class SharingResource(Resource):
    """Shared rule sets."""

    async def share(
        self,
        ruleset_id: str,
        *,
        target_email: Optional[str] = None,
        target_tenant_id: Optional[str] = None,
        access_level: str = "view_only",
        notes: Optional[str] = None,
        expires_in_days: Optional[int] = None,
    ) -> Share:
        """A rule set shared with a person or a tenant; one of the two is given."""
        require_choice("access_level", access_level, ACCESS_LEVELS)
        payload = present(
            ruleset_id=ruleset_id,
            target_email=target_email,
            target_tenant_id=target_tenant_id,
            access_level=access_level,
            notes=notes,
            expires_in_days=expires_in_days,
        )
        return Share.from_api_response(await self._object(post("/sharing/share", payload)))

    async def share_publicly(
        self, ruleset_id: str, *, access_level: str = "view_only", expires_in_days: int = 30
    ) -> Share:
        """A rule set shared with everybody who has the link, `share_url`."""
        require_choice("access_level", access_level, ACCESS_LEVELS)
        require_within("expires_in_days", expires_in_days, 1, MOST_DAYS)
        payload = {"ruleset_id": ruleset_id, "access_level": access_level, "expires_in_days": expires_in_days}
        return Share.from_api_response(await self._object(post("/sharing/share/public", payload)))

    async def accept(self, invitation_code: str) -> Share:
        """A share, accepted with the code of the invitation."""
        payload = {"invitation_code": invitation_code}
        return Share.from_api_response(await self._object(post("/sharing/share/accept", payload)))

    async def revoke(self, share_id: str) -> None:
        """Ends a share."""
        await self._http.send(delete("/sharing/share/{share_id}", share_id=share_id))

    async def sent(self) -> list[Share]:
        """What this tenant shares."""
        return [Share.from_api_response(one) for one in await self._list(get("/sharing/shares/sent"))]

    async def received(self) -> list[Share]:
        """What is shared with this tenant."""
        return [Share.from_api_response(one) for one in await self._list(get("/sharing/shares/received"))]

    async def get_shared(self, share_token: str) -> dict[str, Any]:
        """What a public link leads to."""
        return await self._object(get("/sharing/shared/{share_token}", share_token=share_token))

    async def list_members(self) -> list[SharingMember]:
        """The people of the tenant."""
        return [SharingMember.from_api_response(one) for one in await self._list(get("/sharing/members"))]

    async def add_member(self, email: str, *, role: str = "viewer") -> SharingMember:
        """A person, added to the tenant."""
        require_choice("role", role, ROLES)
        payload = {"email": email, "role": role}
        return SharingMember.from_api_response(await self._object(post("/sharing/members", payload)))

    async def update_member_role(self, user_id: str, role: str) -> SharingMember:
        """The person with another role."""
        require_choice("role", role, ROLES)
        request = patch("/sharing/members/{user_id}/role", {"role": role}, user_id=user_id)
        return SharingMember.from_api_response(await self._object(request))

    async def remove_member(self, user_id: str) -> None:
        """Removes a person from the tenant."""
        await self._http.send(delete("/sharing/members/{user_id}", user_id=user_id))
