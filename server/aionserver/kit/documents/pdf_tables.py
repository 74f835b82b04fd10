"""Tables in PDF pages: rows whose cells stand below each other, with the heads of columns and rows."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter
from typing import Final

from aionserver.kit.documents.pdf_columns import Row
from aionserver.kit.documents.pdf_lines import TEXTS_KNOWN, Line, is_value
from aionserver.kit.documents.tables import table_lines

_YEAR: Final = re.compile(r"(?:19|20)\d\d(?:\(\w{1,2}\))?")
# A line as long as this is a sentence, not the label of a row.
LONGEST_LABEL: Final = 110
MOST_HEADS: Final = 5
# Edges of cells below each other differ so much, in points.
_ALIGNED: Final = 4.0


@dataclass(slots=True)
class Table:
    """Rows of a page that are a table: `first` and `after` number them; `text` is Markdown."""

    first: int
    after: int
    text: str


@dataclass(slots=True)
class _Grid:
    """The columns beside the labels, from left to right, where each starts, and the cells of each row."""

    columns: list[tuple[float, float]]
    starts: list[float]
    rows: list[tuple[str, list[str]]] = field(default_factory=list[tuple[str, list[str]]])


def tables_in(rows: Sequence[Row]) -> list[Table]:
    """The tables among the rows of a region, from the top."""
    tables, at = list[Table](), 0
    while at < len(rows):
        after = _run(rows, at) if len(rows[at]) > 1 else at
        if after > at:
            first = _with_heads(rows, at, tables[-1].after if tables else 0)
            text = _markdown(rows[first:after])
            if text:
                tables.append(Table(first, after, text))
                at = after
                continue
        at = max(after, at + 1)
    return tables


def _run(rows: Sequence[Row], at: int) -> int:
    """The number after the last row of what may be a table that starts at `at`."""
    last, values = at, _has_values(rows[at])
    for number in range(at + 1, len(rows)):
        row = rows[number]
        if row[0].top - rows[number - 1][0].bottom > 3.5 * row[0].size or number - last > 4:
            break
        if len(row) > 1:
            if values and _is_new_head(row) and _has_values(rows[last]):
                break
            last, values = number, values or _has_values(row)
        elif len(row[0].text) > LONGEST_LABEL:
            break
    return _with_ends(rows, at, last + 1)


def _with_ends(rows: Sequence[Row], first: int, after: int) -> int:
    """With the lines below the last row that go on in one of its cells."""
    starts = [line.x0 for row in rows[first:after] if len(row) > 1 for line in row[1:]]
    while after < len(rows) and len(rows[after]) == 1:
        (line,) = rows[after]
        is_near = line.top - rows[after - 1][-1].bottom < 0.7 * line.size
        if not is_near or not any(abs(line.x0 - start) < _ALIGNED for start in starts):
            break
        after += 1
    return after


def _with_heads(rows: Sequence[Row], first: int, least: int) -> int:
    """With the lines above the first row that stand over its columns, not over its labels."""
    label = min(line.x0 for line in rows[first])
    for number in range(first - 1, max(least, first - MOST_HEADS) - 1, -1):
        row = rows[number]
        is_near = rows[number + 1][0].top - row[0].bottom < 1.2 * row[0].size
        if not is_near or len(row) > 1 or row[0].x0 < label + 40 or len(row[0].text) > LONGEST_LABEL:
            break
        first = number
    return first


def _has_values(row: Row) -> bool:
    """Whether a row has figures other than years."""
    return _is_amount(row[-1].text) or any(_is_amount(line.text) for line in row)


@lru_cache(TEXTS_KNOWN)
def _is_amount(text: str) -> bool:
    return is_value(text) and not _YEAR.fullmatch(text)


def _is_new_head(row: Row) -> bool:
    return not _has_values(row) and len(row) > 1 and any(_YEAR.search(line.text) for line in row)


def _markdown(rows: Sequence[Row]) -> str:
    """The rows as a table; nothing where their cells do not stand below each other."""
    heads = _head_count(rows)
    data = rows[heads:] or rows
    columns, members = _columns(_cells(data))
    if not columns or not _are_aligned(members):
        return ""
    grid = _Grid(columns, [start for start, _ in columns])
    for row in data:
        _add(grid, row)
    titles, corner = _titles(rows[:heads], grid)
    if not heads and grid.rows and not _has_values(rows[0]):
        corner, titles = grid.rows.pop(0)
    return "\n".join(table_lines([corner, *titles], [[label, *cells] for label, cells in grid.rows]))


def _head_count(rows: Sequence[Row]) -> int:
    """How many rows come before the first with figures; none where no row has any."""
    for number, row in enumerate(rows):
        if len(row) > 1 and _has_values(row):
            while number and len(rows[number - 1]) == 1 and rows[number - 1][0].x0 <= row[0].x0 + 12:
                number -= 1
            return number
    return 0


def _cells(rows: Sequence[Row]) -> list[Line]:
    """What stands beside the labels, in rows of more than one cell."""
    label_end = _label_end(rows)
    return [line for row in rows if len(row) > 1 for line in row[_is_label(row[0], row, label_end) :]]


def _columns(cells: Sequence[Line]) -> tuple[list[tuple[float, float]], list[list[Line]]]:
    """From where to where the columns go, but for that of the labels, and the cells in each; from left to right, with
    room between them."""
    columns, members = list[tuple[float, float]](), list[list[Line]]()
    start = end = 0.0
    for line in sorted(cells, key=attrgetter("x0")):
        if members and line.x0 < end + 1:
            members[-1].append(line)
            end = line.x1 if line.x1 > end else end
            columns[-1] = (start, end)
        else:
            start, end = line.x0, line.x1
            columns.append((start, end))
            members.append([line])
    return columns, members


def _label_end(rows: Sequence[Row]) -> float:
    """Where labels start, with the room that indents take."""
    return min((row[0].x0 for row in rows), default=0.0) + 30


def _is_label(line: Line, row: Row, label_end: float) -> bool:
    return line is row[0] and line.x0 < label_end and not is_value(line.text)


def _are_aligned(members: Sequence[Sequence[Line]]) -> bool:
    """Whether cells in half of the columns have an edge or the middle in common with another cell."""
    aligned = sum(map(_share_an_edge, members))
    return aligned > 0 and 2 * aligned >= len(members)


def _share_an_edge(lines: Sequence[Line]) -> bool:
    return len(lines) > 1 and (
        _are_close([line.x1 for line in lines])
        or _are_close([line.x0 for line in lines])
        or _are_close([(line.x0 + line.x1) / 2 for line in lines])
    )


def _are_close(edges: list[float]) -> bool:
    edges.sort()
    return any(after - before < _ALIGNED for before, after in pairwise(edges))


def _nearest(grid: _Grid, line: Line) -> int:
    """The number of the column in which the line's middle is, or of the one next to it."""
    columns, middle = grid.columns, (line.x0 + line.x1) / 2
    after = bisect_right(grid.starts, middle)
    if after == 0 or (after < len(columns) and middle - columns[after - 1][1] > columns[after][0] - middle):
        return after
    return after - 1


