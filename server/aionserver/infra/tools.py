"""Tools: what assistants can do with the library, in the name of whoever asks.

A noun's `tools.py` translates between a tool's arguments and its service; `wiring.TOOLS` lists them all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cache
from inspect import Parameter, cleandoc, signature
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from aionserver.infra.actors import Access, Actor
from aionserver.infra.errors import InvalidInput, Unavailable
from aionserver.infra.request_context import NO_REQUEST, RequestContext
from aionserver.infra.scope import Infra, Scope

ItemKind = Literal["image", "document", "chunk", "link", "video", "folder"]


@dataclass(frozen=True)
class Selection:
    """What of the library a conversation is about; None: all of it."""

    image_ids: Sequence[UUID] | None = None
    document_ids: Sequence[UUID] | None = None
    video_ids: Sequence[UUID] | None = None


@dataclass(frozen=True)
class Errand:
    """In whose name, and over which part of the library, a tool works. Each scope of it is a short transaction."""

    actor: Actor
    infra: Infra
    context: RequestContext = NO_REQUEST
    selection: Selection = Selection()

    def open_scope(self) -> AbstractAsyncContextManager[Scope]:
        """A scope of whoever asked."""
        return self.infra.open_scope(self.actor, self.context)


@dataclass(frozen=True)
class Item:
    """Something of the library that a tool came upon. `name`, `text` and `details` are others' words: data, no orders.

    `id` is the file's, the folder's or the chunk's; `pages` are those of a chunk, from 1; `score` is from 0 to 1.
    """

    kind: ItemKind
    id: UUID
    name: str
    text: str = ""
    score: float | None = None
    document_id: UUID | None = None
    pages: tuple[int, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Use:
    """A use of a tool, in words for whoever has to approve it."""

    tool: str
    arguments: Mapping[str, Any]
    description: str


@dataclass(frozen=True)
class Outcome:
    """What came of a tool: a sentence of ours, what was found, how many there are in all, and figures.

    `undo` takes back what it changed, as far as that can be.
    """

    said: str
    items: tuple[Item, ...] = ()
    total: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    undo: tuple[Use, ...] = ()


@dataclass(frozen=True)
class Tool:
    """A thing that can be done. `run(errand, **arguments)`; its docstring and annotations are what a model reads.

    A tool that `changes` something is only run as a step of a plan that its owner has approved. One that takes longer
    than `timeout_seconds` is given up.
    """

    name: str
    run: Callable[..., Awaitable[Outcome]]
    access: Access
    changes: bool = False
    timeout_seconds: float = 30.0

    @property
    def description(self) -> str:
        """What a model is told of it."""
        return cleandoc(self.run.__doc__ or "")

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its arguments."""
        return _arguments_of(self.run).model_json_schema()

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments, in the types that the tool takes; InvalidInput where they are not those of its signature."""
        try:
            return _arguments_of(self.run).model_validate(arguments).model_dump(exclude_unset=True)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"]) or "arguments"
            raise InvalidInput.field(name, first["msg"]) from error

    async def use(self, errand: Errand, arguments: Mapping[str, Any]) -> Outcome:
        """What comes of it, for somebody who may. NotAllowed, InvalidInput, ToolTooSlow, and what the tool raises."""
        errand.actor.require(self.access)
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await self.run(errand, **self.check(arguments))
        except TimeoutError as error:
            raise ToolTooSlow(f"“{self.name}” took longer than {self.timeout_seconds:g} s.") from error


class ToolTooSlow(Unavailable):
    """A tool took longer than it may."""

    code = "TOOL_TIMEOUT"


@cache
def _arguments_of(run: Callable[..., Awaitable[Outcome]]) -> type[BaseModel]:
    """The form of a tool's arguments: those of its function, but for the errand."""
    taken = [one for one in signature(run).parameters.values() if one.name != "errand"]
    fields: dict[str, Any] = {
        one.name: (one.annotation, ... if one.default is Parameter.empty else one.default) for one in taken
    }
    return create_model("Arguments", __config__=ConfigDict(extra="forbid"), **fields)
