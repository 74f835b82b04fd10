"""The agents that steps of pipelines name: what each works on, what it gives, who may use it, what it does."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aionserver.domains.pipelines import answers, figures, operations, relations, searches, studies
from aionserver.domains.pipelines.schemas import AgentName, Done, Given, PipelineStep
from aionserver.infra.actors import Access, Permission
from aionserver.infra.tools import Errand
from aionserver.kit.pipelines import NOTHING, Part, Wanted, Wired, wire

IMAGES, DOCUMENTS, LINKS, TEXT = "images", "documents", "links", "text"
FILES: Final = frozenset({IMAGES, DOCUMENTS, LINKS})
TOLD: Final = frozenset({TEXT})
READ, WRITE = Access(Permission.READ), Access(Permission.WRITE)


@dataclass(frozen=True)
class Agent:
    """What a step does: `run(errand, intent, given)`, the errand being about what is given; no transaction is open."""

    part: Part
    run: Callable[[Errand, str, Given], Awaitable[Done]]
    access: Access = READ


def _search(kind: str) -> Part:
    """Looks everywhere, or among what was sent along or found by the steps it is said to depend on."""
    return Part(takes=frozenset({kind}), gives=frozenset({kind}))


def _study(kind: str) -> Part:
    """Tells of things of a kind, which it has to have."""
    own = frozenset({kind})
    return Part(takes=own | TOLD, awaits=own, needs=own, gives=TOLD, hands_on=True)


def _telling(kinds: frozenset[str], needs: frozenset[str] = NOTHING) -> Part:
    """Tells of what there is of some kinds."""
    return Part(takes=kinds | TOLD, awaits=kinds, needs=needs, gives=TOLD, hands_on=True)


AGENTS: Final[Mapping[AgentName, Agent]] = {
    "image_search": Agent(_search(IMAGES), searches.find_images),
    "document_search": Agent(_search(DOCUMENTS), searches.find_passages),
    "link_search": Agent(_search(LINKS), searches.find_links),
    "analysis": Agent(_study(IMAGES), studies.study_images),
    "document_analysis": Agent(_study(DOCUMENTS), operations.analyze_documents),
    "link_analysis": Agent(_study(LINKS), studies.study_links),
    "cross_reference": Agent(_telling(FILES, FILES), relations.relate),
    "assistant": Agent(_telling(FILES | TOLD), operations.write_report),
    "chat": Agent(_telling(FILES | TOLD), answers.answer),
    "analytics": Agent(_telling(FILES), figures.count),
    "folder": Agent(Part(takes=FILES, awaits=FILES, hands_on=True), operations.put_in_folders, WRITE),
}


def wired(steps: Sequence[PipelineStep], seeds: frozenset[str]) -> list[Wired]:
    """Each step's place among the others; BadWiring for one that has none."""
    return wire([Wanted(AGENTS[step.agent].part, step.depends_on) for step in steps], seeds)
