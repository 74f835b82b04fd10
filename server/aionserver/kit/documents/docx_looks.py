"""Headings in Word documents whose writers made letters bold or large, and knew of no styles."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from aionserver.kit.documents.ooxml import W, is_on

LONGEST_HEADING: Final = 100
MOST_WORDS: Final = 14
_ENDED: Final = re.compile(r"[.,;:!?…]$")
_LETTERS: Final = re.compile(r"[^\W\d_]{2}")
# How much larger than running text a heading of level 1, 2, 3 is; a bold one of its size is of level 4.
_LEVEL_SIZES: Final = (1.7, 1.35, 1.14)
_LEAST_PLAIN: Final = 1.35
# In half points, where a document does not say.
USUAL_SIZE: Final = 20


class Looks:
    """What running text looks like in a document."""

    def __init__(self, body: Any, usual_size: int | None = None) -> None:
        self._usual = usual_size or USUAL_SIZE
        sizes, bold, letters = Counter[int](), 0, 0
        for paragraph in body.iter(f"{W}p"):
            for size, is_bold, count in self._runs(paragraph):
                sizes[size] += count
                bold += count * is_bold
                letters += count
        self._size = max(sizes, key=lambda size: sizes[size], default=self._usual)
        self._is_bold = 2 * bold > letters

    def level(self, paragraph: Any, text: str) -> int:
        """The level of the heading that a paragraph looks like; 0 where it looks like none."""
        if len(text) > LONGEST_HEADING or "\n" in text or _ENDED.search(text) or not _LETTERS.search(text):
            return 0
        runs = list(self._runs(paragraph))
        if not runs or len(text.split()) > MOST_WORDS:
            return 0
        ratio = min(size for size, _, _ in runs) / self._size
        is_bold = all(is_bold for _, is_bold, _ in runs) and not self._is_bold
        for level, least in enumerate(_LEVEL_SIZES, 1):
            if ratio >= least and (is_bold or ratio >= _LEAST_PLAIN):
                return level
        return 4 if is_bold and ratio > 0.9 else 0

    def _runs(self, paragraph: Any) -> Iterator[tuple[int, bool, int]]:
        """Size, weight and length of each run that says something."""
        for run in paragraph.iter(f"{W}r"):
            count = sum(len((one.text or "").strip()) for one in run.iterfind(f"{W}t"))
            if count:
                properties = run.find(f"{W}rPr")
                size = None if properties is None else properties.find(f"{W}sz")
                value = "" if size is None else size.get(f"{W}val", "")
                is_bold = properties is not None and is_on(properties, f"{W}b")
                yield int(value) if value.isdecimal() and 0 < len(value) < 5 else self._usual, is_bold, count


def usual_size(styles: Any) -> int | None:
    """The size of letters that a document's styles start from, in half points; None where they do not say."""
    found = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}sz")
    value = "" if found is None else found.get(f"{W}val", "")
    return int(value) if value.isdecimal() and 0 < len(value) < 5 and int(value) else None
