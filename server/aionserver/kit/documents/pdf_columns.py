"""The order in which a page is read: columns of running text one after the other, rows from the top."""

from collections.abc import Sequence
from operator import attrgetter
from statistics import median
from typing import Final

from aionserver.kit.documents.pdf_lines import Line

Row = list[Line]

FEWEST_LINES: Final = 4
# A column's lines are at least so many times as long as high; a table's cells are shorter.
_LEAST_LENGTH: Final = 9.0
_DEEPEST: Final = 6
# Quotation marks and slanted letters stand out of a column so far, in points.
_STICKS_OUT: Final = 8.0


def rows_of(lines: Sequence[Line]) -> list[Row]:
    """Lines that stand at one height, from the left; the rows from the top."""
    rows = list[Row]()
    height, size = -1e9, 0.0
    for line in sorted(lines, key=_height):
        middle = line.top + line.bottom
        if middle - height < 0.8 * (line.size if line.size < size else size):
            rows[-1].append(line)
        else:
            rows.append([line])
        height, size = middle, line.size
    for row in rows:
        if len(row) > 1:
            row.sort(key=attrgetter("x0"))
    return rows


def _height(line: Line) -> float:
    return line.top + line.bottom


def regions_of(rows: list[Row], depth: int = 0) -> list[list[Row]]:
    """The parts of a page that are read one after the other, each as its rows."""
    if depth < _DEEPEST and any(len(row) > 1 for row in rows):
        for start in _starts([line for row in rows for line in row]):
            found = _cut_at(rows, start, depth)
            if found:
                return found
    return [rows]


def _starts(lines: Sequence[Line]) -> list[float]:
    """Where columns may start: where several long lines do, but for the first column; the fullest first."""
    counts = dict[int, list[float]]()
    for line in lines:
        if line.x1 - line.x0 >= _LEAST_LENGTH * line.size:
            counts.setdefault(round(line.x0 / 4), []).append(line.x0)
    full = sorted((starts for starts in counts.values() if len(starts) >= 3), key=len, reverse=True)
    leftmost = min((line.x0 for line in lines), default=0.0)
    return [start for starts in full[:6] if (start := min(starts)) > leftmost + 40]


def _cut_at(rows: Sequence[Row], start: float, depth: int) -> list[list[Row]]:
    """The regions, where a gap before `start` parts columns of text; nothing where it does not."""
    regions, band, plain = list[list[Row]](), list[Row](), list[Row]()
    is_parted = False
    least, most = start - _STICKS_OUT, start - 2
    for row in [*rows, None]:
        if row is not None and not _crosses(row, least, most):
            band.append(row)
            continue
        columns = _columns(band, start)
        if columns:
            is_parted = True
            regions.extend(_plain(plain, depth))
            regions.extend(region for column in columns for region in regions_of(rows_of(column), depth + 1))
            plain = []
        else:
            plain.extend(band)
        band = []
        if row is not None:
            plain.append(row)
    if not is_parted:
        return []
    regions.extend(_plain(plain, depth))
    return regions


def _crosses(row: Row, least: float, most: float) -> bool:
    """Whether a line of the row starts before `least` and ends after `most`."""
    return len([line for line in row if line.x0 < least and line.x1 > most]) > 0


def _plain(rows: list[Row], depth: int) -> list[list[Row]]:
    return regions_of(rows, depth + 1) if rows else []


def _columns(band: Sequence[Row], start: float) -> list[list[Line]]:
    """What stands left and right of `start`, where both are columns of running text that stand side by side."""
    left = [line for row in band for line in row if line.x0 < start - _STICKS_OUT]
    right = [line for row in band for line in row if line.x0 >= start - _STICKS_OUT]
    if not (_is_text(left) and _is_text(right)):
        return []
    shared = min(left[-1].bottom, right[-1].bottom) - max(left[0].top, right[0].top)
    return [left, right] if shared > 2 * left[0].size else []


def _is_text(lines: Sequence[Line]) -> bool:
    """Whether lines fill their column, as running text does; cells of a table leave it half empty."""
    if len(lines) < FEWEST_LINES:
        return False
    width = max(line.x1 for line in lines) - min(line.x0 for line in lines)
    lengths = [line.x1 - line.x0 for line in lines]
    if median(lengths) < 0.55 * width or median(lengths) < _LEAST_LENGTH * median(line.size for line in lines):
        return False
    extent = max(line.bottom for line in lines) - min(line.top for line in lines)
    return sum(line.size for line in lines) > 0.5 * extent
