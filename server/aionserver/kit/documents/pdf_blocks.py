"""The blocks of a PDF page: headings, paragraphs, lists, tables and code, from its lines."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aionserver.kit.documents.blocks import Block
from aionserver.kit.documents.pdf_columns import Row, regions_of, rows_of
from aionserver.kit.documents.pdf_lines import PLAIN, Line, is_value, joined
from aionserver.kit.documents.pdf_paragraphs import Paragraph, Words, as_code, as_item, paragraphs_of, text_of
from aionserver.kit.documents.pdf_tables import tables_in

_NUMBERED: Final = re.compile(r"(?:§\s*)?(\d{1,2}(?:\.\d{1,2})*)\.?\s+\S")
_SENTENCE_END: Final = re.compile(r"[.,;:!?]$")
_LETTERS: Final = re.compile(r"[^\W\d_]{2}")
LONGEST_HEADING: Final = 160
DEEPEST_HEADING: Final = 6
# A page's head and foot stand in these shares of its height, in so many rows at most.
_EDGE_SHARE: Final = 0.11
_MOST_EDGE_ROWS: Final = 3
LONGEST_EDGE: Final = 200
# How much larger than running text a heading of level 1, 2, 3 is.
_LEVEL_SIZES: Final = (1.7, 1.35, 1.14)


@dataclass(slots=True)
class Style:
    """What running text looks like in a document, and the words it has."""

    size: float = 10.0
    is_bold: bool = False
    is_mono: bool = False
    is_italic: bool = False
    words: Words = field(default_factory=Words)


@dataclass(slots=True)
class Sheet:
    """The lines of a page of the document, and the titles that the outline has on it with their levels."""

    lines: list[Line]
    height: float
    titles: Mapping[str, int] = field(default_factory=dict[str, int])


def style_of(sheets: Iterable[Sheet]) -> Style:
    """What most letters of the pages look like."""
    letters, sizes, bold, mono, italic = 0, dict[float, int](), 0, 0, 0
    for line in (line for sheet in sheets for line in sheet.lines):
        count = len(line.text)
        letters += count
        sizes[line.size] = sizes.get(line.size, 0) + count
        if line.face is not PLAIN:
            bold += count if line.face.is_bold else 0
            mono += count if line.face.is_mono else 0
            italic += count if line.face.is_italic else 0
    if not letters:
        return Style()
    rounded = Counter[float]()
    for size, count in sizes.items():
        rounded[round(size * 2) / 2] += count
    usual = max(rounded, key=lambda size: rounded[size])
    return Style(usual, bold * 2 > letters, mono * 2 > letters, italic * 2 > letters)


def blocks_of(sheet: Sheet, style: Style) -> tuple[Block, ...]:
    """What stands on a page, in reading order: its head first, its foot last."""
    upright = [line for line in sheet.lines if line.is_upright]
    aside = [Block("paragraph", line.text, is_edge=True) for line in sheet.lines if not line.is_upright]
    rows = rows_of(upright)
    top, bottom = _edges(rows, sheet.height)
    body = rows[len(top) : len(rows) - len(bottom)]
    blocks = _of_edge(top, sheet, style)
    for region in regions_of(body):
        blocks.extend(_of_region(region, sheet, style))
    return (*blocks, *_of_edge(bottom, sheet, style), *aside)


def _edges(rows: Sequence[Row], height: float) -> tuple[list[Row], list[Row]]:
    """The rows of a page's head and foot: short ones, a gap away from what they stand beside."""
    top = _edge_rows(rows, lambda row: row[0].bottom < _EDGE_SHARE * height)
    rest = list(reversed(rows[len(top) :]))
    bottom = _edge_rows(rest, lambda row: row[0].top > (1 - _EDGE_SHARE) * height)
    return top, list(reversed(bottom))


def _edge_rows(rows: Sequence[Row], is_within: Callable[[Row], bool]) -> list[Row]:
    count = 0
    for number, row in enumerate(rows[: _MOST_EDGE_ROWS + 1]):
        if number and _gap(rows[number - 1], row) > 0.9 * min(row[0].size, rows[number - 1][0].size):
            count = number
        is_short = sum(len(line.text) for line in row) <= LONGEST_EDGE
        if not is_short or _is_figures(row) or (number and not is_within(row)):
            break
    return list(rows[:count])


