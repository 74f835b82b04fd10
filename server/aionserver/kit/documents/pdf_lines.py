"""The lines of a PDF page as PDFium finds them, each with its place and its type; few calls a line, for speed.

Places are in points from the upper left corner of the upright page.
"""

import ctypes
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters
from struct import Struct
from typing import Any, Final, NamedTuple, cast

import pypdfium2.raw as pdfium_c

# PDFium puts this for a hyphen at a line's end, and no end of line after it.
HYPHEN: Final = "\ufffe"
_WORD: Final = re.compile(r"\S+")
# Control characters, and halves of surrogate pairs, which no text may have.
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\ufeff\uffff\ud800-\udfff]")
_BOLD: Final = re.compile(r"bold|black|heavy|demi|medi\b|-bd|,b", re.IGNORECASE)
_MONO: Final = re.compile(r"courier|mono|consol|menlo|typewriter|cmtt|inconsolata", re.IGNORECASE)
_FORCED_BOLD, _ITALIC, _FIXED_PITCH = 1 << 18, 1 << 6, 1
_NAME_BYTES: Final = ctypes.c_ulong(96)
_MARGINS: Final = " \t\u00a0"
# Texts of a page's table come up again and again while it is taken apart.
_TEXTS_KNOWN: Final = 1 << 13


def _quick(function: Any) -> Callable[..., int]:
    """A function of PDFium that neither checks its arguments nor lets other threads run: a third of the time, at
    hundreds of calls a page."""
    address = cast("int", ctypes.cast(function, ctypes.c_void_p).value)
    return ctypes.PYFUNCTYPE(ctypes.c_int)(address)


_LOOSE_BOX = _quick(pdfium_c.FPDFText_GetLooseCharBox)
_CHARACTER_AT = _quick(pdfium_c.FPDFText_GetCharIndexFromTextIndex)
_FONT_INFO = _quick(pdfium_c.FPDFText_GetFontInfo)
# Left, top, right and bottom of an FS_RECTF.
_SIDES = Struct("4f").unpack_from
# Letters of running text are half as wide as their line is high; a line wider than that has gaps.
_GAPLESS_WIDTH: Final = 0.58
# Gaps, in heights of a line: the least before a figure of a table, and one that no blank makes.
_LEAST_GAP, _WIDE_GAP = 0.45, 0.9
_LONGEST_LINE: Final = 1_000
_FIGURE: Final = re.compile(
    r"[($€£¥+\-–—−]*\d[\d,.'\u00a0]*(?:[)%x]|bps|pts)*(?:\(\w{1,2}\))?|[-–—−]+|[$€£¥(]+|[)%]+|[Nn]/?[AaMm]\.?"
)
# No letter but these ends a figure: "3x", "5 pts", "n/a".
_ENDS_NO_FIGURE: Final = frozenset(ascii_letters) - set("xsamAM")
_VALUE: Final = re.compile(r"[($€£¥+\-–—−]*\s?\d[\d,.'\u00a0]*\s?(?:[)%x]|bps|pts)*(?:\(\w{1,2}\))?|[-–—−]+\s?%?")
_SIGNS, _ENDS = "$€£¥(", ")%"
_SIGN: Final = re.compile(rf"[{_SIGNS}]+")
_END: Final = re.compile(rf"[{_ENDS}]+")
_MARKER: Final = re.compile(
    r"[\u2022\u25aa\u25e6\u2023\u25cf\u25cb\u25a0\u25a1\u2043\u00b7\u27a2\u2713\u2756\uf0a7\uf0b7\uf0d8\uf06e*o–—-]"
    r"|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]|\(\d{1,2}\)|\d{1,2}(?:\.\d{1,2})*\.?"
)


@lru_cache(_TEXTS_KNOWN)
def is_value(text: str) -> bool:
    """Whether a text is a figure, with its signs and units, and nothing else."""
    return bool(_VALUE.fullmatch(text))


