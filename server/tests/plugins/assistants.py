"""An assistant that plays what a test wrote: events, pauses in seconds, and faults."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from aionserver.domains.assistant.findings import Findings, cite
from aionserver.domains.assistant.schemas import (
    Answer,
    Event,
    PlanStep,
    Proposed,
    Question,
    Said,
    Thought,
    ToolBegun,
    ToolEnded,
)
from plugins.product import Product

Scene = Event | float | Exception
Script = Callable[[Question], Sequence[Scene]]
AGENT = "image_search"


@dataclass
class StageAssistant:
    """Searches pictures by the question's words and cites them, or plays the script it was given."""

    script: Script | None = None
    asked: list[Question] = field(default_factory=list[Question])

    async def answer(self, question: Question) -> AsyncGenerator[Event]:
        self.asked.append(question)
        scenes = self.script(question) if self.script else await self._search(question)
        for scene in scenes:
            if isinstance(scene, Exception):
                raise scene
            if isinstance(scene, float):
                await asyncio.sleep(scene)
            else:
                yield scene

    async def _search(self, question: Question) -> list[Event]:
        findings = Findings.of(question.history)
        outcome = await question.errand.infra.tools["search_images"].run(question.errand, query=question.text)
        found = findings.add(question.text, outcome)
        cited = [f"[[ref:{found.key}]] pictures: ", *(f"{cite(item).markup} " for item in found.items)]
        settled = findings.settle("".join(cited).strip())
        said = [Said(words) for words in cited]
        return [
            Thought("searching", AGENT, "Looking for pictures.", "The words say what to look for."),
            ToolBegun("search_images", AGENT),
            ToolEnded("search_images", AGENT, outcome),
            *said,
            Answer(settled.content, settled.resolved, (AGENT,), (found,)),
        ]


def words(text: str, *, pause_seconds: float = 0.0) -> list[Scene]:
    """An answer said word by word."""
    scenes = list[Scene]()
    for word in text.split():
        scenes += [pause_seconds, Said(f"{word} ")] if pause_seconds else [Said(f"{word} ")]
    return [*scenes, Answer(text, text)]


def plan(*steps: PlanStep, summary: str = "Let me tidy up.") -> Script:
    """A script that proposes these steps."""
    return lambda question: [Thought("planning", "folder", "Making a plan."), Proposed(steps, summary)]


def on_stage(product: Product, script: Script | None = None) -> StageAssistant:
    """The product's assistant from here on."""
    assistant = StageAssistant(script)
    product.app.state.conversations.assistant = assistant.answer
    return assistant
