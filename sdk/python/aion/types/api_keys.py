"""Keys of the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional

from ._decoding import ApiObject

__all__ = ["ApiKey", "ApiKeyList", "NewApiKey"]


@dataclass(frozen=True)
class ApiKey(ApiObject):
    """A key; its secret is not told again after it was made."""

    id: str
    name: str
    key_prefix: str
    created_at: Optional[datetime]
    is_active: bool
    scopes: list[str]
    metadata: dict[str, Any]
    description: Optional[str] = None
    expires_at: Optional[datetime] = None
    rate_limit_per_minute: Optional[int] = None
    last_used_at: Optional[datetime] = None
    usage_count: int = 0


@dataclass(frozen=True)
class NewApiKey(ApiObject):
    """A key just made, with its secret in `api_key`."""

    id: str
    name: str
    key_prefix: str
    created_at: Optional[datetime]
    scopes: list[str]
    metadata: dict[str, Any]
    api_key: str = field(repr=False)
    description: Optional[str] = None
    expires_at: Optional[datetime] = None
    is_active: bool = True
    rate_limit_per_minute: Optional[int] = None


@dataclass(frozen=True)
class ApiKeyList(ApiObject):
    """The keys of the tenant."""

    api_keys: list[ApiKey]
    total: int
