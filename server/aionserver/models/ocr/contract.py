"""The text that can be read in a picture."""

from dataclasses import dataclass
from typing import Protocol

from aionserver.models.pixels import Pixels

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True)
class TextLine:
    """A run of text, its confidence 0-1 and its corners in fractions, clockwise from the top left."""

    text: str
    confidence: float
    quad: Quad

    @property
    def height(self) -> float:
        """Height of the letters as a share of the picture's height, 0-1."""
        return max(0.0, (self.quad[3][1] + self.quad[2][1] - self.quad[0][1] - self.quad[1][1]) / 2)


@dataclass(frozen=True, slots=True)
class TextLines:
    """Runs of text in reading order, grouped into rows of the page.

    `turns` are the quarter turns clockwise after which the text would stand upright; of a picture that needs some, the
    order is not that of reading.
    """

    rows: tuple[tuple[TextLine, ...], ...]
    turns: int = 0

    @property
    def lines(self) -> tuple[TextLine, ...]:
        """All runs in reading order."""
        return tuple(line for row in self.rows for line in row)

    @property
    def text(self) -> str:
        """The text, one row of the page a line; empty when there is nothing to read."""
        return "\n".join(" ".join(line.text for line in row) for row in self.rows)


NO_TEXT = TextLines(())


class TextReader(Protocol):
    """Reads printed text of an upright picture; called from one thread at a time."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...

    def read(self, image: Pixels) -> TextLines: ...
