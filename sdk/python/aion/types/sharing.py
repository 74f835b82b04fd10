"""Shared rule sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from ._decoding import ApiObject

__all__ = ["Share", "SharingMember"]


@dataclass(frozen=True)
class Share(ApiObject):
    """A rule set shared with somebody, or by a public link."""

    id: str
    ruleset_id: str
    shared_by_tenant_id: str
    access_level: str
    status: str
    shared_with_tenant_id: Optional[str] = None
    share_token: Optional[str] = None
    share_url: Optional[str] = None
    expires_at: Optional[datetime] = None


@dataclass(frozen=True)
class SharingMember(ApiObject):
    """A person who may see what is shared."""

    user_id: str
    tenant_id: str
    role: str
    user_email: Optional[str] = None
    user_name: Optional[str] = None
    joined_at: Optional[datetime] = None
    is_active: bool = True
