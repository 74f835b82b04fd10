"""The contract of language models: they are asked, say words, call functions, and finish with what it took."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from aionserver.models.token_counts import Meter, TokenCounts


@dataclass(frozen=True, slots=True)
class Message:
    """Something said earlier."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Function:
    """What a model may call. Without `call` it may only want it: its run ends there, and nothing is done.

    `schema` is the JSON schema of its arguments; what `call` returns is what the model reads.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    call: Callable[[Mapping[str, Any]], Awaitable[str]] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model is asked, and its bounds: tokens in all, requests, and seconds for the whole.

    On the meter stands what it took, also where it was not read to its end.
    """

    instructions: str
    text: str
    history: Sequence[Message] = ()
    functions: Sequence[Function] = ()
    most_tokens: int | None = None
    most_requests: int = 8
    timeout_seconds: float = 120.0
    meter: Meter = field(default_factory=Meter)


@dataclass(frozen=True, slots=True)
class Words:
    """The next words a model says."""

    text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A function without `call` that a model wants to be called."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """The end: what is wanted, what it took, and in a sentence why it failed, where it did."""

    tokens: TokenCounts
    wanted: tuple[Wanted, ...] = ()
    failure: str | None = None


class LanguageModel(Protocol):
    """Answers; the last thing it tells is `Finished`, whatever goes wrong."""

    @property
    def provider(self) -> str: ...
    @property
    def name(self) -> str: ...

    def answer(self, asked: Asked) -> AsyncGenerator[Words | Finished]: ...


@dataclass(frozen=True, slots=True)
class LanguageModels:
    """Those that are set up, the preferred one first."""

    models: tuple[LanguageModel, ...] = ()

    def first(self, providers: Sequence[str] = ()) -> LanguageModel | None:
        """The first of the providers' models; of any where none is named."""
        return next((one for one in self.models if not providers or one.provider in providers), None)
