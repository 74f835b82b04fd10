"""Tables put into Markdown, whatever format they come from."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

# As many columns as the largest sheets that people read have; more is a matrix of numbers.
MOST_COLUMNS: Final = 1_000
# A cell that spans others is said in each of them, unless it is a text.
LONGEST_REPEATED: Final = 120


def row_text(cells: Sequence[str]) -> str:
    """A row of cells as a line."""
    line = " | ".join([" ".join(cell.split()) if cell else "" for cell in cells])
    if line.count("|") >= len(cells):
        line = " | ".join([" ".join(cell.split()).replace("|", "\\|") for cell in cells])
    return f"| {line} |"


def table_lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table."""
    yield row_text(heads)
    yield row_text(["---"] * len(heads))
    for row in rows:
        yield row_text(row)


def heads_of(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of heads above each other as one; what stands in two of them is said once."""
    return [" ".join(_once(column)) for column in zip(*rows, strict=True)]


def _once(cells: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(text for cell in cells if (text := cell.strip()))


def repeated(text: str) -> str:
    """What the further cells say that one cell spans."""
    return text if len(text) <= LONGEST_REPEATED else ""
