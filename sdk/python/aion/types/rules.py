"""Rules that pictures are held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from ._decoding import ApiObject

__all__ = ["Rule", "RuleSet", "RuleSetList", "RuleTemplate", "RuleTestResult", "VisualMemoryStatus"]


@dataclass(frozen=True)
class Rule(ApiObject):
    """One rule of a set."""

    id: str
    name: str
    description: str
    rule_type: str
    config: dict[str, Any]
    priority: str
    severity: str
    enabled: bool
    created_at: Optional[datetime]
    updated_at: Optional[datetime]
    error_message: Optional[str] = None
    conditions: Optional[list[dict[str, Any]]] = None


@dataclass(frozen=True)
class RuleSet(ApiObject):
    """Rules that pictures are held against."""

    id: str
    name: str
    description: str
    rules: list[Rule]
    enabled: bool
    created_at: Optional[datetime]
    updated_at: Optional[datetime]
    created_by: str
    tenant_id: str
    metadata: Optional[dict[str, Any]] = None
    reference_image_url: Optional[str] = None
    user_description: Optional[str] = None


@dataclass(frozen=True)
class RuleSetList(ApiObject):
    """One page of rule sets."""

    rule_sets: list[RuleSet]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True)
class RuleTestResult(ApiObject):
    """Whether a picture keeps a rule."""

    rule_id: str
    rule_name: str
    passed: bool
    execution_time_ms: int
    error_message: Optional[str] = None
    details: Optional[dict[str, Any]] = None


@dataclass(frozen=True)
class VisualMemoryStatus(ApiObject):
    """How far the reference picture of a rule set is."""

    rule_set_id: str
    visual_processing_status: str
    visual_memory_available: bool
    processing_error: Optional[str] = None
    processing_started_at: Optional[datetime] = None
    processing_completed_at: Optional[datetime] = None
    estimated_completion: Optional[str] = None


@dataclass(frozen=True)
class RuleTemplate(ApiObject):
    """A rule to start from."""

    id: str
    name: str
    description: str
    rule_type: str
    default_config: dict[str, Any]
    config_schema: dict[str, Any]
    category: str
