"""Heads and feet that repeat from page to page; they are set aside before a document is cut into pieces."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from aionserver.kit.documents.blocks import Page

# An edge on fewer pages is a heading or a note.
FEWEST_PAGES: Final = 3
_DIGITS: Final = re.compile(r"\d+|\b[ivxlc]+\b")
_SIGNS: Final = re.compile(r"[\W_]+")
# What is left of "Page 3 of 12", "- 3 -", "iv".
_PAGE_NUMBER: Final = re.compile(r"(?:page|seite|p|página|pagina|pg)?(?: ?#)(?: ?(?:of|von|de|di|sur)? ?#)?")


def edge_key(text: str) -> str:
    """An edge's text as it is on every page: numbers are all one, signs and case are none."""
    return _SIGNS.sub(" ", _DIGITS.sub("\u00aa", text.lower())).strip().replace("\u00aa", "#")


def is_page_number(text: str) -> bool:
    """Whether a text says nothing but on which page it stands."""
    return bool(_PAGE_NUMBER.fullmatch(edge_key(text)))


def edge_texts(page: Page) -> tuple[str, ...]:
    """The texts in a page's head and foot."""
    return tuple(block.text for block in page.blocks if block.is_edge)


def repeated_edges(edge_texts_by_page: Iterable[Iterable[str]]) -> frozenset[str]:
    """The keys of heads and feet that repeat; and of page numbers, where there is more than one page."""
    counts, pages = Counter[str](), 0
    for texts in edge_texts_by_page:
        pages += 1
        counts.update({edge_key(text) for text in texts})
    needed = FEWEST_PAGES if pages > FEWEST_PAGES else 2
    return frozenset(
        key for key, count in counts.items() if count >= needed or (count > 1 and _PAGE_NUMBER.fullmatch(key))
    )


def without_repeats(pages: Iterable[Page], repeated: frozenset[str]) -> Iterator[Page]:
    """The pages without those heads and feet."""
    for page in pages:
        kept = tuple(block for block in page.blocks if not (block.is_edge and edge_key(block.text) in repeated))
        yield page if len(kept) == len(page.blocks) else Page(page.number, kept, page.scan)
