"""A picture told in words: what goes in, what comes out, and who can do it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from aionserver.models.objects import DetectedObject
from aionserver.models.ocr import NO_TEXT, TextLines
from aionserver.models.pixels import Pixels
from aionserver.models.tagging import Tag
from aionserver.models.token_counts import NO_TOKENS, TokenCounts

MIN_WORDS, MAX_WORDS = 10, 60
MAX_TAGS, MAX_TAG_CHARACTERS = 20, 50
Kind = Literal["thing", "count", "relation", "scene", "colour", "light", "place", "text", "guess"]


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What is known of a picture; its file's name is not a fact.

    `colours` are (name, percentage 0-100), largest first. `pixels` are needed only by
    describers that look for themselves. `brightness` is the mean CIE L*, 0-100.
    """

    width: int
    height: int
    tags: tuple[Tag, ...] = ()
    objects: tuple[DetectedObject, ...] = ()
    text: TextLines = NO_TEXT
    colours: tuple[tuple[str, float], ...] = ()
    brightness: float | None = None
    captured_at: datetime | None = None
    place: str | None = None
    pixels: Pixels | None = None

    @property
    def orientation(self) -> str:
        """ "landscape", "portrait" or "square"."""
        if abs(self.width - self.height) <= 0.02 * max(self.width, self.height):
            return "square"
        return "landscape" if self.width > self.height else "portrait"


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a description says, so that it can be held against the picture.

    `kind` and what `about` and `value` are:
    thing: what is there. count: a thing's label; the fewest and most of it, as "2-3". relation: a thing's label; what
    it does with another, as "on bench". scene, colour, light: the word. place: a thing's label; left, middle or right.
    text: the quote. guess: what possibly is there.
    """

    kind: Kind
    about: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """A picture in words; `confidence` 0-1 is how likely what it states first is right.

    `fallback_reason` says why the configured model did not write it, where that is so.
    `statements` are what the text says, in its order, where the describer knows it.
    `provider` is where the model runs; `tokens` are those of the configured model, also where its answer was of no use.
    """

    text: str
    tags: tuple[str, ...]
    confidence: float
    visible_text: str
    model: str
    version: str
    fallback_reason: str | None = None
    statements: tuple[Statement, ...] = ()
    provider: str = "bundled"
    tokens: TokenCounts = NO_TOKENS


class Describer(Protocol):
    """Writes descriptions from facts; called from one thread at a time."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...

    def describe(self, facts: PictureFacts) -> Description: ...