def _gap(one: Row, other: Row) -> float:
    return max(one[0].top, other[0].top) - min(one[0].bottom, other[0].bottom)


def _is_figures(row: Row) -> bool:
    """Whether a row is one of a table."""
    return sum(is_value(line.text) for line in row) > 1


def _of_edge(rows: Sequence[Row], sheet: Sheet, style: Style) -> list[Block]:
    """A block a row, but titles whole: rows of a running head change one by one."""
    blocks = list[Block]()
    for paragraph in paragraphs_of([_as_line(row) for row in rows]):
        block = _block(paragraph, sheet, style)
        if block.kind == "heading":
            blocks.append(Block("heading", block.text, block.level, is_edge=True))
        else:
            blocks.extend(Block("paragraph", line.text, is_edge=True) for line in paragraph.lines)
    return blocks


def _of_region(rows: Sequence[Row], sheet: Sheet, style: Style) -> Iterator[Block]:
    at = 0
    for table in tables_in(rows):
        yield from _of_lines(rows[at : table.first], sheet, style)
        yield Block("table", table.text)
        at = table.after
    yield from _of_lines(rows[at:], sheet, style)


def _of_lines(rows: Sequence[Row], sheet: Sheet, style: Style) -> Iterator[Block]:
    lines = [_as_line(row) for row in rows]
    items = list[str]()
    for paragraph in paragraphs_of(lines):
        block = _block(paragraph, sheet, style)
        if block.kind == "list":
            items.append(block.text)
            continue
        if items:
            yield Block("list", "\n".join(items))
            items = []
        yield block
    if items:
        yield Block("list", "\n".join(items))


def _as_line(row: Row) -> Line:
    line = row[0]
    for other in row[1:]:
        line = joined(line, other, " ")
    return line


def _block(paragraph: Paragraph, sheet: Sheet, style: Style) -> Block:
    lines = paragraph.lines
    if len(lines) > 1 and not style.is_mono and all(line.face.is_mono for line in lines):
        return Block("code", as_code(lines))
    text = text_of(lines, style.words)
    level = _level(paragraph, text, sheet, style)
    if level:
        return Block("heading", text, level)
    return Block("list", as_item(text)) if paragraph.is_item else Block("paragraph", text)


def _level(paragraph: Paragraph, text: str, sheet: Sheet, style: Style) -> int:
    """The level of a heading; 0 of all else."""
    if len(text) > LONGEST_HEADING or len(paragraph.lines) > 3 or not _LETTERS.search(text):
        return 0
    titled = sheet.titles.get(plain(text)) if sheet.titles else None
    if titled:
        return min(DEEPEST_HEADING, titled)
    level = _level_by_type(paragraph, text, style)
    numbered = _NUMBERED.match(text)
    return min(DEEPEST_HEADING, level + (numbered[1].count(".") if numbered else 0)) if level else 0


def _level_by_type(paragraph: Paragraph, text: str, style: Style) -> int:
    ratio = paragraph.size / style.size
    for level, least in enumerate(_LEVEL_SIZES, 1):
        if ratio >= least:
            return level if not text.endswith((".", ",", ";")) or len(text) < 60 else 0
    if ratio < 0.9 or _SENTENCE_END.search(text) or len(text.split()) > 16 or paragraph.is_item:
        return 0
    is_loud = text.isupper() and len(text.split()) > 1 and paragraph.gap > 0.3 * paragraph.size
    if (paragraph.is_bold and not style.is_bold) or is_loud:
        return 4
    stands_out = paragraph.is_italic and not style.is_italic and text[0].isupper() and len(paragraph.lines) == 1
    return 5 if stands_out and paragraph.gap > 0.1 * paragraph.size else 0


def plain(text: str) -> str:
    """A title without its number, case and signs, to be compared."""
    return "".join(letter for letter in text.lower() if letter.isalpha())
