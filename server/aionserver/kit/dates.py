"""Dates as people write them."""

import re
from datetime import UTC, date, datetime
from typing import Any

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def spoken_day(day: date) -> str:
    """A day in words, as 2 August 2023."""
    return f"{day.day} {day:%B %Y}"


def spoken_span(first: str, last: str) -> str:
    """When things were, by the ISO times of the first and the last: on a day, or between two."""
    one, other = (spoken_day(date.fromisoformat(text[:10])) for text in (first, last))
    return f"on {one}" if one == other else f"between {one} and {other}"


def end_of_day(written: Any) -> Any:
    """A date without a time as the last moment of that day; anything else as it stands."""
    return f"{written}T23:59:59.999999Z" if isinstance(written, str) and _DATE.fullmatch(written) else written


def end_of_local_day(written: Any) -> Any:
    """A date without a time as the last moment of that day, in whatever zone; anything else as it stands."""
    return f"{written}T23:59:59.999999" if isinstance(written, str) and _DATE.fullmatch(written) else written


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC, where one without a zone is; at the ends of the calendar, the nearest that there is."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if moment.year > 1 else datetime.min.replace(tzinfo=UTC)
