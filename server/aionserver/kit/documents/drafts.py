"""Blocks put down while a document is read: clean, bounded, items of a list together."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from aionserver.kit.documents.blocks import Block, BlockKind, Page, Reading, ReadingOptions
from aionserver.kit.documents.faults import DocumentTooLarge
from aionserver.kit.documents.repeats import is_page_number
from aionserver.kit.documents.tables import heads_of, table_lines

# Control characters, and halves of surrogate pairs, which no text may have; a vertical tab is a line's end in slides.
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0c\x0e-\x1f\x7f\u00ad\u200b\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_END: Final = re.compile(r"\r\n?|[\x0b\x85\u2028\u2029]")
LONGEST_PROPERTY: Final = 500
LONGEST_NAME: Final = 80
DEEPEST_HEADING: Final = 6
# A block of so many characters at most is a page or two of a table.
LONGEST_TABLE: Final = 20_000
# Blocks without text count too: a document of nothing but empty lines ends as well.
_BLOCK_COST: Final = 8


class Draft:
    """The blocks of a page or a part, in the order in which they come; raises DocumentTooLarge past the bounds.

    Several drafts share one `Budget`.
    """

    def __init__(self, budget: "Budget") -> None:
        self._budget = budget
        self._blocks: list[Block] = []
        self._items: list[str] = []

    def add(self, kind: BlockKind, text: str, level: int = 0, is_edge: bool = False) -> None:
        """Put a block down; one without text is none."""
        self._budget.take(len(text) + _BLOCK_COST)
        text = seen(text).strip("\n") if kind == "code" else seen(text).strip()
        if kind == "heading":
            text, level = " ".join(text.split()), min(DEEPEST_HEADING, max(1, level))
        if text:
            self.end_list()
            self._blocks.append(Block(kind, text, level, is_edge))

    def add_edge(self, text: str) -> None:
        """Put down what stands in a page's head or foot; a page's number is nothing to read."""
        if not is_page_number(text):
            self.add("paragraph", text, is_edge=True)

    def item(self, text: str, depth: int = 0) -> None:
        """Put down an item of the list that goes on, its marker included."""
        self._budget.take(len(text) + _BLOCK_COST)
        text = " ".join(seen(text).split())
        if text:
            self._items.append("  " * min(depth, DEEPEST_HEADING) + text)

    def table(self, rows: Sequence[Sequence[str]], heads: int = 1) -> None:
        """Put down a table whose first `heads` rows are its heads; in parts that each have them, where it is long."""
        rows, width = _even(rows)
        heads = min(heads, len(rows)) or 1
        if rows:
            self.table_parts(heads_of(rows[:heads]), rows[heads:], width)

    def table_parts(self, heads: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> None:
        """The same of rows that come one by one."""
        held, size, is_whole = list[Sequence[str]](), 0, True
        for row in rows:
            held.append([*row, *[""] * (width - len(row))])
            size += sum(map(len, row)) + 3 * len(row)
            if size > LONGEST_TABLE:
                self.add("table", "\n".join(table_lines(heads, held)))
                held, size, is_whole = [], 0, False
        if held or (is_whole and any(heads)):
            self.add("table", "\n".join(table_lines(heads, held)))

    def end_list(self) -> None:
        """Let the next item start another list."""
        if self._items:
            self._blocks.append(Block("list", "\n".join(self._items).strip()))
            self._items = []

    def heading(self) -> str | None:
        """The heading of the first level that all begins with."""
        first = self.blocks()[:1]
        return next((block.text for block in first if block.kind == "heading" and block.level == 1), None)

    def blocks(self) -> tuple[Block, ...]:
        """All that was put down."""
        self.end_list()
        return tuple(self._blocks)


class Budget:
    """How many characters a document may still have."""

    def __init__(self, options: ReadingOptions) -> None:
        self._most = self._left = options.most_characters

    def take(self, characters: int) -> None:
        """Count them; raises DocumentTooLarge where they are more than are left."""
        self._left -= characters
        if self._left < 0:
            raise DocumentTooLarge(f"The document has more than {self._most:,} characters.")


def one_part(draft: Draft, title: str | None = None, properties: dict[str, str] | None = None) -> Reading:
    """A document that is one part, without pages."""
    return Reading((Page(1, draft.blocks()),), 1, has_pages=False, title=title, properties=properties or {})


def _even(rows: Sequence[Sequence[str]]) -> tuple[list[list[str]], int]:
    """Rows and columns in which a cell says something, all rows equally long; and how long."""
    width = max((len(row) for row in rows), default=0)
    even = [[*row, *[""] * (width - len(row))] for row in rows]
    used = [at for at in range(width) if any(row[at] and not row[at].isspace() for row in even)]
    return [[row[at] for at in used] for row in even if any(cell and not cell.isspace() for cell in row)], len(used)


def seen(text: str) -> str:
    """The text without what is not seen, a line feed at each line's end."""
    return _UNSEEN.sub("", _LINE_END.sub("\n", text))


def one_line(text: str | None) -> str:
    """What a document says of itself, on one line; empty where it says nothing."""
    printed = (text or "")[: 4 * LONGEST_PROPERTY]
    if not printed.isprintable():
        printed = "".join(letter if letter.isprintable() else " " for letter in printed)
    return " ".join(printed.split())[:LONGEST_PROPERTY]


def properties_of(**said: str | None) -> dict[str, str]:
    """Properties by name, without those that say nothing."""
    return {name: text for name, value in said.items() if (text := one_line(value))}


def remark_by(author: str | None) -> str:
    """What stands before what somebody remarked on a document."""
    name = one_line(author)[:LONGEST_NAME]
    return f"Comment by {name}" if name else "Comment"
