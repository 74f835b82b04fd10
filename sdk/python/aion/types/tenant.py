"""The tenant: its settings, limits and members."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Optional

from ._decoding import ApiObject, wire

__all__ = ["MemberRole", "TenantLimits", "TenantMember", "TenantSettings"]


class MemberRole(str, Enum):
    """What a member may do; each role includes those below it."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


@dataclass(frozen=True)
class TenantSettings(ApiObject):
    """The settings of a tenant, and what it has used; -1 stands for no limit."""

    id: str
    name: str
    owner_user_id: str
    created_at: datetime
    updated_at: datetime
    is_active: bool
    webhook_url: Optional[str]
    allowed_vlm_providers: list[str]
    allowed_domains: list[str]
    max_monthly_credits: int
    max_requests_per_minute: int
    custom_config: dict[str, Any]
    subscription_tier: str
    subscription_expires_at: Optional[datetime]
    current_month_credits: int
    current_month_cost: float
    total_credits: int
    total_cost: float


@dataclass(frozen=True)
class TenantLimits(ApiObject):
    """Limits by name, what is used of each, and what is left; -1 stands for no limit."""

    limits: dict[str, int]
    usage: dict[str, int]
    remaining: dict[str, int]
    subscription_tier: str = "free"

    def get_limit(self, name: str) -> Optional[int]:
        """The limit of that name; None when there is none."""
        return self.limits.get(name)

    def get_usage(self, name: str) -> Optional[int]:
        """What is used of the limit of that name; None when it is unknown."""
        return self.usage.get(name)

    def get_remaining(self, name: str) -> Optional[int]:
        """What is left of the limit of that name; None when it is unknown."""
        return self.remaining.get(name)


@dataclass(frozen=True)
class TenantMember(ApiObject):
    """A person who belongs to the tenant."""

    id: str = field(metadata=wire("id", "user_id"))
    email: str = field(metadata=wire("email", "user_email"))
    name: str = field(metadata=wire("name", "user_name"))
    role: str
    joined_at: datetime
    last_active_at: Optional[datetime] = None

    @property
    def role_enum(self) -> MemberRole:
        """The role as a member of the enum. Raises ValueError for one that this version does not know."""
        return MemberRole(self.role)