@dataclass(slots=True)
class Line:
    """A run of text from `x0` to `x1` and from `top` to `bottom`; `size` is its letters' height.

    `is_cut` says that a word goes on in the next line, `climbs` that a line that is not upright runs upwards.
    """

    text: str
    start: int
    end: int
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    is_bold: bool = False
    is_mono: bool = False
    is_italic: bool = False
    is_cut: bool = False
    is_upright: bool = True
    climbs: bool = False

    @property
    def middle(self) -> float:
        """The height at which it stands."""
        return (self.top + self.bottom) / 2


class Face(NamedTuple):
    """What a font looks like; `is_mono` where its letters are equally wide."""

    is_bold: bool = False
    is_mono: bool = False
    is_italic: bool = False


PLAIN: Final = Face()
# From where to before where a text goes, in the text of its page.
Span = tuple[int, int]


class PageText:
    """The text of a page, while it is open."""

    def __init__(self, page: Any, fonts: dict[bytes, Face]) -> None:
        self._page: Any = page.get_textpage()
        self._text: Any = self._page.raw
        self._fonts = fonts
        self.width, self.height = page.get_size()
        self.count: int = self._page.count_chars()
        self.text: str = self._page.get_text_range() if self.count > 0 else ""
        self._is_clean = not _UNSEEN.search(self.text)
        self._is_even = len(self.text) == self.count
        # Where letters stand that PDFium counts as two.
        self._pairs = [] if self._is_even else [at for at, letter in enumerate(self.text) if letter > "\uffff"]
        self._rotation: int = page.get_rotation()
        self._left, self._bottom, _, _ = page.get_cropbox()
        self._rect: Any = pdfium_c.FS_RECTF()
        self._to_rect = ctypes.byref(self._rect)
        self._tight = [ctypes.c_double() for _ in range(4)]
        self._matrix: Any = pdfium_c.FS_MATRIX()
        self._name = ctypes.create_string_buffer(_NAME_BYTES.value)
        self._flags = ctypes.c_int()
        self._to_flags = ctypes.byref(self._flags)

    def close(self) -> None:
        """Let go of it."""
        self._page.close()

    def lines(self) -> list[Line]:
        """The lines that are not blank, in the order of the page's content."""
        found, at = list[Line](), 0
        rows = self.text.replace("\r\n", " \n").replace("\r", "\n")
        for row in rows.replace(HYPHEN, "\n").split("\n"):
            text = row.strip(_MARGINS)
            after = at + len(row)
            if text:
                start = at + row.index(text[0])
                found.append(self._line(text, start, start + len(text) - 1, self.text[after : after + 1] == HYPHEN))
            at = after + 1
        return found

    def _line(self, text: str, start: int, end: int, is_cut: bool) -> Line:
        x0, top, x1, bottom = self._place(start)
        size = bottom - top if bottom - top > 1.0 else 1.0
        line = Line(text, start, end, x0, x1, top, bottom, size, is_cut=is_cut)
        if end > start:
            last_x0, last_top, last_x1, last_bottom = self._place(end)
            line.x0, line.x1 = (x0 if x0 <= last_x0 else last_x0), (x1 if x1 >= last_x1 else last_x1)
            if abs(last_top - top) > size * 2 and line.x1 - line.x0 < 3 * size:
                line.top, line.bottom, line.is_upright = min(top, last_top), max(bottom, last_bottom), False
                line.climbs = last_top < top
        if not self._is_clean:
            line.text = _UNSEEN.sub("", text)
        face = self._face(start)
        if face is not PLAIN:
            last = self._face(end)
            line.is_bold, line.is_italic = face.is_bold and last.is_bold, face.is_italic and last.is_italic
            line.is_mono = face.is_mono and last.is_mono
        return line

    def _face(self, place: int) -> Face:
        index = place if self._is_even else self._index(place)
        _FONT_INFO(self._text, index, self._name, _NAME_BYTES, self._to_flags)
        return self._fonts.get(self._name.value) or self._new_face()

    def _new_face(self) -> Face:
        """What a font looks like that was not met before, PLAIN itself where it is nothing special."""
        words, flags = self._name.value.decode(errors="replace"), self._flags.value
        face = Face(
            bool(_BOLD.search(words)) or bool(flags & _FORCED_BOLD),
            bool(_MONO.search(words)) or bool(flags & _FIXED_PITCH),
            bool(flags & _ITALIC),
        )
        found = self._fonts[self._name.value] = PLAIN if face == PLAIN else face
        return found

    def _index(self, place: int) -> int:
        """A character's number by its place in the text; they differ where a character is not shown, or is two."""
        if self._is_even:
            return place
        units = place + bisect_left(self._pairs, place)
        return _CHARACTER_AT(self._text, units)

    def _place(self, place: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a character, as high as its font."""
        index = place if self._is_even else self._index(place)
        if not self._rotation and _LOOSE_BOX(self._text, index, self._to_rect):
            x0, upper, x1, lower = _SIDES(self._rect)
            if upper > lower:
                height, left, bottom = self.height, self._left, self._bottom
                return x0 - left, height - upper + bottom, x1 - left, height - lower + bottom
        return self._odd_place(index)

    def _odd_place(self, index: int) -> tuple[float, float, float, float]:
        """The same of a character that stands at an angle to its page."""
        left, right, bottom, top = self._tight
        if not pdfium_c.FPDFText_GetCharBox(self._text, index, left, right, bottom, top):
            return 0.0, 0.0, 0.0, 0.0
        x0, x1 = left.value - self._left, right.value - self._left
        y0, y1 = bottom.value - self._bottom, top.value - self._bottom
        if self._rotation == 90:
            box = (y0, x0, y1, x1)
        elif self._rotation == 180:
            box = (self.width - x1, y0, self.width - x0, y1)
        elif self._rotation == 270:
            box = (self.width - y1, self.height - x1, self.width - y0, self.height - x0)
        else:
            box = (x0, self.height - y1, x1, self.height - y0)
        return self._as_high_as_font(index, box) if self._rotation else box

    def _as_high_as_font(self, index: int, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        matrix = self._matrix
        if not pdfium_c.FPDFText_GetMatrix(self._text, index, matrix):
            return box
        scale = abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5
        size = 0.9 * pdfium_c.FPDFText_GetFontSize(self._text, index) * scale
        # What rises above small letters rises more than what hangs below them.
        bottom = max(box[3], box[1] + 0.6 * size)
        return (box[0], bottom - size, box[2], bottom) if size > 0 else box

    def pieces(self) -> Iterator[Line]:
        """The lines, cut where gaps are in them, and before each of the figures at their ends."""
        for line in self.lines():
            if " " not in line.text or not line.is_upright or len(line.text) > _LONGEST_LINE:
                yield line
            elif (figures := _figures_at_end(line.text)) > 1:
                yield from self._row(line, figures)
            elif _has_gaps(line):
                yield from _with_markers(self._phrases(line))
            else:
                yield line

    def _row(self, line: Line, figures: int) -> list[Line]:
        """A row of a table: its label, and the figures at its end."""
        words = [word.span() for word in _WORD.finditer(self.text, line.start, line.end + 1)]
        cells = self._figures(line, words[-figures:])
        if len(words) == figures:
            return cells
        label = self._run(line, line.start, words[-figures - 1][1])
        labels = self._phrases(label) if " " in label.text and _has_gaps(label) else [label]
        if cells[0].x0 - labels[-1].x1 < _LEAST_GAP * line.size:
            labels[-1:] = [joined(labels[-1], cells.pop(0), " ")]
        return _with_markers([*labels, *cells])

    def _figures(self, line: Line, words: Sequence[Span]) -> list[Line]:
        """Figures with their signs, apart from each other."""
        found, last = list[Line](), None
        for (start, after), (x0, x1) in zip(words, self._extents(words), strict=True):
            word = self.text[start:after] if self._is_clean else self._clean(start, after)
            if last and last.text[:1] in _SIGNS and _SIGN.fullmatch(last.text):
                _append(last, word, x1, after, "")
            elif last and word[:1] in _ENDS and _END.fullmatch(word) and is_value(last.text):
                _append(last, word, x1, after, " ")
            else:
                last = _part(line, word, start, after, x0, x1)
                found.append(last)
        return found

    def _phrases(self, line: Line) -> list[Line]:
        """The words of a line, together where only a blank is between them."""
        words = [word.span() for word in _WORD.finditer(self.text, line.start, line.end + 1)]
        found, gap = list[Line](), _WIDE_GAP * line.size
        for (start, after), (x0, x1) in zip(words, self._extents(words), strict=True):
            word = self.text[start:after] if self._is_clean else self._clean(start, after)
            last = found[-1] if found else None
            if last and x0 - last.x1 < gap:
                _append(last, word, x1, after, " ")
            else:
                found.append(_part(line, word, start, after, x0, x1))
        return found

    def _run(self, line: Line, start: int, after: int) -> Line:
        """The part of a line from one character to before another."""
        ((x0, x1),) = self._extents([(start, after)])
        return _part(line, self._clean(start, after), start, after, x0, x1)

    def _extents(self, spans: Iterable[Span]) -> list[tuple[float, float]]:
        """From where to where the characters of each go."""
        if not self._is_even or self._rotation:
            return [(self._place(start)[0], self._place(after - 1)[2]) for start, after in spans]
        found = list[tuple[float, float]]()
        text, rect, to_rect, left = self._text, self._rect, self._to_rect, self._left
        for start, after in spans:
            _LOOSE_BOX(text, start, to_rect)
            x0 = rect.left
            if after - start > 1:
                _LOOSE_BOX(text, after - 1, to_rect)
            found.append((x0 - left, rect.right - left))
        return found

    def _clean(self, start: int, after: int) -> str:
        text = self.text[start:after]
        return text if self._is_clean else _UNSEEN.sub("", text)


def _part(line: Line, text: str, start: int, after: int, x0: float, x1: float) -> Line:
    """A text that is a part of a line."""
    top, bottom, size = line.top, line.bottom, line.size
    return Line(text, start, after - 1, x0, x1, top, bottom, size, line.is_bold, line.is_mono, line.is_italic)


def _has_gaps(line: Line) -> bool:
    """Whether a line with blanks is wider than its letters make it."""
    return line.x1 - line.x0 > _GAPLESS_WIDTH * line.size * len(line.text)


def _figures_at_end(text: str) -> int:
    """How many words at the end of a line are figures or their signs."""
    if text[-1:] in _ENDS_NO_FIGURE:
        return 0
    count, words = 0, text.rsplit(None, 1)
    while words and _is_figure(words[-1]):
        count += 1
        words = words[0].rsplit(None, 1) if len(words) > 1 else []
    return count


@lru_cache(_TEXTS_KNOWN)
def _is_figure(word: str) -> bool:
    return bool(_FIGURE.fullmatch(word))


def _append(last: Line, text: str, x1: float, after: int, between: str) -> None:
    last.text = f"{last.text}{between}{text}"
    last.x1, last.end = max(last.x1, x1), after - 1


def _with_markers(pieces: list[Line]) -> list[Line]:
    """A bullet or a number with what it stands before."""
    if len(pieces) != 2 or not _MARKER.fullmatch(pieces[0].text) or is_value(pieces[1].text):
        return pieces
    return [joined(pieces[0], pieces[1], " ")]


def joined(first: Line, second: Line, between: str) -> Line:
    """Two lines as one; the higher one says how high it is."""
    taller = first if first.size >= second.size else second
    return Line(
        f"{first.text}{between}{second.text}",
        first.start,
        second.end,
        min(first.x0, second.x0),
        max(first.x1, second.x1),
        taller.top,
        taller.bottom,
        taller.size,
        first.is_bold and (second.is_bold or len(second.text) < 3),
        first.is_mono and second.is_mono,
        first.is_italic and (second.is_italic or len(second.text) < 3),
        second.is_cut,
    )


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
