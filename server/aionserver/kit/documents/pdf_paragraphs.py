"""Lines of a PDF joined to paragraphs, list items and code, words made whole that a line's end cut."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Final

from aionserver.kit.documents.pdf_lines import Line

_ITEM: Final = re.compile(
    r"(?:[\u2022\u25aa\u25e6\u2023\u25cf\u25cb\u25a0\u25a1\u2043\u00b7\u27a2\u2713\u2756\uf0a7\uf0b7\uf0d8\uf06e*–—-]"
    r"|o(?=\s[A-Z])|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]|\((?:\d{1,2}|[A-Za-z])\))\s+\S"
)
_BULLET: Final = re.compile(
    r"[\u2022\u25aa\u25e6\u2023\u25cf\u25cb\u25a0\u25a1\u2043\u00b7\u27a2\u2713\u2756\uf0a7\uf0b7\uf0d8\uf06e]\s*"
)
_ENDED: Final = re.compile(r"[.!?:;…。！？][\"'”’)\]]*$")
_LAST_PART: Final = re.compile(r"[^\W\d_]+$")
_FIRST_PART: Final = re.compile(r"[^\W\d_]+")
_LONGEST_WORD: Final = 40
_APART: Final = frozenset('.,;:()"“”')
_BLANKS: Final = {ord(sign): " " for sign in _APART}
# A text is searched so often before a table of its words is made, which takes as long as many searches.
_FEW_LOOKS: Final = 100
_CJK: Final = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
# Fonts of one size differ so much in what they say of their height.
_SAME_SIZE: Final = 0.09


class Words:
    """The words of texts, but for those that a line's end cuts; looked up only where a word is cut."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self._texts = texts
        self._looks_left = _FEW_LOOKS

    def __contains__(self, word: str) -> bool:
        at = -1
        while self._looks_left > 0:
            self._looks_left -= 1
            at = self._text.find(word, at + 1)
            if at < 0 or self._is_whole(at, at + len(word)):
                return at >= 0
        return word in self._words

    def _is_whole(self, start: int, after: int) -> bool:
        before, behind = self._text[max(0, start - 1) : start], self._text[after : after + 1]
        return (not before or before in _APART or before.isspace()) and (
            not behind or behind in _APART or behind.isspace()
        )

    @cached_property
    def _text(self) -> str:
        # The halves of a word that is cut stay together here, with PDFium's sign between them.
        return "\n".join(self._texts).lower()

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self._text.translate(_BLANKS).split())


@dataclass(slots=True)
class Paragraph:
    """Lines that go on from each other, `gap` below what stands above; `is_item` where a list's item starts."""

    lines: list[Line]
    gap: float
    is_item: bool

    @property
    def size(self) -> float:
        """That of its first line."""
        return self.lines[0].size

    @property
    def is_bold(self) -> bool:
        """Whether all of it is."""
        return all(line.face.is_bold for line in self.lines)

    @property
    def is_italic(self) -> bool:
        """Whether all of it is."""
        return all(line.face.is_italic for line in self.lines)


def paragraphs_of(lines: Sequence[Line]) -> list[Paragraph]:
    """The lines of a column as its paragraphs."""
    gaps = [after.top - before.bottom for before, after in pairwise(lines)]
    usual = median([gap for gap in gaps if gap < 1.5 * lines[0].size] or [0.0]) if lines else 0.0
    right = max((line.x1 for line in lines), default=0.0)
    found = list[Paragraph]()
    for number, line in enumerate(lines):
        gap = gaps[number - 1] if number else line.size
        is_item = bool(_ITEM.match(line.text))
        if found and not _starts(found[-1], line, gap - usual, right, is_item):
            found[-1].lines.append(line)
        else:
            found.append(Paragraph([line], gap - usual, is_item))
    return found


def _starts(paragraph: Paragraph, line: Line, gap: float, right: float, is_item: bool) -> bool:
    """Whether a line starts another paragraph; `gap` is what is between them beyond the usual."""
    last, first = paragraph.lines[-1], paragraph.lines[0]
    if abs(line.size - last.size) > _SAME_SIZE * last.size or line.face.is_mono != last.face.is_mono:
        return not last.is_cut
    if gap > 0.35 * line.size or gap < -2.5 * line.size or line.face.is_bold != last.face.is_bold:
        return not last.is_cut
    if is_item and (paragraph.is_item or _ENDED.search(last.text) or bool(_BULLET.match(line.text))):
        return True
    return not line.face.is_mono and _is_ended(first, last, line, right, paragraph.is_item)


def _is_ended(first: Line, last: Line, line: Line, right: float, is_item: bool) -> bool:
    """Whether the last line ends a paragraph: by an indent after it, or by the room it leaves."""
    if last.is_cut or (not line.text[0].isupper() and not line.text[0].isdigit()):
        return False
    room = right - last.x1
    if _ENDED.search(last.text):
        indent = line.x0 - last.x0
        is_indented = 0.8 * line.size < indent < 5 * line.size and not (is_item and last is first)
        return is_indented or room > 6 * line.size or (is_item and indent < -0.8 * line.size)
    # A short line that does not end a sentence: the next word would have had room on it.
    return room > 12 * line.size and room > 0.35 * (right - line.x0) and not is_item


def text_of(lines: Sequence[Line], words: Words) -> str:
    """The lines as one text; `words` are those of the document, which tell a hyphen from a mere cut."""
    text, is_cut = "", False
    for line in lines:
        text = _joined(text, line.text, is_cut, words) if text else line.text
        is_cut = line.is_cut
    return text


def _joined(text: str, after: str, is_cut: bool, words: Words) -> str:
    if is_cut or (text.endswith(("-", "\u2010")) and text[-2:-1].isalpha()):
        return _without_cut(text.rstrip("-\u2010"), after, words, is_cut)
    if _CJK.match(text[-1]) and _CJK.match(after[0]):
        return text + after
    return f"{text} {after}"


def _without_cut(text: str, after: str, words: Words, is_cut: bool) -> str:
    """A word put together; with its hyphen where the document has it so, or its second half is a name."""
    first, second = _LAST_PART.search(text[-_LONGEST_WORD:]), _FIRST_PART.match(after)
    if not first or not second:
        return f"{text}-{after}" if not is_cut or after[:1].isdigit() else text + after
    whole = (first[0] + second[0]).lower()
    if whole in words:
        return text + after
    is_known = f"{first[0]}-{second[0]}".lower() in words or (second[0][0].isupper() and not first[0].isupper())
    # Both halves are words by themselves: "long-term", not "situa-tion".
    are_words = len(first[0]) > 3 and len(second[0]) > 3 and first[0].lower() in words and second[0].lower() in words
    return f"{text}-{after}" if is_known or are_words else text + after


def as_item(text: str) -> str:
    """An item of a list, its bullet a hyphen."""
    found = _BULLET.match(text)
    return f"- {text[found.end() :]}" if found else text


def as_code(lines: Sequence[Line]) -> str:
    """Lines as they stand, with their indents."""
    left = min(line.x0 for line in lines)
    return "\n".join(" " * _indent(line, left) + line.text for line in lines)


def _indent(line: Line, left: float) -> int:
    width = (line.x1 - line.x0) / max(1, len(line.text))
    return min(80, round((line.x0 - left) / width)) if width > 0 else 0
