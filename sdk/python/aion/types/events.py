"""What happens in the tenant, as it happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from ._decoding import ApiObject

__all__ = ["TenantEvent"]


@dataclass(frozen=True)
class TenantEvent(ApiObject):
    """Something that happened, such as `file.processed`; `id` is what to resume after."""

    type: str
    data: dict[str, Any]
    id: Optional[str] = None
