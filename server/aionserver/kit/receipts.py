"""What a receipt says, out of the text that was read on it: what was paid, in which money, and when."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from aionserver.kit.spoken.times import MONTH, MONTHS

_MOST_LINES: Final = 400
_LONGEST_LINE: Final = 300
_AMOUNT: Final = re.compile(r"(?<![\d.,:/-])(\d{1,3}(?:[., ]\d{3})*|\d{1,7})[.,](\d{2})(?![\d%/]|[.,]\d)")
# The lines that say what was to be paid, the surest first; and those that say something else.
_PAYABLE: Final = (
    re.compile(
        r"grand\s*total|nett?\s*total|total\s*(?:due|payable|to pay|paid|amount|sales?\s*\(?incl|\(?incl|amt|rounded)"
        r"|total\s*rm\b|(?:a[mn]ount|balance)\s*(?:due|payable)|a[mn]ount,?\s*incl|rounded\s*total|t[lo]tal\s*:?\s*rm|\btl\s*:?\s*rm"
        r"|zu zahlen|gesamt(?:betrag|summe)?|endbetrag|(?:net|montant)?\s*à payer|total\s*ttc|importe total",
        re.I,
    ),
    re.compile(r"\btot(?:al|ai|a1)\b|\bsumme\b|\bamount\b|\bbetrag\b|\bmontant\b", re.I),
)
_OTHER: Final = re.compile(
    r"sub\s*-?\s*total|zwischensumme|\bqty|quantity|item|discount|saving|change|excl|before|summary|points?|tender"
    r"|round(?:ing|\.)|adj|invoice|bill\s*no",
    re.I,
)
_TAX: Final = re.compile(r"^(?!.*incl).*\b(?:tax|gst|vat|mwst|ust|tva|iva)\b", re.I)
_CASH: Final = re.compile(r"^\W*(?:cash|paid|tendered|payment|bar\b|gegeben|visa|master)", re.I)
_CHANGE: Final = re.compile(r"\bchange\b|rückgeld|rendu", re.I)
_MONEY: Final = {
    "RM": "MYR",
    "MYR": "MYR",
    "$": "USD",
    "USD": "USD",
    "€": "EUR",
    "EUR": "EUR",
    "£": "GBP",
    "GBP": "GBP",
    "CHF": "CHF",
    "¥": "JPY",
}
_MONEY_SIGN: Final = re.compile(r"(?<![A-Za-z])(RM|MYR|USD|EUR|GBP|CHF)(?![A-Za-z])|([$€£¥])")
_DATES: Final = (
    re.compile(r"(?<!\d)(?P<year>20\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
    re.compile(
        r"(?<![\d/.-])(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>20\d\d|\d\d)(?:(?=\d\d:)|(?![\d/.-]))"
    ),
    re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})[-. ]?(?P<name>{MONTH})[-., ]{{0,2}}(?P<year>20\d\d|\d\d)(?!\d)", re.I),
    re.compile(rf"\b(?P<name>{MONTH})\.? (?P<day>\d{{1,2}}),? (?P<year>20\d\d)(?!\d)", re.I),
)
_DECEMBER: Final = 12


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was paid, by which ISO 4217 money, on which day; each as far as the text says it."""

    total: Decimal | None = None
    currency: str | None = None
    day: date | None = None


def read_receipt(text: str) -> Receipt:
    """What a text says was paid. A day such as 03/04/2018 is read with the day first, but for dollars."""
    lines = [line[:_LONGEST_LINE] for line in text.splitlines()[:_MOST_LINES]]
    signs = Counter(_MONEY[one or other] for one, other in _MONEY_SIGN.findall("\n".join(lines)))
    currency = signs.most_common(1)[0][0] if signs else None
    return Receipt(_total(lines), currency, _day("\n".join(lines), month_first=currency == "USD"))


def amounts_in(line: str) -> list[Decimal]:
    """The amounts of money in a line, with two digits after the point."""
    return [Decimal(f"{re.sub(r'[., ]', '', whole)}.{part}") for whole, part in _AMOUNT.findall(line)]


def _total(lines: Sequence[str]) -> Decimal | None:
    for pattern in _PAYABLE:
        found = [(len(amounts), amounts[-1]) for amounts in _labelled(lines, pattern) if amounts[-1] > 0]
        if found:
            fewest = min(count for count, _ in found)
            # A line with one amount says what is paid; one of several is of taxes. The last one is after rounding.
            return [amount for count, amount in found if count == fewest][-1]
    return _given_less_change(lines)


def _labelled(lines: Sequence[str], pattern: re.Pattern[str]) -> Iterator[list[Decimal]]:
    """The amounts in lines with such a label, or in the line below where there are none."""
    for at, line in enumerate(lines):
        if pattern.search(line) and not _OTHER.search(line) and not _TAX.match(line):
            below = lines[at + 1] if at + 1 < len(lines) else ""
            amounts = amounts_in(line) or ([] if any(map(str.isalpha, below)) else amounts_in(below))
            if amounts:
                yield amounts


def _given_less_change(lines: Sequence[str]) -> Decimal | None:
    given = [amounts[-1] for line in lines if _CASH.search(line) and (amounts := amounts_in(line))]
    change = [amounts[-1] for line in lines if _CHANGE.search(line) and (amounts := amounts_in(line))]
    if not given:
        return None
    return given[0] - change[-1] if change and change[-1] <= given[0] else given[0]


def _day(text: str, *, month_first: bool) -> date | None:
    found = [
        (one.start(), day) for pattern in _DATES for one in pattern.finditer(text) if (day := _read(one, month_first))
    ]
    return min(found)[1] if found else None


def _read(found: re.Match[str], month_first: bool) -> date | None:
    parts = found.groupdict()
    year, day = int(parts["year"]), int(parts["day"])
    if parts.get("name"):
        month = next(at for at, name in enumerate(MONTHS, 1) if name.startswith(parts["name"][:3].lower()))
    else:
        month = int(parts["month"])
        is_swapped = month > _DECEMBER or (
            month_first and day <= _DECEMBER and len(parts["month"]) == len(parts["day"])
        )
        if is_swapped and found.re is _DATES[1]:
            day, month = month, day
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


def sums_of(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """The sum in each currency, in the order in which these come; the empty one is of amounts that name none."""
    sums = dict[str, Decimal]()
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return sums
