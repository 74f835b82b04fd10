"""Pipelines: their steps, and what each step gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from ._decoding import ApiObject, decoded, wire

__all__ = ["PipelineResult", "PipelineStep", "StepResult"]


@dataclass(frozen=True)
class PipelineStep(ApiObject):
    """A step to run; `depends_on` are the positions, from 0, of earlier steps it waits for."""

    agent: str
    intent: str
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    depends_on: Optional[tuple[int, ...]] = None


@dataclass(frozen=True)
class StepResult(ApiObject):
    """What a step gave; `status` is pending, completed, failed or skipped."""

    agent: str
    status: str
    summary: Optional[str]
    outputs: dict[str, Any]
    error: Optional[str]
    execution_time_ms: int
    node_id: Optional[str] = None

    @staticmethod
    def from_api_response(data: Mapping[str, Any]) -> StepResult:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The result in `data`."""
        return decoded(StepResult, data)


NodeResult = StepResult


@dataclass(frozen=True)
class PipelineResult(ApiObject):
    """What all steps of a pipeline gave; steps of one wave ran side by side."""

    success: bool
    steps: list[StepResult] = field(metadata=wire("steps", "nodes"))
    execution_time_ms: int
    total_waves: int
    errors: list[str]
    token_usage: Optional[dict[str, int]]

    def step(self, index: int) -> StepResult:
        """The result of the step at that position, from 0. Raises IndexError when there is none."""
        return self.steps[index]

    @property
    def final(self) -> StepResult:
        """The result of the last step. Raises IndexError when there was none."""
        return self.steps[-1]

    @staticmethod
    def from_api_response(data: Mapping[str, Any]) -> PipelineResult:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The result in `data`, which calls its steps nodes."""
        return decoded(PipelineResult, data)
