"""An answer in the making: what was asked, what tools found, what is going to be said."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from aionserver.domains.assistant.findings import Findings, file_of
from aionserver.domains.assistant.schemas import PlanStep, Question, ResultSet, Thought, ToolBegun, ToolEnded
from aionserver.domains.assistant.telling import Emit
from aionserver.infra.tools import Errand, Item, Outcome, Selection, Tool

# Which agent each tool belongs to, in what is told while it works.
AGENTS = {
    "search_images": "image_search",
    "search_documents": "document_search",
    "read_document": "document_search",
    "search_links": "link_search",
    "list_files": "analytics",
    "count_files": "analytics",
    "library_overview": "analytics",
    "list_folders": "folder",
    "create_folder": "folder",
    "move_files": "folder",
    "describe_file": "analysis",
    "describe_document": "analysis",
    "read_text": "analysis",
    "read_receipts": "analysis",
    "compare_files": "cross_reference",
    "write_report": "synthesize",
    "sort_into_groups": "folder",
}


@dataclass
class Work:
    """`parts` are paragraphs of the answer, `steps` what is proposed in its place, `earlier` questions before."""

    question: Question
    findings: Findings
    emit: Emit
    parts: list[str] = field(default_factory=list[str])
    steps: list[PlanStep] = field(default_factory=list[PlanStep])
    agents: dict[str, None] = field(default_factory=dict[str, None])
    earlier: Sequence[str] = ()

    @property
    def errand(self) -> Errand:
        """In whose name it is answered."""
        return self.question.errand

    @property
    def is_narrow(self) -> bool:
        """Whether the conversation is about some chosen files only."""
        chosen = self.errand.selection
        return any((chosen.image_ids, chosen.document_ids, chosen.video_ids))

    def may(self, name: str) -> bool:
        """Whether whoever asks may use it."""
        tool: Tool = self.errand.infra.tools[name]
        return self.errand.actor.allows(tool.access)

    async def think(self, phase: str, message: str, agent: str = "assistant") -> None:
        """Say what is being done."""
        await self.emit(Thought(phase, agent, message))

    async def use(self, name: str, among: Sequence[Item] | None = None, **arguments: Any) -> Outcome:
        """What comes of a tool, `among` some things only; its errors are the caller's."""
        tool: Tool = self.errand.infra.tools[name]
        agent = AGENTS.get(name, "assistant")
        self.agents[agent] = None
        await self.emit(ToolBegun(name, agent))
        given = {key: value for key, value in arguments.items() if value is not None}
        outcome = await tool.use(self._errand(among), given)
        await self.emit(ToolEnded(name, agent, outcome))
        return outcome

    def _errand(self, among: Sequence[Item] | None) -> Errand:
        if among is None:
            return self.errand
        documents = [file_of(item) for item in among if item.kind in ("document", "chunk")]
        others = [item.id for item in among if item.kind not in ("document", "chunk")]
        return replace(self.errand, selection=Selection(image_ids=others, document_ids=documents))

    def keep(self, label: str, items: Sequence[Item], total: int | None = None) -> ResultSet:
        """A result set of this answer."""
        return self.findings.add(label[:100], Outcome("", tuple(items), total))

    def say(self, text: str) -> None:
        """Add a paragraph to the answer."""
        self.parts.append(text)

    def propose(self, tool: str, description: str, **arguments: Any) -> None:
        """Add a step to the plan; what it works on is named by ids, so that it stays what was shown."""
        self.steps.append(PlanStep(tool, arguments, description))


def ids_of(items: Sequence[Item]) -> list[str]:
    """The ids of the files behind things found, each once."""
    found: dict[UUID, None] = dict.fromkeys(file_of(item) for item in items if item.kind != "folder")
    return [str(one) for one in found]
