"""Whether a text is true to a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional, TypeVar, cast

from ._decoding import ApiObject, wire

__all__ = ["VerificationIssue", "VerificationResult"]

ResultT = TypeVar("ResultT", bound="VerificationResult")


@dataclass(frozen=True)
class VerificationIssue(ApiObject):
    """Something in the text that the picture does not bear out."""

    type: str = field(metadata=wire("type", "issue_type"))
    description: str = field(metadata=wire("description", "explanation", "message"))
    severity: str = "medium"
    claim: Optional[str] = None
    confidence: Optional[float] = None


@dataclass(frozen=True)
class VerificationResult(ApiObject):
    """Whether a text is true to a picture; `risk_level` is low, medium, high or critical."""

    operation_id: str
    is_verified: bool
    confidence_score: float
    risk_level: str
    hallucination_probability: float = field(default=0.0, metadata=wire("hallucination_probability", "risk_score"))
    verified_claims: Optional[list[str]] = None
    issues: Optional[list[VerificationIssue]] = field(
        default=None, metadata=wire("issues", "detected_issues", "issues_found")
    )
    summary: Optional[str] = field(default=None, metadata=wire("summary", "explanation"))
    processing_time_ms: int = 0
    providers_used: Optional[list[str]] = None

    @classmethod
    def from_api_response(cls: type[ResultT], data: Mapping[str, Any]) -> ResultT:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The result in `data`, whose claims may be objects with a text."""
        claims: Any = data.get("verified_claims")
        if isinstance(claims, list):
            data = {**data, "verified_claims": [_claim(claim) for claim in cast("list[Any]", claims)]}
        return super().from_api_response(data)


def _claim(claim: Any) -> Any:
    if not isinstance(claim, dict):
        return claim
    known = cast("dict[str, Any]", claim)
    return known.get("claim") or known.get("text")
