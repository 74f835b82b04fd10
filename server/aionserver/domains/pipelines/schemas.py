"""Pipelines on the wire, and what passes between their steps."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field

from aionserver.domains.agent_operations.schemas import Ids, Intent
from aionserver.domains.assistant.service import Composed
from aionserver.infra.scope import Scope
from aionserver.infra.tools import Selection
from aionserver.kit.ids import parse_ids

AgentName = Literal[
    "image_search",
    "document_search",
    "link_search",
    "analysis",
    "document_analysis",
    "link_analysis",
    "assistant",
    "folder",
    "cross_reference",
    "analytics",
    "chat",
]
AGENT_NAMES: tuple[AgentName, ...] = get_args(AgentName)
Status = Literal["pending", "completed", "failed", "skipped"]
MOST_STEPS = 10


class PipelineStep(BaseModel):
    """What an agent is to do, after which earlier steps, numbered from 0; without `depends_on`, after those it fits."""

    agent: AgentName
    intent: Intent
    depends_on: Annotated[list[int] | None, Field(max_length=100)] = None


class PipelineRequest(BaseModel):
    """The steps, and files to work on besides what steps find."""

    steps: Annotated[list[PipelineStep], Field(min_length=1, max_length=MOST_STEPS)]
    image_ids: Ids | None = None
    document_ids: Ids | None = None


class PipelineNodeResult(BaseModel):
    """What came of a step; `outputs` are by the agent: what it found, wrote or changed."""

    node_id: str
    agent: str
    status: Status
    summary: str | None = None
    outputs: dict[str, Any] = {}
    error: str | None = None
    execution_time_ms: int = 0


class PipelineResponse(BaseModel):
    """What came of each step, in the order of the request; a success where none failed."""

    success: bool
    nodes: list[PipelineNodeResult] = []
    execution_time_ms: int
    total_waves: int
    errors: list[str] = []
    token_usage: dict[str, int] | None = None


@dataclass(frozen=True)
class Given:
    """What a step works on: ids of files, and what earlier steps told. None of a kind: it was given none to work on."""

    image_ids: Sequence[str] | None = None
    document_ids: Sequence[str] | None = None
    link_ids: Sequence[str] | None = None
    told: Sequence[str] | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing was given, so that it is about the whole library."""
        return all(one is None for one in (self.image_ids, self.document_ids, self.link_ids, self.told))

    @property
    def is_nothing(self) -> bool:
        """Whether it was given to work on what others did not find."""
        return not self.is_all and not (self.image_ids or self.document_ids or self.link_ids or self.told)

    @property
    def selection(self) -> Selection:
        """The part of the library it is about; bookmarked pages stand with the pictures, as in all selections."""
        if self.image_ids is None and self.document_ids is None and self.link_ids is None:
            return Selection()
        others = [*(self.image_ids or ()), *(self.link_ids or ())]
        return Selection(parse_ids(others)[0], parse_ids(self.document_ids or ())[0])

    @property
    def handed_on(self) -> dict[str, Any]:
        """The files, as outputs for steps that go on with them."""
        kinds = {"image_ids": self.image_ids, "document_ids": self.document_ids, "link_ids": self.link_ids}
        return {name: list(ids) for name, ids in kinds.items() if ids is not None}


@dataclass(frozen=True)
class Done:
    """What came of a step that worked; `made` is what a language model was asked for it.

    A `problem` says why it could not be done, `is_empty` that there was nothing to do it with: both cost nothing. An
    `effect` changes what it is to change, and charges it, in the transaction that keeps what came of it.
    """

    summary: str
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    made: Composed | None = None
    problem: str | None = None
    is_empty: bool = False
    effect: Callable[[Scope], Awaitable["Done"]] | None = None
