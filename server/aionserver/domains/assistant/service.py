"""The assistant that answers: the one way in for chats and agents."""

from collections.abc import AsyncGenerator

from aionserver.domains.assistant.embedded import EmbeddedAssistant
from aionserver.domains.assistant.schemas import Event, Question


def answer(question: Question) -> AsyncGenerator[Event]:
    """Events of the answer to a question, in order; the last is an `Answer` or a `Proposed`.

    Closing the generator ends the work. No transaction is open between events.
    """
    return EmbeddedAssistant().answer(question)
