"""The text of a PDF page as PDFium has it, in lines with their places and their type; few calls a line, for speed."""

import ctypes
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Any, Final

import pypdfium2.raw as pdfium_c

from aionserver.kit.documents.pdf_calls import character_at, font_info, loose_box
from aionserver.kit.documents.pdf_cells import Word, figures_at_end, has_gaps, phrases, with_markers, with_signs
from aionserver.kit.documents.pdf_lines import PLAIN, Face, Line, common, joined, part

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
# Left, top, right and bottom of an FS_RECTF.
_SIDES = Struct("4f").unpack_from
# The least gap before a figure of a table, in heights of its line.
_LEAST_GAP: Final = 0.45
_LONGEST_LINE: Final = 1_000


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

    def lines(self) -> Iterator[Line]:
        """The lines that are not blank, in the order of the page's content; cut where gaps are in them, and before
        each of the figures at their ends."""
        for line, start, after in self._rows():
            text = line.text
            if " " not in text or not line.is_upright or len(text) > _LONGEST_LINE:
                yield line
            elif (figures := figures_at_end(text)) > 1:
                yield from self._cells(line, start, after, figures)
            elif has_gaps(line):
                yield from with_markers(self._phrases(line, start, after))
            else:
                yield line

    def _rows(self) -> Iterator[tuple[Line, int, int]]:
        """The lines as they stand in the text, and from where to before where."""
        rows = self.text.replace("\r\n", " \n").replace("\r", "\n")
        has_cuts, at = HYPHEN in rows, 0
        for row in rows.replace(HYPHEN, "\n").split("\n"):
            shown = row.strip(_MARGINS)
            text = shown if self._is_clean else _UNSEEN.sub("", shown).strip(_MARGINS)
            if text:
                start = at + row.index(shown[0])
                after = start + len(shown)
                line = self._line(text, start, after - 1)
                line.is_cut = has_cuts and rows.startswith(HYPHEN, at + len(row))
                yield line, start, after
            at += len(row) + 1

    def _line(self, text: str, start: int, end: int) -> Line:
        x0, top, x1, bottom = self._place(start)
        size = bottom - top if bottom - top > 1.0 else 1.0
        if end == start:
            return Line(text, x0, x1, top, bottom, size, self._face_at(start))
        last_x0, last_top, last_x1, last_bottom = self._place(end)
        x0, x1 = (x0 if x0 <= last_x0 else last_x0), (x1 if x1 >= last_x1 else last_x1)
        face = self._face_at(start)
        if face is not PLAIN:
            face = common(face, self._face_at(end))
        if x1 - x0 < 3 * size and abs(last_top - top) > size * 2:
            top, bottom, climbs = min(top, last_top), max(bottom, last_bottom), last_top < top
            return Line(text, x0, x1, top, bottom, size, face, is_upright=False, climbs=climbs)
        return Line(text, x0, x1, top, bottom, size, face)

    def _face_at(self, place: int) -> Face:
        index = place if self._is_even else self._index(place)
        font_info(self._text, index, self._name, _NAME_BYTES, self._to_flags)
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
        return character_at(self._text, units)

    def _place(self, place: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a character, as high as its font."""
        index = place if self._is_even else self._index(place)
        if not self._rotation and loose_box(self._text, index, self._to_rect):
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

    def _cells(self, line: Line, start: int, after: int, figures: int) -> list[Line]:
        """A row of a table: its label, and the figures at its end."""
        words = self._words(line.text, start, after, figures)
        has_label = len(words) > figures
        cells = self._parts(line, [*words[:has_label], *with_signs(words[has_label:])])
        if not has_label:
            return cells
        label = cells.pop(0)
        labels = self._phrases(label, *words[0][1:]) if " " in label.text and has_gaps(label) else [label]
        if cells[0].x0 - labels[-1].x1 < _LEAST_GAP * line.size:
            labels[-1:] = [joined(labels[-1], cells.pop(0), " ")]
        return with_markers([*labels, *cells])

    def _phrases(self, line: Line, start: int, after: int) -> list[Line]:
        """The words of a line, together where only a blank is between them."""
        words = self._words(line.text, start, after)
        return phrases(line, words, self._extents(words))

    def _words(self, text: str, start: int, after: int, figures: int = -1) -> list[Word]:
        """The words of a line; those before its figures as one, where these are counted."""
        if len(text) != after - start:
            return self._cleaned_words(start, after, figures)
        found, at = list[Word](), 0
        for word in text.rsplit(None, figures):
            at = text.index(word, at)
            found.append((word, start + at, start + at + len(word)))
            at += len(word)
        return found

    def _cleaned_words(self, start: int, after: int, figures: int) -> list[Word]:
        """The same of a line that has signs which are not seen."""
        spans = [(_UNSEEN.sub("", word[0]), *word.span()) for word in _WORD.finditer(self.text, start, after)]
        words = [word for word in spans if word[0]]
        if not 0 < figures < len(words):
            return words
        label = words[:-figures]
        return [(" ".join(word[0] for word in label), label[0][1], label[-1][2]), *words[-figures:]]

    def _parts(self, line: Line, words: Sequence[Word]) -> list[Line]:
        extents = self._extents(words)
        return [part(line, word[0], x0, x1) for word, (x0, x1) in zip(words, extents, strict=True)]

    def _extents(self, words: Sequence[Word]) -> list[tuple[float, float]]:
        """From where to where the characters of each go."""
        if not self._is_even or self._rotation:
            return [(self._place(start)[0], self._place(after - 1)[2]) for _, start, after in words]
        found = list[tuple[float, float]]()
        text, rect, to_rect, left = self._text, self._rect, self._to_rect, self._left
        for _, start, after in words:
            loose_box(text, start, to_rect)
            x0 = rect.left
            if after - start > 1:
                loose_box(text, after - 1, to_rect)
            found.append((x0 - left, rect.right - left))
        return found
