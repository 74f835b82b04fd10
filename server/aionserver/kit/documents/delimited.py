"""Tables written as lines of values: what parts the values is told by the text itself."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Final, Literal

from aionserver.kit.documents.blocks import Reading, ReadingOptions
from aionserver.kit.documents.drafts import Budget, Draft, one_part
from aionserver.kit.documents.faults import DocumentTooLarge
from aionserver.kit.documents.plain import text_of
from aionserver.kit.documents.tables import MOST_COLUMNS

_DELIMITERS: Final = ",;\t|^~"
_SAMPLE_CHARACTERS: Final = 64_000
_SAMPLE_ROWS: Final = 200
LONGEST_FIELD: Final = 1_000_000
_CURRENCY: Final = r"(?:\s?(?:[€$£¥]|EUR|USD|GBP|CHF|JPY))?"
_VALUE: Final = re.compile(rf"[-+(]*{_CURRENCY}[-+(\s]*\d[\d.,:/%)\s-]*{_CURRENCY}\)?")
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

Row = list[str]
_Quoting = Literal[0, 3]
_QUOTED: Final = csv.QUOTE_MINIMAL
_PLAIN: Final = csv.QUOTE_NONE


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """The table as one part, in blocks that each have its heads; raises DocumentError."""
    text = text_of(source, options)
    told = _SEPARATOR_LINE.match(text)
    delimiter = told[1] if told else delimiter_of(text[:_SAMPLE_CHARACTERS])
    text = text[told.end() :] if told else text
    try:
        return _reading(text, delimiter, _QUOTED, options)
    except csv.Error:
        # A quotation mark that never ends is an inch, not the beginning of a value as long as the file.
        return _reading(text, delimiter, _PLAIN, options)


def _reading(text: str, delimiter: str, quoting: _Quoting, options: ReadingOptions) -> Reading:
    draft = Draft(Budget(options))
    try:
        put_rows(draft, _rows(text, delimiter, quoting))
    except csv.Error as fault:
        if quoting == _PLAIN:
            raise DocumentTooLarge(f"A value of the table is longer than {LONGEST_FIELD:,} characters.") from fault
        raise
    return one_part(draft)


def delimiter_of(sample: str) -> str:
    """The sign that parts most rows into equally many values."""
    counts = {delimiter: _share_alike(sample, delimiter) for delimiter in _DELIMITERS}
    return max(counts, key=lambda delimiter: counts[delimiter])


def _share_alike(sample: str, delimiter: str) -> tuple[float, int]:
    """How many of the rows have the commonest number of values, more than one; and that number."""
    rows = _rows(sample, delimiter, _QUOTED)
    lengths = [len(row) for row in islice(rows, _SAMPLE_ROWS)]
    commonest = max(set(lengths), key=lengths.count, default=0)
    return (lengths.count(commonest) / len(lengths), commonest) if commonest > 1 else (0.0, 0)


def _rows(text: str, delimiter: str, quoting: _Quoting) -> Iterator[Row]:
    """The rows that are not blank; raises csv.Error."""
    csv.field_size_limit(LONGEST_FIELD)
    for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter, quoting=quoting):
        if any(cell.strip() for cell in row):
            yield row[:MOST_COLUMNS]


def put_rows(draft: Draft, rows: Iterator[Row], heads_before: Sequence[str] = ()) -> Sequence[str]:
    """Put rows down as tables, each with the heads of the first row that has all columns; gives the heads.

    Rows without heads have those of the table before, where they have as many columns.
    """
    lead = list(islice(rows, _SAMPLE_ROWS))
    width = max((len(row) for row in lead), default=0)
    first = next((at for at, row in enumerate(lead) if _filled(row) > width / 2), 0)
    for row in lead[:first]:
        draft.add("paragraph", " ".join(cell.strip() for cell in row if cell.strip()))
    if not lead:
        return heads_before
    if _is_head(lead[first]) and (len(lead) > first + 1 or not any(heads_before)):
        heads, rest = lead[first], lead[first + 1 :]
    else:
        heads, rest = heads_before if len(heads_before) == width else [""] * width, lead[first:]
    draft.table_parts(heads, chain(rest, rows), width)
    return heads


def _filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _is_head(row: Row) -> bool:
    """Whether a row names its columns: none of its cells is a number, or all of its numbers are years."""
    values = [cell for cell in row if _VALUE.fullmatch(cell.strip())]
    return not values or (len(values) < len(row) and all(re.fullmatch(r"\s*(19|20)\d\d\s*", one) for one in values))
