"""The tenant's own bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from ._decoding import ApiObject

__all__ = ["S3ConfigStatus", "S3ValidationResult"]


@dataclass(frozen=True)
class S3ConfigStatus(ApiObject):
    """Whether a bucket is set up, and which."""

    configured: bool
    bucket_name: Optional[str] = None
    region: Optional[str] = None
    configured_at: Optional[str] = None
    is_validated: Optional[bool] = None
    error: Optional[str] = None
    endpoint_url: Optional[str] = None
    prefix: Optional[str] = None


@dataclass(frozen=True)
class S3ValidationResult(ApiObject):
    """Whether the bucket can be written and read."""

    valid: bool
    bucket_name: Optional[str] = None
    region: Optional[str] = None
    error: Optional[str] = None
