"""Materials: what the things in pictures are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from ._decoding import ApiObject

__all__ = [
    "BatchMaterialResult",
    "MaterialClassification",
    "MaterialSearchResponse",
    "MaterialSearchResult",
    "MaterialType",
]


@dataclass(frozen=True)
class MaterialClassification(ApiObject):
    """What the things in a picture are made of, or how far that is."""

    image_id: str
    status: str
    material_classification: Optional[dict[str, Any]] = None
    classified_at: Optional[datetime] = None


@dataclass(frozen=True)
class MaterialSearchResult(ApiObject):
    """A picture found by material; the score is from 0 to 1."""

    image_id: str
    thumbnail_url: Optional[str] = None
    material_classification: Optional[dict[str, Any]] = None
    confidence_score: float = 1.0


@dataclass(frozen=True)
class MaterialSearchResponse(ApiObject):
    """One page of pictures found by material."""

    results: list[MaterialSearchResult]
    total_count: int
    limit: int
    offset: int


@dataclass(frozen=True)
class MaterialType(ApiObject):
    """A material, described."""

    type: str
    display_name: str
    description: str
    common_finishes: list[str]


@dataclass(frozen=True)
class BatchMaterialResult(ApiObject):
    """How many pictures will be looked at."""

    queued_count: int
    message: str
