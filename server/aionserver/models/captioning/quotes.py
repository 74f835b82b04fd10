"""Text in a picture, told: what kind of page it is and which of its lines are worth quoting."""

import re
from collections.abc import Sequence

from aionserver.kit.words import shortened
from aionserver.models.captioning.legibility import is_quotable
from aionserver.models.ocr import TextLine, TextLines

_PAGE_MIN_LINES = 5
_PAGE_MIN_CHARACTERS = 120
_PAGE_MIN_COVERAGE = 0.08
_PROMINENT_COVERAGE = 0.03
_QUOTE_CHARACTERS = 60
_SAME_SIZE = 1.5
_WORD_GAP_IN_HEIGHTS = 1.5
_RECEIPT_WORDS = re.compile(
    r"\b(receipt|invoice|sub ?total|total|cash|change|gst|vat|tax|qty|amount|rounding|bill|card|balance|thank you)\b",
    re.IGNORECASE,
)
_PRICE = re.compile(r"\d+[.,]\d{2}\b")
_RECEIPT_MIN_SIGNS = 3
_RECEIPT_MIN_LINES = 8


def page_kind(text: TextLines) -> str | None:
    """ "receipt" or "page" where text is what the picture shows, None for a picture with some text in it."""
    if _is_receipt(text):
        return "receipt"
    is_long = len(text.lines) >= _PAGE_MIN_LINES and len(text.text) >= _PAGE_MIN_CHARACTERS
    return "page" if is_long and coverage(text) >= _PAGE_MIN_COVERAGE else None


def _is_receipt(text: TextLines) -> bool:
    words = {found.lower() for found in _RECEIPT_WORDS.findall(text.text)}
    prices = _PRICE.findall(text.text)
    return len(text.lines) >= _RECEIPT_MIN_LINES and min(len(words), len(prices)) >= _RECEIPT_MIN_SIGNS


def coverage(text: TextLines) -> float:
    """The share of the picture that lines of text cover, 0-1."""
    return min(1.0, sum(line.height * (line.quad[1][0] - line.quad[0][0]) for line in text.lines))


def is_prominent(text: TextLines) -> bool:
    """True where the text is what the picture is about, rather than a mark in its corner."""
    return coverage(text) >= _PROMINENT_COVERAGE


def first_quotes(text: TextLines, most: int) -> list[str]:
    """The first legible rows of a page, each in quotation marks."""
    rows = [_row_text(row) for row in text.rows]
    return _quoted([row for row in rows if row and not row.isdigit()][:most])


def largest_quotes(text: TextLines, most: int) -> list[str]:
    """The runs of the largest letters, in reading order, each in quotation marks."""
    rows = [run for row in text.rows for run in _runs(row) if _row_text(run)]
    largest = sorted(rows, key=lambda row: -_letter_height(row))[:most]
    return _quoted([_row_text(row) for row in rows if row in largest])


def _runs(row: Sequence[TextLine]) -> list[list[TextLine]]:
    """The row split where its letters change in size or stand far apart: signs beside each other."""
    runs: list[list[TextLine]] = []
    for line in row:
        if runs and _goes_on(runs[-1][-1], line):
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _goes_on(before: TextLine, line: TextLine) -> bool:
    small, large = sorted((before.height, line.height))
    gap = line.quad[0][0] - before.quad[1][0]
    return large <= _SAME_SIZE * small and gap <= _WORD_GAP_IN_HEIGHTS * large


def _row_text(row: Sequence[TextLine]) -> str:
    """What may be quoted of a row, empty where nothing may."""
    return " ".join(line.text for line in row if is_quotable(line)).strip("-–—")


def _letter_height(row: Sequence[TextLine]) -> float:
    return max(line.height for line in row if is_quotable(line))


def _quoted(rows: list[str]) -> list[str]:
    unique = dict.fromkeys(shortened(row.replace('"', "'"), _QUOTE_CHARACTERS) for row in rows)
    return [f'"{row}"' for row in unique]
