"""Pipelines: several agents in one request, each working on what earlier ones found.

result = await client.pipeline().search_images("damaged cars").analyze("Which damage is it?").run()
print(result.final.summary)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Optional, TypeVar

from ._requests import Request, post
from .exceptions import ValidationError
from .types.pipeline import PipelineResult, PipelineStep

if TYPE_CHECKING:
    from .client import AionVision

__all__ = ["Pipeline"]

BuilderT = TypeVar("BuilderT", bound="PipelineBuilder")

MOST_STEPS = 10
LONGEST_INTENT = 2000


class PipelineBuilder:
    """The steps of a pipeline. Without `depends_on` each takes what fits it from earlier ones."""

    def __init__(self) -> None:
        self._steps: list[PipelineStep] = []
        self._image_ids: list[str] = []
        self._document_ids: list[str] = []

    @property
    def steps(self) -> list[PipelineStep]:
        """A copy of the steps so far."""
        return list(self._steps)

    def with_images(self: BuilderT, image_ids: Sequence[str]) -> BuilderT:
        """Gives pictures to the steps."""
        self._image_ids.extend(image_ids)
        return self

    def with_documents(self: BuilderT, document_ids: Sequence[str]) -> BuilderT:
        """Gives documents to the steps."""
        self._document_ids.extend(document_ids)
        return self

    def search_images(self: BuilderT, query: str) -> BuilderT:
        """Adds a search for pictures."""
        return self._add("image_search", query)

    def search_documents(self: BuilderT, query: str) -> BuilderT:
        """Adds a search for passages of documents."""
        return self._add("document_search", query)

    def search_links(self: BuilderT, query: str) -> BuilderT:
        """Adds a search for links."""
        return self._add("link_search", query)

    def analyze(self: BuilderT, intent: str, *, depends_on: Optional[Sequence[int]] = None) -> BuilderT:
        """Adds an analysis of pictures."""
        return self._add("analysis", intent, depends_on)

    def analyze_documents(self: BuilderT, intent: str, *, depends_on: Optional[Sequence[int]] = None) -> BuilderT:
        """Adds an analysis of documents."""
        return self._add("document_analysis", intent, depends_on)

    def analyze_links(self: BuilderT, intent: str, *, depends_on: Optional[Sequence[int]] = None) -> BuilderT:
        """Adds an analysis of links."""
        return self._add("link_analysis", intent, depends_on)

    def synthesize(self: BuilderT, intent: str, *, depends_on: Optional[Sequence[int]] = None) -> BuilderT:
        """Adds a report on what earlier steps found."""
        return self._add("assistant", intent, depends_on)

    def organize(self: BuilderT, intent: str, *, depends_on: Optional[Sequence[int]] = None) -> BuilderT:
        """Adds putting what earlier steps found into folders."""
        return self._add("folder", intent, depends_on)

    def cross_reference(self: BuilderT, intent: str, *, depends_on: Optional[Sequence[int]] = None) -> BuilderT:
        """Adds finding out how pictures and documents relate to one another."""
        return self._add("cross_reference", intent, depends_on)

    def _add(self: BuilderT, agent: str, intent: str, depends_on: Optional[Sequence[int]] = None) -> BuilderT:
        if not 1 <= len(intent) <= LONGEST_INTENT:
            raise ValidationError(f"A step's text must have 1 to {LONGEST_INTENT} characters")
        if len(self._steps) >= MOST_STEPS:
            raise ValidationError(f"A pipeline has at most {MOST_STEPS} steps")
        if any(not 0 <= place < len(self._steps) for place in depends_on or ()):
            raise ValidationError("depends_on must name earlier steps, the first being 0")
        before = None if depends_on is None else tuple(depends_on)
        self._steps.append(PipelineStep(agent, intent, depends_on=before))
        return self

    def _request(self) -> Request:
        if not self._steps:
            raise ValidationError("A pipeline needs at least one step")
        seeds = {"image_ids": self._image_ids, "document_ids": self._document_ids}
        payload = {"steps": [_wire(step) for step in self._steps], **{name: ids for name, ids in seeds.items() if ids}}
        return post("/agents/pipeline", payload)


class Pipeline(PipelineBuilder):
    """A pipeline of agents; `run` runs it."""

    def __init__(self, client: AionVision) -> None:
        super().__init__()
        self._client = client

    async def run(self) -> PipelineResult:
        """What each step gave. A step that failed is told by its status and in `errors`."""
        http = self._client._http  # pyright: ignore[reportPrivateUsage]
        return PipelineResult.from_api_response((await http.send(self._request())).object())


def _wire(step: PipelineStep) -> dict[str, Any]:
    before = {} if step.depends_on is None else {"depends_on": [*step.depends_on]}
    return {"agent": step.agent, "intent": step.intent, **before}
