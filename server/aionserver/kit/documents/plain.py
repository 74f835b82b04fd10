"""Plain text read as paragraphs, lists and the headings that can be told."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from aionserver.kit.documents.blocks import Reading, ReadingOptions
from aionserver.kit.documents.drafts import Budget, Draft, one_line, one_part, seen
from aionserver.kit.documents.encodings import decoded
from aionserver.kit.documents.faults import DocumentTooLarge
from aionserver.kit.documents.sources import bytes_of

_BLANK_LINES: Final = re.compile(r"\n[ \t\u00a0]*\n\s*|\f\s*")
_ITEM: Final = re.compile(r"\s*(?:[-*+•‣▪◦–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")
_RULE: Final = re.compile(r"\s*([=\-~*_#^\"])\1{2,}\s*")
_NUMBERED: Final = re.compile(r"(?:§\s*)?(\d{1,3}(?:\.\d{1,3})*)\.?\s+\S")
_CHAPTER: Final = re.compile(
    r"(?:chapter|part|section|article|appendix|book|annex)\s+(?:\d+|[ivxlcIVXLC]+|[A-Z])\b.*", re.I
)
_ENDED: Final = re.compile(r"[.,;:!?…]$")
_LETTERS: Final = re.compile(r"[^\W\d_]{2}")
LONGEST_HEADING: Final = 90
# Lines of running text that a program broke are longer than this, and about equally long.
_LEAST_WIDTH, _LEAST_SHARE = 45, 0.65
# Lines of a log begin with their time.
_STAMP: Final = re.compile(r"\s*[\[(]?\d{1,4}[-/:.]\d{1,2}[-/:.]\d")
_CUT: Final = re.compile(r"(?<=[a-z])-\n(?=[a-z])")


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """The text as one part; raises DocumentError."""
    text = text_of(source, options)
    draft = Draft(Budget(options))
    for paragraph in _BLANK_LINES.split(text):
        put_lines(draft, [line.rstrip() for line in paragraph.split("\n") if line.strip()])
    title = one_line(draft.heading())
    # of a text that begins with a chapter, that is not the name of all
    return one_part(draft, title if title and _level(title) != 1 else None)


def text_of(source: Path | bytes, options: ReadingOptions) -> str:
    """All letters of a text; raises DocumentTooLarge."""
    text = decoded(bytes_of(source))
    if len(text) > options.most_characters:
        raise DocumentTooLarge(f"The text has more than {options.most_characters:,} characters.")
    # Form feeds part pages; elsewhere they are not seen.
    return "\n\n".join(seen(page) for page in text.split("\f"))


def put_lines(draft: Draft, lines: Sequence[str]) -> None:
    """Put down the lines between two blank ones: a heading, a paragraph, a list."""
    if len(lines) > 2 and _RULE.fullmatch(lines[0]) and _RULE.fullmatch(lines[2]):
        lines = lines[1:]
    if len(lines) > 1 and _RULE.fullmatch(lines[1]) and _is_title(lines[0]):
        draft.add("heading", lines[0], 1 if lines[1].strip()[0] in "=#*" else 2)
        lines = lines[2:]
    if len(lines) == 1 and (level := _level(lines[0].strip())):
        draft.add("heading", lines[0], level)
        return
    for is_list, group in _groups(lines):
        if is_list:
            _put_items(draft, group)
        else:
            draft.add("paragraph", unwrapped(group))
    draft.end_list()


def _groups(lines: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    """Lines of lists apart from others; a list is more than one item, or starts where the lines do."""
    items = [is_item(line) for line in lines]
    first = items.index(True) if sum(items) > 1 or items[:1] == [True] else len(lines)
    if first:
        yield False, list(lines[:first])
    if first < len(lines):
        yield True, list(lines[first:])


def _put_items(draft: Draft, lines: Sequence[str]) -> None:
    item, indent = "", 0
    for line in lines:
        if _ITEM.match(line) and item:
            draft.item(item, indent)
            item = ""
        if not item:
            indent = min(6, (len(line) - len(line.lstrip())) // 2)
        item = f"{item} {line.strip()}".strip()
    draft.item(item, indent)


def is_item(line: str) -> bool:
    """Whether a line starts an item of a list."""
    return bool(_ITEM.match(line))


def unwrapped(lines: Sequence[str]) -> str:
    """Lines that a program broke as one; others, such as verses and addresses, stay as they are."""
    widths = [len(line) for line in lines]
    widest = max(widths, default=0)
    is_log = 2 * sum(bool(_STAMP.match(line)) for line in lines) > len(lines)
    if len(lines) < 2 or widest < _LEAST_WIDTH or min(widths[:-1]) < _LEAST_SHARE * widest or is_log:
        return "\n".join(lines)
    return _CUT.sub("", "\n".join(line.strip() for line in lines)).replace("\n", " ")


def _is_title(line: str) -> bool:
    return len(line) <= LONGEST_HEADING and bool(_LETTERS.search(line))


def _level(line: str) -> int:
    """The level of a line that stands alone, as a heading; 0 of all else."""
    if not _is_title(line) or _ENDED.search(line) or len(line.split()) > 14:
        return 0
    if _CHAPTER.fullmatch(line):
        return 1
    numbered = _NUMBERED.match(line)
    if numbered and line[numbered.end() - 1].isupper():
        return 1 + numbered[1].count(".")
    return 2 if line.isupper() else 0
