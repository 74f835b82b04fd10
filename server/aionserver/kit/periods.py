"""Hours, days, weeks, months and more as calendars have them, in any time zone; moments are in UTC throughout."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

SLOT = timedelta(minutes=15)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
HOUR, DAY, MONTH = "hour", "day", "month"
LABELS = {HOUR: "%Y-%m-%d %H:%M", DAY: "%Y-%m-%d", MONTH: "%Y-%m"}


@dataclass(frozen=True)
class Span:
    """The time from `start` up to, and without, `end`."""

    start: datetime
    end: datetime

    @property
    def inner(self) -> "Span":
        """The whole slots in it; of no length where there is none."""
        first, last = -(-(self.start - EPOCH) // SLOT), (self.end - EPOCH) // SLOT
        if last <= first:
            return Span(self.end, self.end)
        return Span(EPOCH + first * SLOT, EPOCH + last * SLOT)

    @property
    def days(self) -> float:
        """How many times 24 hours it is long."""
        return (self.end - self.start) / timedelta(days=1)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name; ValueError where there is none."""
    if name not in _zone_names():
        raise ValueError("is not the name of a time zone, such as Europe/Berlin")
    return ZoneInfo(name)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins; where its midnight is skipped, with the first moment after."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def span_of(kind: str, now: datetime, zone: ZoneInfo) -> Span:
    """The day, week (from Monday), month, quarter or year that a moment is in."""
    today = now.astimezone(zone).date()
    first = _FIRST_DAYS[kind](today)
    return Span(midnight(first, zone), midnight(_AFTER[kind](first), zone))


def add_months(first: date, months: int) -> date:
    """The first day of the month so many months on."""
    years, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(years, month + 1, 1)


_FIRST_DAYS: dict[str, Callable[[date], date]] = {
    "day": lambda today: today,
    "week": lambda today: today - timedelta(days=today.weekday()),
    "month": lambda today: today.replace(day=1),
    "quarter": lambda today: today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),
    "year": lambda today: today.replace(month=1, day=1),
}
_AFTER: dict[str, Callable[[date], date]] = {
    "day": lambda first: first + timedelta(days=1),
    "week": lambda first: first + timedelta(days=7),
    "month": lambda first: add_months(first, 1),
    "quarter": lambda first: add_months(first, 3),
    "year": lambda first: add_months(first, 12),
}


def boundaries(kind: str, span: Span, zone: ZoneInfo, most: int) -> list[datetime]:
    """Where the hours, days or months begin that the span touches, and where the last ends.

    ValueError when there are more than `most` of them. A day has 23 or 25 hours when clocks are changed.
    """
    edges = [_floor(kind, span.start, zone)]
    while edges[-1] < span.end:
        if len(edges) > most:
            raise ValueError(f"covers more than {most} times {kind}; ask for a shorter time or a longer period")
        edges.append(_next(kind, edges[-1], zone))
    return edges


def _floor(kind: str, moment: datetime, zone: ZoneInfo) -> datetime:
    local = moment.astimezone(zone)
    if kind == HOUR:
        return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    return midnight(_FIRST_DAYS[kind](local.date()), zone)


def _next(kind: str, edge: datetime, zone: ZoneInfo) -> datetime:
    if kind == HOUR:
        hour_later = edge + timedelta(hours=1)
        floored = _floor(HOUR, hour_later, zone)
        return floored if floored > edge else hour_later  # clocks put back by less than an hour
    first = edge.astimezone(zone).date()
    after = edge
    while after <= edge:  # days that a zone has left out have no length
        first = _AFTER[kind](first)
        after = midnight(first, zone)
    return after


def label_of(kind: str, start: datetime, zone: ZoneInfo) -> str:
    """The period that begins then, as people write it."""
    return start.astimezone(zone).strftime(LABELS[kind])
