"""A pipeline at work: wave by wave, each step once. What came of a step is kept with its charge and its effect."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5

import structlog

from aionserver.domains.agents.service import charge, elapsed_ms
from aionserver.domains.pipelines import queries
from aionserver.domains.pipelines.agents import AGENTS, DOCUMENTS, IMAGES, LINKS, TEXT, wired
from aionserver.domains.pipelines.errors import PipelineRunning
from aionserver.domains.pipelines.schemas import Done, Given, PipelineStep, Status
from aionserver.domains.pipelines.tables import Pipeline
from aionserver.domains.usage import service as usage
from aionserver.infra.errors import AionError, OutOfStorage
from aionserver.infra.scope import Scope
from aionserver.infra.tools import Errand
from aionserver.kit.pipelines import Wired, waves
from aionserver.kit.quoting import plain_quote

log = structlog.get_logger(__name__)
# As many as an agent takes at a time.
MOST_HANDED_ON = 1_000
LONGEST_ASKED = 150
NAMES = {IMAGES: "image_ids", DOCUMENTS: "document_ids", LINKS: "link_ids"}
TOLD_IN = ("analysis", "report", "answer")
GIVEN_UP = "It was given up: the processes that ran it died of it."
FAULT = "Something went wrong on our side."


@dataclass(frozen=True)
class Node:
    """What came of a step, as it is kept."""

    status: Status
    summary: str | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    error: str | None = None
    execution_time_ms: int = 0
    tokens: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def told(self) -> str:
        """What it tells steps that go on with it, its citations marked where it has some."""
        marked = next((self.outputs[name] for name in TOLD_IN if name in self.outputs), self.summary)
        return str(marked or "") if self.status == "completed" else ""

    @property
    def is_failed(self) -> bool:
        """Whether steps that depend on it can't be done either; one that had nothing to do holds up none."""
        return self.status == "failed" or self.error is not None


