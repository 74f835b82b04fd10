"""Hours, days and months in any time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.asked_times import AskedTime
from aionserver.kit.periods import SLOT, Span, boundaries, label_of, span_of, zone_of

ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
MOMENTS = st.integers(0, 2**31).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(st.sampled_from(ZONES), st.sampled_from(("hour", "day", "month")), MOMENTS, st.integers(0, 40))
def test_periods_follow_each_other_and_hold_the_span(zone: str, kind: str, start: datetime, hours: int) -> None:
    span = Span(start, start + timedelta(hours=hours, microseconds=1))
    edges = boundaries(kind, span, zone_of(zone), 100)
    assert edges == sorted(set(edges))
    assert edges[0] <= span.start < edges[1] and edges[-2] < span.end <= edges[-1]
    assert all(Span(edge, edge + SLOT).inner == Span(edge, edge + SLOT) for edge in edges)  # made up of whole slots


@given(MOMENTS, st.integers(1, 10**10))
def test_the_whole_slots_of_a_span_are_within_it(start: datetime, microseconds: int) -> None:
    span = Span(start, start + timedelta(microseconds=microseconds))
    assert span.start <= span.inner.start <= span.inner.end <= span.end
    assert span.end - span.inner.end < SLOT or span.inner.start == span.end
    assert span.inner.start - span.start < SLOT or span.inner.start == span.end


def test_a_day_that_a_zone_left_out_is_left_out() -> None:
    zone = zone_of("Pacific/Apia")
    span = Span(datetime(2011, 12, 29, 12, tzinfo=UTC), datetime(2011, 12, 31, 12, tzinfo=UTC))
    assert [label_of("day", edge, zone) for edge in boundaries("day", span, zone, 9)[:-1]] == [
        "2011-12-29",
        "2011-12-31",
        "2012-01-01",
    ]


def test_more_periods_than_allowed_are_refused() -> None:
    span = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    assert len(boundaries("hour", span, zone_of("UTC"), 24)) == 25
    with pytest.raises(ValueError, match="more than 23 times hour"):
        boundaries("hour", span, zone_of("UTC"), 23)


@pytest.mark.parametrize(
    ("kind", "first", "days"),
    [("day", "2026-11-24", 1), ("week", "2026-11-23", 7), ("month", "2026-11-01", 30), ("quarter", "2026-10-01", 92)],
)
def test_a_span_begins_where_the_calendar_has_it(kind: str, first: str, days: int) -> None:
    span = span_of(kind, datetime(2026, 11, 24, 5, tzinfo=UTC), zone_of("UTC"))
    assert (span.start.date().isoformat(), span.days) == (first, days)


@pytest.mark.parametrize("name", ["", "Europe", "../UTC", "Europe/Berlin\0", "utc+1"])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        zone_of(name)


def test_an_end_that_is_missing_is_that_of_the_usual_time() -> None:
    usual = Span(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    zone, november = ZoneInfo("UTC"), datetime.fromisoformat("2026-11-05T00:00:00")
    assert AskedTime(zone).span(usual) == usual
    assert AskedTime(zone, start=november).span(usual) == Span(november.replace(tzinfo=UTC), usual.end)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert AskedTime(zone, start=later).span(usual) == Span(later, later + timedelta(days=30))
    earlier = datetime(2026, 1, 31, tzinfo=UTC)
    assert AskedTime(zone, end=earlier).span(usual).start == datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
