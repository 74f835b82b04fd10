"""Markdown read as the blocks it is written in; what stands inside of them is kept as it is written."""

import re
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from aionserver.kit.documents.blocks import Reading, ReadingOptions
from aionserver.kit.documents.drafts import Budget, Draft, one_line, one_part, properties_of
from aionserver.kit.documents.plain import text_of
from aionserver.kit.documents.tables import MOST_COLUMNS

_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD: Final = re.compile(
    r"^(title|author|description|date|lang|keywords)[ \t]*:[ \t]*[\"']?(.{1,500}?)[\"']?[ \t]*$", re.M | re.I
)
_EMPHASIS: Final = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")
_LINK: Final = re.compile(r"!?\[([^\]]{0,300})\]\([^)\s]{0,2000}[^)]{0,200}\)")
_TAG: Final = re.compile(r"<!--.{0,5000}?-->|</?[A-Za-z][^<>]{0,1000}>", re.DOTALL)
LONGEST_MARKED: Final = 1_000
_BREAK: Final = re.compile(r"(?: {2,}|\\)\n")


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """The document as one part; raises DocumentError."""
    text = text_of(source, options)
    front = _FRONT_MATTER.match(text)
    fields = {name.lower(): value for name, value in _FIELD.findall(front[1])} if front else {}
    body = text[front.end() :] if front and fields else text
    draft = Draft(Budget(options))
    _Writer(draft).write(_parser().parse(body))
    properties = properties_of(
        author=fields.get("author"), subject=fields.get("description"), created=fields.get("date")
    )
    return one_part(draft, one_line(fields.get("title") or draft.heading()) or None, properties)


def _parser() -> MarkdownIt:
    """A parser of blocks only: their texts stay as they are written, and are not paid for."""
    parser = MarkdownIt("commonmark", {"maxNesting": 40}).enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


class _Writer:
    """Puts tokens down as blocks."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._lists: list[Iterator[int] | None] = []
        self._marker = ""

    def write(self, tokens: Sequence[Token]) -> None:
        """All tokens of a document."""
        at = 0
        while at < len(tokens):
            if tokens[at].type == "table_open":
                at = self._table(tokens, at)
            else:
                self._one(tokens, at)
                at += 1

    def _one(self, tokens: Sequence[Token], at: int) -> None:
        token = tokens[at]
        match token.type:
            case "inline":
                self._text(token.content, tokens[at - 1])
            case "bullet_list_open" | "ordered_list_open":
                self._lists.append(count(int(token.attrGet("start") or 1)) if token.type[0] == "o" else None)
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
                if not self._lists:
                    self._draft.end_list()
            case "list_item_open":
                numbers = self._lists[-1]
                self._marker = "- " if numbers is None else f"{next(numbers)}. "
            case "fence" | "code_block":
                self._draft.add("code", token.content)
            case "html_block":
                self._draft.add("paragraph", _TAG.sub(" ", token.content))
            case _:
                pass

    def _text(self, content: str, opening: Token) -> None:
        if opening.type == "heading_open":
            self._draft.add("heading", without_marks(content), int(opening.tag[1]))
        elif self._lists:
            # A further paragraph of an item stands under it.
            depth = len(self._lists) - 1
            self._draft.item(self._marker + content if self._marker else content, depth + (not self._marker))
            self._marker = ""
        else:
            lines = _BREAK.sub("\v", content).replace("\n", " ")
            self._draft.add("paragraph", lines)

    def _table(self, tokens: Sequence[Token], at: int) -> int:
        """Put down the table that starts at `at`; the number after its end."""
        rows = list[list[str]]()
        while tokens[at].type != "table_close":
            token = tokens[at]
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline" and len(rows[-1]) < MOST_COLUMNS:
                rows[-1].append(token.content)
            at += 1
        self._draft.table(rows)
        return at + 1


def without_marks(text: str) -> str:
    """A heading without emphasis, tags and addresses."""
    if len(text) > LONGEST_MARKED:
        return text
    return _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", _TAG.sub("", text)))