@dataclass(frozen=True)
class Run:
    """The work on a pipeline, in whose name it is done; `nodes` are those of the steps that are over."""

    errand: Errand
    pipeline_id: UUID
    steps: Sequence[PipelineStep]
    seeds: Mapping[str, Sequence[str]]
    nodes: dict[int, Node]

    @classmethod
    def of(cls, errand: Errand, row: Pipeline) -> "Run":
        """The run of a pipeline, from where it stands."""
        steps = [PipelineStep.model_validate(one) for one in row.steps]
        seeds = {IMAGES: [str(one) for one in row.image_ids], DOCUMENTS: [str(one) for one in row.document_ids]}
        nodes = {int(position): Node(**node) for position, node in row.nodes.items()}
        return cls(errand, row.id, steps, {kind: ids for kind, ids in seeds.items() if ids}, nodes)

    @cached_property
    def wiring(self) -> list[Wired]:
        """Each step's place among the others."""
        return wired(self.steps, frozenset(self.seeds))

    @cached_property
    def waves(self) -> list[list[int]]:
        """The steps that run side by side, in order."""
        return waves(self.wiring)

    def node_id(self, position: int) -> UUID:
        """A step's id."""
        return uuid5(self.pipeline_id, str(position))

    async def work(self) -> None:
        """Do the steps that are not over yet, within the time that is set for all."""
        seconds = self.errand.infra.settings.pipeline_timeout_seconds
        deadline = asyncio.get_running_loop().time() + seconds
        for wave in self.waves:
            left = [self._step(position, deadline) for position in wave if position not in self.nodes]
            faults = [one for one in await asyncio.gather(*left, return_exceptions=True) if one is not None]
            if faults:
                raise faults[0]

    async def give_up(self) -> None:
        """Write down that the steps that are not over yet were given up."""
        for position in [place for wave in self.waves for place in wave if place not in self.nodes]:
            skipped = self._skipped(position)
            if skipped is not None:
                await self._end(position, skipped)
            else:
                await self._fail(position, GIVEN_UP, time.perf_counter())

    async def _step(self, position: int, deadline: float) -> None:
        started = time.perf_counter()
        skipped = self._skipped(position)
        if skipped is not None:
            await self._end(position, skipped)
            return
        try:
            async with self.errand.infra.pipeline_steps, asyncio.timeout_at(deadline):
                await self._do(position, started)
        except TimeoutError:
            seconds = self.errand.infra.settings.pipeline_timeout_seconds
            await self._fail(position, f"The {seconds:g} seconds that a pipeline may take were over.", started)
        except (PipelineRunning, OutOfStorage):
            raise
        except AionError as error:
            log.info("pipeline_step_failed", code=error.code, agent=self.steps[position].agent)
            await self._fail(position, error.message, started)

    def _skipped(self, position: int) -> Node | None:
        """Why a step is not done: others failed, or found nothing for it to work on; None where it is."""
        failed = [one for one in self.wiring[position].after if self.nodes[one].is_failed]
        if failed:
            which = ", ".join(f"step {one} ({self.steps[one].agent})" for one in failed)
            return Node("skipped", error=f"Not done: it depends on {which}, which gave nothing.")
        if self.given(position).is_nothing:
            return Node("skipped", summary="Nothing to do: the steps before it found nothing for it to work on.")
        return None

    def given(self, position: int) -> Given:
        """What a step works on."""
        one = self.wiring[position]
        kinds = {name: self._ids(one, kind) for kind, name in NAMES.items() if kind in one.kinds}
        told = [self._told(before) for before in one.sources.get(TEXT, ()) if self.nodes[before].told]
        return Given(**kinds, told=told if TEXT in one.kinds else None)

    def _told(self, position: int) -> str:
        """What a step told, below what it was asked."""
        asked = plain_quote(self.steps[position].intent, LONGEST_ASKED)
        return f"## {asked}\n\n{self.nodes[position].told}"

    def _ids(self, one: Wired, kind: str) -> list[str]:
        found = [self.nodes[before].outputs.get(NAMES[kind], ()) for before in one.sources.get(kind, ())]
        seeds = self.seeds[kind] if kind in one.seeded else ()
        return list(dict.fromkeys(one for ids in (*found, seeds) for one in ids))[:MOST_HANDED_ON]

    async def _do(self, position: int, started: float) -> None:
        step = self.steps[position]
        agent, given = AGENTS[step.agent], self.given(position)
        self.errand.actor.require(agent.access)
        try:
            done = await agent.run(replace(self.errand, selection=given.selection), step.intent, given)
        except AionError:
            raise
        except Exception:
            log.exception("pipeline_step_broke", agent=step.agent)
            await self._fail(position, FAULT, started)
            return
        if done.problem is not None:
            await self._fail(position, done.problem, started)
            return
        async with self.errand.open_scope() as scope:
            node = await self._ended(scope, done, started)
            await self._keep(scope, position, node)
        self.nodes[position] = node

    async def _ended(self, scope: Scope, done: Done, started: float) -> Node:
        """What came of a step, with its effect and its charge."""
        if done.effect is not None:
            done = await done.effect(scope)
        elif not done.is_empty:
            await charge(scope, started, done.made)
        tokens = asdict(done.made.tokens) if done.made else {}
        status = "skipped" if done.is_empty else "completed"
        return Node(status, done.summary, done.outputs, None, elapsed_ms(started), tokens)

    async def _keep(self, scope: Scope, position: int, node: Node) -> None:
        """Write down what came of a step; PipelineRunning, which undoes all of it, where somebody else has."""
        if not await queries.keep_node(scope, self.pipeline_id, position, asdict(node)):
            raise PipelineRunning("This pipeline is run elsewhere; send the request again.")

    async def _fail(self, position: int, problem: str, started: float) -> None:
        node = Node("failed", error=problem, execution_time_ms=elapsed_ms(started))
        known = usage.Particulars(processing_time_ms=node.execution_time_ms)
        async with self.errand.open_scope() as scope:
            await self._keep(scope, position, node)
            await usage.record_failure(scope, usage.AGENT_CALL, self.node_id(position), known)
        self.nodes[position] = node

    async def _end(self, position: int, node: Node) -> None:
        async with self.errand.open_scope() as scope:
            await self._keep(scope, position, node)
        self.nodes[position] = node
