"""Lines of a PDF page taken apart: the figures at their ends, and where gaps are in them."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from string import ascii_letters
from typing import Final

from aionserver.kit.documents.pdf_lines import TEXTS_KNOWN, Line, is_value, joined, part

# Letters of running text are half as wide as their line is high; a line wider than that has gaps.
_GAPLESS_WIDTH: Final = 0.58
# A gap that no blank makes, in heights of a line.
_WIDE_GAP: Final = 0.9
_FIGURE: Final = re.compile(
    r"[($€£¥+\-–—−]*\d[\d,.'\u00a0]*(?:[)%x]|bps|pts)*(?:\(\w{1,2}\))?|[-–—−]+|[$€£¥(]+|[)%]+|[Nn]/?[AaMm]\.?"
)
# No letter but these ends a figure, and none but these starts one: "3x", "5 pts", "n/a".
_ENDS_NO_FIGURE: Final = frozenset(ascii_letters) - set("xsamAM")
_STARTS_NO_FIGURE: Final = frozenset(ascii_letters) - set("nN")
_SIGNS, _ENDS = "$€£¥(", ")%"
_MARKER: Final = re.compile(
    r"[\u2022\u25aa\u25e6\u2023\u25cf\u25cb\u25a0\u25a1\u2043\u00b7\u27a2\u2713\u2756\uf0a7\uf0b7\uf0d8\uf06e*o–—-]"
    r"|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]|\(\d{1,2}\)|\d{1,2}(?:\.\d{1,2})*\.?"
)
# A text, from where it goes and before where, in the text of its page.
Word = tuple[str, int, int]


def has_gaps(line: Line) -> bool:
    """Whether a line with blanks is wider than its letters make it."""
    return line.x1 - line.x0 > _GAPLESS_WIDTH * line.size * len(line.text)


def figures_at_end(text: str) -> int:
    """How many words at the end of a line are figures or their signs."""
    if text[-1:] in _ENDS_NO_FIGURE:
        return 0
    *rest, last = text.rsplit(None, 1)
    if last[0] in _STARTS_NO_FIGURE or not _is_figure(last):
        return 0
    count = 1
    for word in reversed(rest[0].split() if rest else ()):
        if word[0] in _STARTS_NO_FIGURE or not _is_figure(word):
            break
        count += 1
    return count


@lru_cache(TEXTS_KNOWN)
def _is_figure(word: str) -> bool:
    return bool(_FIGURE.fullmatch(word))


def with_signs(words: Iterable[Word]) -> list[Word]:
    """Figures apart from each other, each with its signs."""
    found = list[Word]()
    text, start = "", 0
    for word, first, after in words:
        if text and not text.strip(_SIGNS):
            text = f"{text}{word}"
            found[-1] = (text, start, after)
        elif text and not word.strip(_ENDS) and is_value(text):
            text = f"{text} {word}"
            found[-1] = (text, start, after)
        else:
            text, start = word, first
            found.append((word, first, after))
    return found


def phrases(line: Line, words: Sequence[Word], extents: Sequence[tuple[float, float]]) -> list[Line]:
    """The words of a line, which go from where to where their extents say, together where no wide gap is between."""
    found, gap = list[Line](), _WIDE_GAP * line.size
    x0, end = extents[0]
    first = 0
    for at, (left, right) in enumerate(extents):
        if left - end >= gap:
            found.append(part(line, " ".join([word[0] for word in words[first:at]]), x0, end))
            first, x0, end = at, left, right
        elif right > end:
            end = right
    return [*found, part(line, " ".join([word[0] for word in words[first:]]), x0, end)]


def with_markers(pieces: list[Line]) -> list[Line]:
    """A bullet or a number with what it stands before."""
    if len(pieces) != 2 or not _MARKER.fullmatch(pieces[0].text) or is_value(pieces[1].text):
        return pieces
    return [joined(pieces[0], pieces[1], " ")]