def _distance(column: tuple[float, float], line: Line) -> float:
    """How far a line stands from a column; less than nothing where they overlap."""
    return max(column[0], line.x0) - min(column[1], line.x1)


def _add(grid: _Grid, row: Row) -> None:
    """Add a row; what goes on from the row before is joined to it."""
    has_label = _is_label(row[0], row, grid.starts[0] - 1)
    cells, label = [""] * len(grid.columns), row[0].text if has_label else ""
    for line in row[has_label:]:
        place = _nearest(grid, line)
        cells[place] = f"{cells[place]} {line.text}" if cells[place] else line.text
    if grid.rows and not label and not _has_values(row):
        before_label, before = grid.rows[-1]
        grid.rows[-1] = (before_label, [f"{one} {two}".strip() for one, two in zip(before, cells, strict=True)])
    elif grid.rows and label and label[0].islower() and not any(grid.rows[-1][1]):
        grid.rows[-1] = (f"{grid.rows[-1][0]} {label}", cells)
    else:
        grid.rows.append((label, cells))


def _titles(heads: Sequence[Row], grid: _Grid) -> tuple[list[str], str]:
    """What stands above each column, from all head rows; and what stands above the labels."""
    titles, corner, least = [""] * len(grid.columns), list[str](), grid.starts[0] - 12
    for row in heads:
        corner.extend(line.text for line in row if line.x1 <= least)
        for at, line in _placed([line for line in row if line.x1 > least], grid):
            titles[at] = f"{titles[at]} {line.text}".strip()
    return titles, " ".join(corner)


def _placed(heads: Sequence[Line], grid: _Grid) -> list[tuple[int, Line]]:
    """The heads of one row with the columns they stand over; one of several columns with each of them."""
    columns, placed, wide = grid.columns, list[tuple[int, Line]](), list[Line]()
    for head in heads:
        over = [at for at, column in enumerate(columns) if _distance(column, head) < 2]
        nearest = _nearest(grid, head)
        if len(over) > 1 or not _stands_over(head, columns[nearest]):
            wide.append(head)
        else:
            placed.append((nearest, head))
    taken = {at for at, _ in placed}
    for at, column in enumerate(columns):
        if wide and at not in taken:
            head = min(wide, key=lambda one: abs(_middle(one) - (column[0] + column[1]) / 2))
            if _reaches(head, column, wide, columns):
                placed.append((at, head))
    return placed


def _stands_over(head: Line, column: tuple[float, float]) -> bool:
    """Whether a head is centred over one column, or ends or starts with it."""
    shift = abs(_middle(head) - (column[0] + column[1]) / 2)
    return _distance(column, head) < 12 and (shift < 14 or abs(head.x1 - column[1]) < 8 or abs(head.x0 - column[0]) < 8)


def _reaches(
    head: Line, column: tuple[float, float], wide: Sequence[Line], columns: Sequence[tuple[float, float]]
) -> bool:
    """Whether a wide head means a column too: the columns are shared evenly, or it stands above the column."""
    if len(columns) % len(wide) == 0 and (len(wide) > 1 or _is_central(head, columns)):
        return True
    return _distance(column, head) < 12


def _is_central(head: Line, columns: Sequence[tuple[float, float]]) -> bool:
    start, end = columns[0][0], columns[-1][1]
    return abs(_middle(head) - (start + end) / 2) < 0.15 * (end - start)


def _middle(line: Line) -> float:
    return (line.x0 + line.x1) / 2
