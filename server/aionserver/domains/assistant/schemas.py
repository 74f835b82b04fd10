"""A request to the assistant, and what comes of it: events while it works, and an answer at the end."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from uuid import UUID

from aionserver.infra.tools import Errand, Item, Outcome, Use
from aionserver.models.language_model import TokenCounts

# The provider of models that run on this machine, so that nothing of it goes to anybody.
IN_HOUSE = "local"
# With these words a plan ends that waits.
WAITING = "Nothing is changed until you approve this plan."


@dataclass(frozen=True)
class ResultSet:
    """What one use of a tool found, under the key that answers refer to it by, as `search_1`."""

    key: str
    label: str
    items: tuple[Item, ...]
    total: int


@dataclass(frozen=True)
class Turn:
    """Something said earlier in the conversation, and what was found for it."""

    role: Literal["user", "assistant"]
    content: str
    results: tuple[ResultSet, ...] = ()
    # What takes back the changes that it reports.
    undo: tuple[Use, ...] = ()


@dataclass(frozen=True)
class Question:
    """A request in plain words, the conversation that it goes on, and in whose name it is answered.

    `summary` is of what was said before `history`; `detailed` asks to look closely at few things. What it takes is
    counted to `conversation_id` by who asks, where there is one, and told by `spent`.
    """

    text: str
    errand: Errand
    history: Sequence[Turn] = ()
    summary: str = ""
    detailed: bool = False
    conversation_id: UUID | None = None
    spent: "Spent" = field(default_factory=lambda: Spent())


@dataclass(frozen=True)
class PlanStep:
    """A use of a tool that changes something, in words for whoever has to approve it."""

    tool: str
    arguments: Mapping[str, Any]
    description: str


@dataclass(frozen=True)
class Tokens:
    """What a language model read and wrote; all zero where none was asked. `own_key`: the tenant pays for it."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    calls: int = 0
    own_key: bool = False

    @classmethod
    def of(cls, counts: TokenCounts) -> "Tokens":
        """As a model counted them."""
        return cls(
            counts.read, counts.written, counts.cache_read, counts.cache_created, counts.requests, counts.own_key
        )

    def __add__(self, other: "Tokens") -> "Tokens":
        """Both together."""
        return Tokens(
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.calls + other.calls,
            self.own_key or other.own_key,
        )


@dataclass
class Spent:
    """What a language model took for an answer, told though the answer never comes to its end."""

    tokens: Tokens = field(default_factory=Tokens)
    provider: str = ""
    model: str = ""


@dataclass(frozen=True)
class Thought:
    """What the assistant is at. `reasoning` is shown only where it is asked for."""

    phase: str
    agent: str
    message: str
    reasoning: str = ""


@dataclass(frozen=True)
class ToolBegun:
    """A tool is being used."""

    tool: str
    agent: str


@dataclass(frozen=True)
class ToolEnded:
    """A tool was used."""

    tool: str
    agent: str
    outcome: Outcome


@dataclass(frozen=True)
class Said:
    """The next words of the answer; they never end within a citation."""

    text: str


@dataclass(frozen=True)
class Proposed:
    """In place of an answer: what is going to be done once it is approved."""

    steps: tuple[PlanStep, ...]
    summary: str
    tokens: Tokens = field(default_factory=Tokens)
    provider: str = "aionvision"
    model: str = "embedded-assistant"


@dataclass(frozen=True)
class Answer:
    """The whole answer, its citations settled: `resolved` is what a person reads in a terminal."""

    content: str
    resolved: str
    agents: tuple[str, ...] = ()
    results: tuple[ResultSet, ...] = ()
    tokens: Tokens = field(default_factory=Tokens)
    provider: str = "aionvision"
    model: str = "embedded-assistant"
    # Whether pictures were looked at by a model for it, and whether a closer look is offered.
    looked: bool = False
    offers_detail: bool = False
    failure: str | None = None


Event = Thought | ToolBegun | ToolEnded | Said | Proposed | Answer


class Assistant(Protocol):
    """Answers questions: events in order, of which the last is an `Answer` or a `Proposed`."""

    def answer(self, question: Question) -> AsyncGenerator[Event]: ...
