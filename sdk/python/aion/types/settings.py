"""The tenant's own bucket, and its own keys for language models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

from ._decoding import ApiObject

__all__ = ["ProviderKey", "ProviderKeyList", "ProviderKeyTest", "S3ConfigStatus", "S3ValidationResult"]


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


@dataclass(frozen=True)
class ProviderKey(ApiObject):
    """A provider of language models that a key of one's own may be set for, and the end of the one that is."""

    provider: str
    is_set: bool = False
    # Whether the assistant answers with it.
    is_used: bool = False
    models: list[str] = field(default_factory=list[str])
    host: str = ""
    key_ending: Optional[str] = None
    model: Optional[str] = None
    configured_at: Optional[str] = None
    error: Optional[str] = None


@dataclass(frozen=True)
class ProviderKeyList(ApiObject):
    """The providers that keys of one's own may be set for."""

    providers: list[ProviderKey] = field(default_factory=list[ProviderKey])


@dataclass(frozen=True)
class ProviderKeyTest(ApiObject):
    """Whether a language model answers to the key that is set."""

    valid: bool
    provider: str = ""
    model: Optional[str] = None
    error: Optional[str] = None
