"""Steps that answer a question from the library, or from what steps before found, as a chat does."""

from typing import Final

from aionserver.domains.assistant import service as assistant
from aionserver.domains.assistant.schemas import Answer, Proposed, Question
from aionserver.domains.assistant.service import Composed
from aionserver.domains.pipelines.schemas import Done, Given
from aionserver.infra.tools import Errand

LONGEST_TOLD: Final = 6_000
CHANGES: Final = (
    "This would change the library, which a chat step can't: use a folder step, or a chat, where such a plan waits for "
    "approval."
)
NO_ANSWER: Final = "The assistant ended without an answer."


async def answer(errand: Errand, intent: str, given: Given) -> Done:
    """The assistant's answer with its citations; nothing is changed by it."""
    question = Question(intent, errand, summary="\n\n".join(given.told or ())[:LONGEST_TOLD])
    end: Answer | Proposed | None = None
    async for event in assistant.answer(question):
        if isinstance(event, (Answer, Proposed)):
            end = event
    if not isinstance(end, Answer):
        return Done("", problem=CHANGES if end else NO_ANSWER)
    made = Composed(tokens=end.tokens, provider=end.provider, model=end.model, failure=end.failure)
    return Done(end.resolved, {**given.handed_on, "answer": end.content, "agents": list(end.agents)}, made)
