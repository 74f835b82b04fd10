"""Texts in sentences: of prose, of tables row by row, with headings told from what they head."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from aionserver.kit.markdown_tables import cells, is_row, is_rule

_END: Final = re.compile(r"(?<=[.!?…])[\"”’)]*\s+(?=[A-Z0-9\"“(•-])|(?<=[。！？])|\n{2,}|\n(?=\s*[-•*\d])")
# A point after these ends no sentence, as after the day in "am 1. Mai"; after those of the second, none where a number
# follows.
_SHORTENED: Final = re.compile(
    r"(?:^|[\s(\"“])(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|approx|e\.g|i\.e|z\.b|bzw|ca|[A-Z]"
    r"|(?:am|vom|zum|bis|ab|den|dem|der|des|seit) \d{1,2})\.$",
    re.I,
)
_NUMBERED: Final = re.compile(r"(?:^|[\s(])(?:no|nr|fig|art|abs|sec|vol|pp?|ch)\.$", re.I)
_CLOSED: Final = re.compile(r"[.!?…;,。！？][\"”’)]*$")
_ITEM: Final = re.compile(r"[-•*–]\s|\d{1,2}[.)]\s")
_LONGEST_HEADING: Final = 12
_SHORTEST: Final = 8
_TWO: Final = 2


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, a row of a table in words, or a heading."""

    text: str
    is_heading: bool = False


def sentences(text: str) -> list[str]:
    """The sentences of a text, at least a few characters each."""
    parts = list(_parts(text))
    return [part for part in parts if len(part) >= _SHORTEST] or parts[:1]


def opening(text: str) -> str:
    """The first sentence of a text, however short."""
    return next(_parts(text), "")


def statements(text: str) -> list[Statement]:
    """What a text says, piece by piece."""
    pieces = list[tuple[str, bool]]()
    for rows, lines in groupby(text.splitlines(), is_row):
        if rows:
            pieces += [(row, False) for line in lines if not is_rule(line) and (row := said_row(line))]
        else:
            pieces += [(one, _may_head(one)) for one in _parts("\n".join(lines))]
    after = [*(one for one, _ in pieces[1:]), ""][: len(pieces)]
    told = [Statement(one, heads and bool(next_one)) for (one, heads), next_one in zip(pieces, after, strict=True)]
    # A short line heads a sentence, or it is a crumb.
    kept = zip(told, after, strict=True)
    return [
        one for one, below in kept if len(one.text) >= _SHORTEST or (one.is_heading and _CLOSED.search(below))
    ] or told[:1]


def is_item(text: str) -> bool:
    """Whether a text is an item of a list."""
    return _ITEM.match(text) is not None


def said_row(line: str) -> str:
    """A row of a table in words: "Weight: 9.4 kg", or its cells with bars between where it has more."""
    told = [cell for cell, _ in groupby(cell for cell in cells(line) if cell)]
    return ": ".join(told) if len(told) == _TWO else " | ".join(told)


def _parts(text: str) -> Iterator[str]:
    start = 0
    for found in _END.finditer(text):
        if "\n" not in found[0] and _is_shortened(text[start : found.start()], text[found.end() : found.end() + 1]):
            continue
        if part := text[start : found.start()].strip():
            yield part
        start = found.end()
    if part := text[start:].strip():
        yield part


def _is_shortened(before: str, after: str) -> bool:
    """Whether the point is of a word that is written short."""
    last = before[-12:]
    return bool(_SHORTENED.search(last) or (after.isdigit() and _NUMBERED.search(last)))


def _may_head(text: str) -> bool:
    is_short = len(text.split()) <= _LONGEST_HEADING
    return is_short and not _CLOSED.search(text) and not _ITEM.match(text)
