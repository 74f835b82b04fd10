"""The text of a document that was read, where in it each page is, and the text in parts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aionserver.kit.documents.blocks import Page

BETWEEN = "\n\n"
# A part's last characters are the next one's first, so that a phrase stands whole in one of them.
SHARED = 300
_BLANK = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class PageRange:
    """Where the text of a page begins and ends, in characters."""

    number: int
    start: int
    end: int


def text_of(page: Page) -> str:
    """A page's text, an empty line between its blocks."""
    return BETWEEN.join(block.text for block in page.blocks if block.text.strip())


def whole_text(pages: Iterable[Page]) -> tuple[str, list[PageRange]]:
    """The text of all pages, an empty line between two, and where each is in it."""
    texts, ranges, at = list[str](), list[PageRange](), 0
    for page in pages:
        text = text_of(page)
        if text and texts:
            texts.append(BETWEEN)
            at += len(BETWEEN)
        ranges.append(PageRange(page.number, at, at + len(text)))
        texts.append(text)
        at += len(text)
    return "".join(texts), ranges


def parts_beyond(text: str, start: int, size: int) -> Iterator[str]:
    """What of a text comes after `start`, in parts of `size` characters, each with what stands just before it."""
    for at in range(start, len(text), size):
        before = max(0, at - SHARED)
        blank = _BLANK.search(text, before, at)
        yield text[blank.end() if blank else before : at + size]
