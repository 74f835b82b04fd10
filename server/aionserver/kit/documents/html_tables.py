"""Tables of HTML as rows of cells, spans filled in."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from aionserver.kit.documents.faults import DocumentTooLarge
from aionserver.kit.documents.tables import MOST_COLUMNS, repeated

MOST_CELLS: Final = 400_000
_INNER_BLOCKS: Final = ("table", "h1", "h2", "h3", "ul", "ol", "pre")
_ROW_PARENTS: Final = ("thead", "tbody", "tfoot")


def is_layout(table: Any) -> bool:
    """Whether a table only places what is in it: it has one column, or whole parts of a page in its cells."""
    if table.get("role") in ("presentation", "none"):
        return True
    if any(next(table.iter(tag), table) is not table for tag in _INNER_BLOCKS[1:]) or _has_inner_table(table):
        return True
    return all(len(_cells(row)) < 2 for row in _rows(table))


def _has_inner_table(table: Any) -> bool:
    return any(inner is not table for inner in table.iter("table"))


def grid_of(table: Any, text_of: Callable[[Any], str]) -> tuple[list[list[str]], int]:
    """The rows of a table with every cell in its column, and how many of them are heads."""
    rows, heads, below = list[list[str]](), 0, dict[int, tuple[int, str]]()
    cells = 0
    for row in _rows(table):
        line = _line(row, below, text_of)
        cells += len(line)
        if cells > MOST_CELLS:
            raise DocumentTooLarge(f"A table has more than {MOST_CELLS:,} cells.")
        is_head = row.getparent().tag == "thead" or all(cell.tag == "th" for cell in _cells(row))
        heads += is_head and heads == len(rows)
        rows.append(line)
    return rows, max(1, heads)


def _line(row: Any, below: dict[int, tuple[int, str]], text_of: Callable[[Any], str]) -> list[str]:
    """The texts of a row, column by column; `below` is what cells above it put into it and rows after it."""
    line = list[str]()

    def fill() -> None:
        while len(line) in below and len(line) < MOST_COLUMNS:
            left, text = below[len(line)]
            if left > 1:
                below[len(line)] = (left - 1, text)
            else:
                del below[len(line)]
            line.append(text)

    for cell in _cells(row):
        fill()
        text, down = text_of(cell), _span(cell, "rowspan")
        for number in range(_span(cell, "colspan")):
            if len(line) >= MOST_COLUMNS:
                return line
            said = text if number == 0 else repeated(text)
            if down > 1:
                below[len(line)] = (down - 1, repeated(text))
            line.append(said)
    fill()
    return line


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in _ROW_PARENTS:
            yield from (row for row in child if row.tag == "tr")


def _cells(row: Any) -> list[Any]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def _span(cell: Any, name: str) -> int:
    """How many columns or rows a cell takes, as far as browsers go along."""
    said = cell.get(name, "1").strip()
    most = MOST_COLUMNS if name == "colspan" else 5_000
    return min(most, max(1, int(said))) if said.isdecimal() and len(said) < 7 else 1
