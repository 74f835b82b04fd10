"""What an assistant is told of a conversation: its last messages, and a summary of what was said before."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from aionserver.domains.assistant.schemas import Turn
from aionserver.domains.chat.results import from_stored
from aionserver.domains.chat.tables import ChatMessage
from aionserver.infra.tools import Use

# So many messages an assistant is told as they were; of those before them the summary tells.
WINDOW = 20
# The summary goes on by so many messages at a time, not with each.
STRIDE = 10
LONGEST_SUMMARY = 6_000
LONGEST_LINE = 240
# Under this name a message's details say what takes back the changes that it reports.
UNDO = "undo"


def turns_of(messages: Iterable[ChatMessage], there: set[UUID]) -> list[Turn]:
    """Messages as an assistant is told them, without what is empty, and without what is deleted."""
    return [
        Turn("user" if one.role == "user" else "assistant", one.content, from_stored(one.results, there), _undo(one))
        for one in messages
        if one.content
    ]


def _undo(message: ChatMessage) -> tuple[Use, ...]:
    """What takes back the changes that a message reports."""
    stored = message.details.get(UNDO) or ()
    return tuple(Use(one["tool"], one["arguments"], one["description"]) for one in stored)


def summarised(summary: str, messages: Sequence[ChatMessage]) -> str:
    """The summary with further messages in it, a line each; what is oldest goes when it gets too long."""
    lines = [*summary.splitlines(), *(line for one in messages if (line := _line(one)))]
    size = 0
    for number, line in enumerate(reversed(lines)):
        size += len(line) + 1
        if size > LONGEST_SUMMARY:
            return "\n".join(lines[len(lines) - number :])
    return "\n".join(lines)


def _line(message: ChatMessage) -> str:
    said = " ".join((message.resolved_content or message.content).split())
    if not said:
        return ""
    found = ", ".join(f"{one['key']}: {one['total']} for “{one['label'][:60]}”" for one in message.results)
    who = "Asked" if message.role == "user" else "Answered"
    return f"{who}: {shortened(said, LONGEST_LINE)}{f' (found {found})' if found else ''}"


def shortened(text: str, most: int) -> str:
    """The text, or as many of its first words as fit into so many characters with an ellipsis."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def title_of(message: str) -> str:
    """The title of a conversation that begins with this message."""
    return shortened(" ".join(message.split()), 60)
