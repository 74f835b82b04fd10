"""Runs of text put into the order in which a person reads them."""

from statistics import median

from aionserver.models.ocr.contract import TextLine, TextLines

_COLUMN_MIN_LINES = 4
_COLUMN_MIN_WIDTH_IN_HEIGHTS = 8.0


def in_reading_order(lines: list[TextLine]) -> TextLines:
    """The lines by columns of running text, then rows from the top, each row from the left."""
    return TextLines(tuple(row for column in _columns(lines) for row in _rows(column)))


def _columns(lines: list[TextLine]) -> list[list[TextLine]]:
    """The lines split at the emptiest upright gap, where both sides are columns of long lines."""
    ordered = sorted(lines, key=_left)
    reach = 0.0
    for position, line in enumerate(ordered):
        if position and _left(line) >= reach:
            sides = (ordered[:position], ordered[position:])
            if all(_is_column(side) for side in sides):
                return [column for side in sides for column in _columns(side)]
        reach = max(reach, _right(line))
    return [lines] if lines else []


def _is_column(lines: list[TextLine]) -> bool:
    """True where most lines are long, as in running text; prices beside names are not a column."""
    if len(lines) < _COLUMN_MIN_LINES:
        return False
    widths = [(_right(line) - _left(line)) / max(line.height, 1e-6) for line in lines]
    return median(widths) >= _COLUMN_MIN_WIDTH_IN_HEIGHTS


def _rows(lines: list[TextLine]) -> list[tuple[TextLine, ...]]:
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=_middle):
        if rows and _on_the_row(line, rows[-1]):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [tuple(sorted(row, key=_left)) for row in rows]


def _on_the_row(line: TextLine, row: list[TextLine]) -> bool:
    last = row[-1]
    return _middle(line) - _middle(last) < 0.5 * min(line.height, last.height)


def _left(line: TextLine) -> float:
    return min(x for x, _ in line.quad)


def _right(line: TextLine) -> float:
    return max(x for x, _ in line.quad)


def _middle(line: TextLine) -> float:
    return sum(y for _, y in line.quad) / 4
