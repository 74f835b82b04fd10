"""The lines of a PDF page: a text, its place and what its letters look like; joined where they belong together.

Places are in points from the upper left corner of the upright page.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

# Texts of a page's table come up again and again while it is taken apart.
TEXTS_KNOWN: Final = 1 << 13
_VALUE: Final = re.compile(r"[($€£¥+\-–—−]*\s?\d[\d,.'\u00a0]*\s?(?:[)%x]|bps|pts)*(?:\(\w{1,2}\))?|[-–—−]+\s?%?")


@lru_cache(TEXTS_KNOWN)
def is_value(text: str) -> bool:
    """Whether a text is a figure, with its signs and units, and nothing else."""
    return bool(_VALUE.fullmatch(text))


class Face(NamedTuple):
    """What a font looks like; `is_mono` where its letters are equally wide."""

    is_bold: bool = False
    is_mono: bool = False
    is_italic: bool = False


PLAIN: Final = Face()


@dataclass(slots=True)
class Line:
    """A run of text from `x0` to `x1` and from `top` to `bottom`; `size` is its letters' height.

    `is_cut` says that a word goes on in the next line, `climbs` that a line that is not upright runs upwards.
    """

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    face: Face = PLAIN
    is_cut: bool = False
    is_upright: bool = True
    climbs: bool = False


def common(one: Face, other: Face) -> Face:
    """What both look like; PLAIN itself where that is nothing special."""
    if one is other or one is PLAIN or other is PLAIN:
        return one if one is other else PLAIN
    both = Face(*(mine and its for mine, its in zip(one, other, strict=True)))
    return both if any(both) else PLAIN


def part(line: Line, text: str, x0: float, x1: float) -> Line:
    """A text that is a part of a line."""
    return Line(text, x0, x1, line.top, line.bottom, line.size, line.face)


def joined(first: Line, second: Line, between: str) -> Line:
    """Two lines as one; the higher one says how high it is."""
    taller = first if first.size >= second.size else second
    return Line(
        f"{first.text}{between}{second.text}",
        first.x0 if first.x0 <= second.x0 else second.x0,
        first.x1 if first.x1 >= second.x1 else second.x1,
        taller.top,
        taller.bottom,
        taller.size,
        first.face if first.face is second.face else _joined_face(first.face, second),
        second.is_cut,
    )


def _joined_face(first: Face, second: Line) -> Face:
    """A sign or two in another type change nothing but that letters are equally wide."""
    if first is PLAIN or len(second.text) > 2:
        return common(first, second.face)
    return common(first, Face(is_bold=True, is_mono=second.face.is_mono, is_italic=True))


def whole_lines(pieces: Iterable[Line]) -> list[Line]:
    """Pieces joined that stand close together on one line: a raised number, a word in another font."""
    found = list[Line]()
    last = None
    for piece in pieces:
        if last and _goes_on(last, piece):
            is_apart = piece.x0 - last.x1 > 0.12 * max(last.size, piece.size)
            last = found[-1] = joined(last, piece, " " if is_apart else "")
        else:
            found.append(piece)
            last = piece
    return found


def _goes_on(last: Line, piece: Line) -> bool:
    """Whether a piece stands close behind another; most do not, which their gap says."""
    size = last.size if last.size > piece.size else piece.size
    if not -0.6 * size < piece.x0 - last.x1 < 0.42 * size:
        return False
    overlap = min(last.bottom, piece.bottom) - max(last.top, piece.top)
    return overlap > 0.5 * min(last.size, piece.size) and last.is_upright and piece.is_upright and not last.is_cut


def turn_of(lines: Sequence[Line]) -> int:
    """How far a page has to be turned clockwise for most of its text to be upright: 0, 90 or 270 degrees."""
    sideways = [line for line in lines if not line.is_upright]
    if not sideways:
        return 0
    letters = sum(len(line.text) for line in sideways)
    if 2 * letters < sum(len(line.text) for line in lines):
        return 0
    return 90 if 2 * sum(len(line.text) for line in sideways if line.climbs) > letters else 270
