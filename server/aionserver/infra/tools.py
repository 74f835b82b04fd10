"""Tools: what assistants can do with the library, in the name of whoever asks.

A noun's `tools.py` translates between a tool's arguments and its service; `wiring.TOOLS` lists them all.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import Any, Literal
from uuid import UUID

from aionserver.infra.actors import Access, Actor
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
class Outcome:
    """What came of a tool: a sentence of ours, what was found, how many there are in all, and figures."""

    said: str
    items: tuple[Item, ...] = ()
    total: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Tool:
    """A thing that can be done. `run(errand, **arguments)`; its docstring and annotations are what a model reads.

    A tool that `changes` something is only run as a step of a plan that its owner has approved.
    """

    name: str
    run: Callable[..., Awaitable[Outcome]]
    access: Access
    changes: bool = False

    @property
    def description(self) -> str:
        """What a model is told of it."""
        return cleandoc(self.run.__doc__ or "")
