"""Pages whose text has to be recognised: what the reader of pictures finds, as blocks of a page."""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np

from aionserver.infra.scope import Infra
from aionserver.kit.documents.blocks import Block, Page, Scan
from aionserver.models.ocr import TextLine, TextLines, TextReader

Row = tuple[TextLine, ...]
# Larger letters than most of a page has are a heading's; as a share of the usual height.
HEADING_HEIGHT = 1.35
LONGEST_HEADING = 120
# In line heights: a wider gap begins another paragraph.
PARAGRAPH_GAP = 0.9
# Of what a picture beside a text says, so much has to be new; less repeats the text, or is a logo's.
LEAST_NEW, LEAST_NEW_LETTERS = 0.5, 12
_WORD = re.compile(r"\w{2,}")
# Shares of the page's height in which heads and feet stand.
HEAD, FOOT = 0.07, 0.93


async def recognised(infra: Infra, page: Page) -> tuple[Page, bool]:
    """The page with the text that its picture shows, unless it says more itself; whether any was taken."""
    if page.scan is None:
        return page, False
    blocks = blocks_of(await _upright_text(infra, page.scan))
    if page.scan.is_part:
        new = unsaid(blocks, page.blocks)
        return Page(page.number, page.blocks + new), bool(new)
    if _letters(blocks) <= _letters(page.blocks):
        return Page(page.number, page.blocks), False
    return Page(page.number, blocks), True


async def _upright_text(infra: Infra, scan: Scan) -> TextLines:
    reader, pixels = infra.model(TextReader), _pixels(scan)
    found = await infra.think(reader.read, pixels)
    return await infra.think(reader.read, np.rot90(pixels, -found.turns)) if found.turns else found


def unsaid(found: Sequence[Block], said: Sequence[Block]) -> tuple[Block, ...]:
    """What pictures beside a text say that the text does not; as paragraphs, for they are no part of its outline."""
    known = {word for block in said for word in _words(block)}
    new = list[Block]()
    for block in found:
        words = _words(block)
        others = sum(word not in known for word in words)
        if others >= max(1, LEAST_NEW * len(words)) and _letters([block]) >= LEAST_NEW_LETTERS:
            new.append(Block("paragraph", block.text))
    return tuple(new)


def _words(block: Block) -> list[str]:
    return _WORD.findall(block.text.lower())


def _pixels(scan: Scan) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return np.frombuffer(scan.rgb, np.uint8).reshape(scan.height, scan.width, 3)


def _letters(blocks: Sequence[Block]) -> int:
    return sum(sum(map(str.isalnum, block.text)) for block in blocks)


def blocks_of(found: TextLines) -> tuple[Block, ...]:
    """Paragraphs by the gaps between lines, headings by their size, heads and feet by their place."""
    if not found.rows:
        return ()
    usual = median(_height(row) for row in found.rows)
    groups = [[found.rows[0]]]
    for above, row in pairwise(found.rows):
        if _parts(above, row, usual):
            groups.append([])
        groups[-1].append(row)
    return tuple(_block(group, usual) for group in groups)


def _parts(above: Row, row: Row, usual: float) -> bool:
    """Whether something new begins between two rows."""
    gap = _top(row) - _bottom(above)
    is_next_column = gap < -2 * usual
    is_other_size = _is_large(above, usual) != _is_large(row, usual)
    return is_next_column or is_other_size or gap > PARAGRAPH_GAP * usual or _is_edge(above) != _is_edge(row)


def _block(rows: Sequence[Row], usual: float) -> Block:
    text = "\n".join(_text(row) for row in rows)
    is_edge = all(_is_edge(row) for row in rows)
    is_heading = not is_edge and _is_large(rows[0], usual) and len(text) <= LONGEST_HEADING
    if is_heading:
        return Block("heading", " ".join(text.split()), 2)
    return Block("paragraph", _joined(text.splitlines()), is_edge=is_edge)


def _joined(lines: Sequence[str]) -> str:
    """Lines as running text; a word that a hyphen parts at a line's end is one again."""
    text = lines[0]
    for line in lines[1:]:
        if text.endswith("-") and text[-2:-1].isalpha() and line[:1].islower():
            text = text[:-1] + line
        else:
            text += f" {line}"
    return text


def _text(row: Row) -> str:
    return " ".join(line.text for line in row)


def _is_large(row: Row, usual: float) -> bool:
    return _height(row) >= HEADING_HEIGHT * usual


def _is_edge(row: Row) -> bool:
    return _bottom(row) < HEAD or _top(row) > FOOT


def _height(row: Row) -> float:
    return max(line.height for line in row)


def _top(row: Row) -> float:
    return min(y for line in row for _, y in line.quad)


def _bottom(row: Row) -> float:
    return max(y for line in row for _, y in line.quad)
