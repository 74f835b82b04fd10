"""The text of a document that was read, and where in it each page is."""

from collections.abc import Iterable
from dataclasses import dataclass

from aionserver.kit.documents.blocks import Page

BETWEEN = "\n\n"


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
