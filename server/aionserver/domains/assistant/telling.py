"""How an answer is told: word by word, while the work goes on."""

from collections.abc import AsyncGenerator, Awaitable, Callable

from aionserver.domains.assistant.schemas import Event
from aionserver.infra.emitting import emitted
from aionserver.kit.citations import complete_part

Emit = Callable[[Event], Awaitable[None]]


def events_of(run: Callable[[Emit], Awaitable[None]]) -> AsyncGenerator[Event]:
    """The events that `run` emits; it is cancelled when nobody reads on."""
    return emitted(run)


def pieces(text: str) -> list[str]:
    """A text word by word, no piece ending within a citation."""
    found, waiting = list[str](), ""
    for word in _words(text):
        waiting += word
        if complete_part(waiting) == len(waiting):
            found.append(waiting)
            waiting = ""
    return [*found, waiting] if waiting else found


def _words(text: str) -> list[str]:
    """The words, each with the white space after it."""
    parts, start = list[str](), 0
    for place in range(1, len(text)):
        if text[place - 1].isspace() and not text[place].isspace():
            parts.append(text[start:place])
            start = place
    return [*parts, text[start:]] if text else []
