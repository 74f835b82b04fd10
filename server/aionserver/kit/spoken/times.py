"""The days that a request names: "in May 2024", "last week", "since 2020", "between 2019 and 2021"."""

import re
from calendar import month_name, monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from aionserver.kit.dates import spoken_day

MONTHS: Final = tuple(name.lower() for name in month_name[1:])
MONTH = "(?:" + "|".join(f"{name[:3]}(?:{name[3:]})?" if name != "may" else name for name in MONTHS) + ")"
_YEAR = r"(?:19[0-9]|20[0-9])[0-9]"
_SEASONS: Final = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_UNITS: Final = {"day": 1, "week": 7, "month": 30, "year": 365}
_COUNTS: Final = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "few": 3, "couple of": 2}
_MOST_UNITS: Final = 200


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both included; None is open."""

    first: date | None = None
    last: date | None = None

    def has(self, day: date) -> bool:
        """Whether a day is one of them."""
        return (self.first or date.min) <= day <= (self.last or date.max)

    @property
    def is_of_years(self) -> bool:
        """Whether they are whole years."""
        first, last = self.first or date.min, self.last or date.max
        return (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)

    @property
    def words(self) -> str:
        """As a person says it: "from 2023", "from May 2023", "on 5 May 2023", "since 5 May 2023"."""
        first, last = self.first, self.last
        if not first or not last:
            return f"since {_short(first, 1)}" if first else f"until {_short(last, 12)}" if last else ""
        if first == last:
            return f"on {spoken_day(first)}"
        if (first.day, last) == (1, _month(first.year, first.month).last):
            return f"from {first:%B %Y}"
        if (first, last) == (date(first.year, 1, 1), date(last.year, 12, 31)):
            return f"from {first.year}" if first.year == last.year else f"from {first.year} to {last.year}"
        return f"from {spoken_day(first)} to {spoken_day(last)}"


def _short(day: date, month: int) -> str:
    """A day in words; the year alone where the day is its first, or its last."""
    is_edge = (day.month, day.day) == (month, 1 if month == 1 else 31)
    return str(day.year) if is_edge else spoken_day(day)


def find_days(text: str, today: date) -> tuple[str, Days | None]:
    """The text without the time it names, and that time; the first one named counts."""
    for pattern, read in _FORMS:
        found = pattern.search(text)
        if found is not None and (days := _read(read, found, today)) is not None:
            return f"{text[: found.start()]} {text[found.end() :]}", days
    return text, None


def _read(read: Callable[[re.Match[str], date], Days], found: re.Match[str], today: date) -> Days | None:
    try:
        return read(found, today)
    except (ValueError, OverflowError):
        return None  # a 31st of June is no time


_POINT = (
    rf"(?:[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{1,2}}(?:st|nd|rd|th)? (?:of )?{MONTH},? {_YEAR}"
    rf"|{MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}|{MONTH},? (?:of )?{_YEAR}"
    rf"|(?:the )?(?:{'|'.join(_SEASONS)})(?: of)? {_YEAR}|(?:the year )?{_YEAR}|today|yesterday"
    rf"|(?:this|last|the last|the past|past|the current) (?:week|month|year)|{MONTH}(?! [0-9]))"
)


def _point(text: str, today: date) -> Days:
    """The days of one time."""
    text = re.sub(r"\b(?:the year|the|of)\b|,", " ", text.lower())
    words = text.split()
    if words[0] in ("today", "yesterday"):
        day = today - timedelta(days=words[0] == "yesterday")
        return Days(day, day)
    if words[0] in ("this", "current", "last", "past"):
        return _unit(words[1], today, ago=words[0] in ("last", "past"))
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", words[0]):
        day = date.fromisoformat(words[0])
        return Days(day, day)
    return _named(words, today)


def _unit(unit: str, today: date, *, ago: bool) -> Days:
    """The calendar week, month or year that is now, or the one before it."""
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * ago)
        return Days(monday, monday + timedelta(days=6))
    if unit == "year":
        return _year(today.year - ago)
    first = today.replace(day=1) - timedelta(days=ago)
    return _month(first.year, first.month)


def _named(words: list[str], today: date) -> Days:
    """Of a year, a month, a season or a day, in any order."""
    years = [int(word) for word in words if re.fullmatch(_YEAR, word)]
    months = [MONTHS.index(name) + 1 for word in words for name in MONTHS if word in (name, name[:3])]
    seasons = [_SEASONS[word] for word in words if word in _SEASONS]
    days = [int(re.sub(r"\D", "", word)) for word in words if re.fullmatch(r"[0-9]{1,2}(?:st|nd|rd|th)?", word)]
    if seasons:
        start = date(years[0], seasons[0], 1)
        end = date(years[0] + (seasons[0] == 12), (seasons[0] + 1) % 12 + 1, 1)
        return Days(start, end.replace(day=monthrange(end.year, end.month)[1]))
    if not months:
        return _year(years[0])
    year = years[0] if years else today.year - (months[0] > today.month)
    if days:
        day = date(year, months[0], days[0])
        return Days(day, day)
    return _month(year, months[0])


def _year(year: int) -> Days:
    return Days(date(year, 1, 1), date(year, 12, 31))


def _month(year: int, month: int) -> Days:
    return Days(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _between(found: re.Match[str], today: date) -> Days:
    first, last = sorted((_point(found[1], today), _point(found[2], today)), key=lambda one: one.first or today)
    return Days(first.first, last.last)


def _since(found: re.Match[str], today: date) -> Days:
    days = _point(found[2], today)
    is_after = found[1].lower() == "after" and days.last is not None
    return Days(first=days.last + timedelta(days=1) if is_after and days.last else days.first)


def _until(found: re.Match[str], today: date) -> Days:
    days = _point(found[2], today)
    is_before = found[1].lower() in ("before", "older than") and days.first is not None
    return Days(last=days.first - timedelta(days=1) if is_before and days.first else days.last)


def _recent(found: re.Match[str], today: date) -> Days:
    count = _COUNTS.get(found[1].lower()) or int(found[1])
    return Days(today - timedelta(days=min(count, _MOST_UNITS) * _UNITS[found[2].lower()]), today)


def _in(found: re.Match[str], today: date) -> Days:
    return _point(found[1], today)


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\S)(?:(?:that (?:were|was) )?(?:taken|made|shot|added|uploaded|created) )?{pattern}(?!\w)", re.I
    )


_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Days]], ...]] = (
    (_form(rf"(?:between|from) ({_POINT}) (?:and|to|until|till|-) ({_POINT})"), _between),
    (_form(rf"(since|after|from|newer than)\s+({_POINT})\s+(?:on|onwards?)"), _since),
    (_form(rf"(since|after|newer than)\s+({_POINT})"), _since),
    (_form(rf"(before|until|till|up to|older than)\s+({_POINT})"), _until),
    (
        _form(
            rf"(?:in|from|during|of|within)?\s*(?:the )?(?:last|past) ([0-9]{{1,3}}|{'|'.join(_COUNTS)})"
            r" (day|week|month|year)s?"
        ),
        _recent,
    ),
    (_form(rf"(?:in|from|of|on|during)\s+({_POINT})"), _in),
    (_form(r"(today|yesterday|(?:this|last) (?:week|month|year))"), _in),
    (_form(rf"({MONTH} {_YEAR}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})"), _in),
)
