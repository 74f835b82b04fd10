"""What a document is made of once it is read: pages of blocks, in the order in which a person reads them."""

from dataclasses import dataclass, field
from typing import Literal

BlockKind = Literal["heading", "paragraph", "list", "table", "code", "note"]


@dataclass(frozen=True)
class Block:
    """A piece of a page: lists one item a line, tables as Markdown.

    `level` is a heading's, from 1; `is_edge` says that it stands in a page's head or foot.
    """

    kind: BlockKind
    text: str
    level: int = 0
    is_edge: bool = False


@dataclass(frozen=True)
class Scan:
    """A page as a picture, for its text has to be recognised: RGB, 8 bits a channel, row by row.

    `is_part` says that it is of what is beside the page's text only.
    """

    width: int
    height: int
    rgb: bytes = field(repr=False)
    is_part: bool = False


@dataclass(frozen=True)
class Page:
    """A page, numbered from 1; with a scan where its blocks do not say all that it shows."""

    number: int
    blocks: tuple[Block, ...]
    scan: Scan | None = None


@dataclass(frozen=True)
class Reading:
    """Pages of a document that one call read, and the number of the page to go on with; None at the end.

    A format without pages (`has_pages` false) has parts instead: numbered alike, and of any length.
    """

    pages: tuple[Page, ...]
    page_count: int
    has_pages: bool
    next_page: int | None = None
    title: str | None = None
    # What else the file says of itself: author, subject, keywords, created (ISO 8601) …
    properties: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class ReadingOptions:
    """The bounds of one reading: pages a call, pages and characters in all, pixels of a page's picture."""

    pages_at_once: int = 25
    most_pages: int = 5_000
    most_characters: int = 20_000_000
    most_scan_pixels: int = 6_000_000
