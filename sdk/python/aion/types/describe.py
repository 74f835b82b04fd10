"""Descriptions, how far they are, and why one failed.

The dataclass `DescriptionStatus` of this module shares its name with the enum in `common`; `aion.types` exports
the enum.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Optional, TypeVar, cast

from ._decoding import ApiObject, wire

__all__ = ["DescriptionErrorType", "DescriptionFailure", "DescriptionResult"]

ResultT = TypeVar("ResultT", bound="DescriptionResult")


class DescriptionErrorType(str, Enum):
    """Why a description failed."""

    TIMEOUT = "timeout"
    RATE_LIMIT = "rate_limit"
    VLM_ERROR = "vlm_error"
    VALIDATION_ERROR = "validation"
    RESOURCE_LIMIT = "resource_limit"
    UNKNOWN = "unknown"


RETRYABLE_ERRORS = frozenset(
    {DescriptionErrorType.TIMEOUT, DescriptionErrorType.RATE_LIMIT, DescriptionErrorType.VLM_ERROR}
)

# The first kind whose pattern is found counts, so the more specific stand first.
_SIGNS: tuple[tuple[DescriptionErrorType, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (DescriptionErrorType.RATE_LIMIT, r"rate[ _-]?limit|too[ _]many[ _]requests|throttl|\b429\b"),
        (DescriptionErrorType.TIMEOUT, r"time[ _-]?out|timed[ _]out|deadline|took too long|\b(408|504)\b"),
        (
            DescriptionErrorType.RESOURCE_LIMIT,
            r"quota|limit[ _]exceeded|out of memory|memory[ _]limit|credit|too[ _]large|storage full|\b(402|413|507)\b",
        ),
        (
            DescriptionErrorType.VALIDATION_ERROR,
            r"invalid|validation|unsupported|corrupt|malformed|truncated|damaged|not an? (image|picture)"
            r"|cannot (identify|decode|be (read|decoded))|\b(400|415|422)\b",
        ),
        (
            DescriptionErrorType.VLM_ERROR,
            r"vlm|model|provider|inference|overloaded|unavailable|(service|server) error|worker|\b50[0-3]\b",
        ),
    )
)


@dataclass(frozen=True)
class DescriptionResult(ApiObject):
    """A finished description; `confidence_score` is from 0 to 1."""

    operation_id: str
    description: str
    confidence_score: float = field(metadata=wire("confidence_score", "consensus_score"))
    key_elements: Optional[list[str]] = None
    tags: Optional[list[str]] = None
    visible_text: Optional[str] = None
    verification_level: str = "standard"
    provider_count: int = 1
    processing_time_ms: int = 0
    metadata: Optional[dict[str, Any]] = None

    @classmethod
    def from_api_response(cls: type[ResultT], data: Mapping[str, Any]) -> ResultT:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The description in `data`, which may name its providers instead of counting them."""
        providers: Any = data.get("providers_used")
        counted = {"provider_count": len(cast("list[Any]", providers))} if isinstance(providers, list) else {}
        return super().from_api_response({**counted, **data})


@dataclass(frozen=True)
class DescriptionStatus(ApiObject):
    """How far the description of one picture is, and the description once it is there."""

    image_id: str
    status: str
    description: Optional[str] = None
    tags: Optional[list[str]] = None
    visible_text: Optional[str] = None
    confidence_score: Optional[float] = None
    error_message: Optional[str] = None
    created_at: Optional[datetime] = None
    completed_at: Optional[datetime] = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing more will happen, well or badly."""
        return self.status in ("completed", "failed", "skipped")

    @property
    def is_successful(self) -> bool:
        """Whether there is a description."""
        return self.status == "completed"


@dataclass(frozen=True)
class DescriptionFailure(ApiObject):
    """A failed description and whether trying again can help."""

    image_id: str
    error_message: str
    error_type: DescriptionErrorType
    is_retryable: bool
    filename: Optional[str] = None
    raw_error: Optional[str] = None

    @staticmethod
    def classify_error(error_msg: str) -> tuple[DescriptionErrorType, bool]:
        """The kind an error message speaks of, and whether trying again can help."""
        for kind, pattern in _SIGNS:
            if pattern.search(error_msg):
                return kind, kind in RETRYABLE_ERRORS
        return DescriptionErrorType.UNKNOWN, False

    @classmethod
    def from_error_message(cls, image_id: str, error_msg: str, filename: Optional[str] = None) -> DescriptionFailure:
        """The failure an error message speaks of."""
        kind, is_retryable = cls.classify_error(error_msg)
        return cls(image_id, error_msg, kind, is_retryable, filename, raw_error=error_msg)
