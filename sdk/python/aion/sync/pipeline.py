"""Pipelines for callers that cannot await."""

from __future__ import annotations

from ..client import AionVision
from ..pipeline import PipelineBuilder
from ..types.pipeline import PipelineResult
from ._runner import LoopRunner

__all__ = ["SyncPipeline"]


class SyncPipeline(PipelineBuilder):
    """A pipeline of agents; `run` runs it."""

    def __init__(self, async_client: AionVision, runner: LoopRunner) -> None:
        super().__init__()
        self._http = async_client._http  # pyright: ignore[reportPrivateUsage]
        self._runner = runner

    def run(self) -> PipelineResult:
        """What each step gave. A step that failed is told by its status and in `errors`."""
        return PipelineResult.from_api_response(self._runner.run(self._http.send(self._request())).object())
