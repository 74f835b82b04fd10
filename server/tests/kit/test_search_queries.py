from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.ranking import Candidate, rank
from aionserver.kit.search_queries import Period, SearchQuery


@pytest.mark.parametrize(
    ("written", "text", "excluded"),
    [
        ("a dog without people", "a dog", ("person",)),
        ("a beach but no umbrellas or chairs", "a beach", ("umbrella", "chair")),
        ("cars -red", "cars", ("red",)),
        ("a no parking sign", "a no parking sign", ()),
        ("a close-up", "a close-up", ()),
        ("without", "without", ()),
    ],
)
def test_what_must_not_be_there_is_taken_out_of_the_query(written: str, text: str, excluded: tuple[str, ...]) -> None:
    query = SearchQuery.of(written)
    assert (query.text, query.excluded) == (text, excluded)


@pytest.mark.parametrize(
    ("written", "quotes"),
    [
        ('a sign "No Parking"', ("no parking",)),
        ("a sign that says no parking", ("no parking",)),
        ("label with the words Total due", ("total due",)),
        ("a woman reading a book", ()),
    ],
)
def test_what_can_be_read_in_the_picture_is_known_by_quotes_or_verbs(written: str, quotes: tuple[str, ...]) -> None:
    assert SearchQuery.of(written).quotes == quotes


@pytest.mark.parametrize(
    ("written", "text", "start", "end"),
    [
        ("photos from July 2022", "photos", (2022, 7), (2022, 8)),
        ("streets taken in 1999", "streets", (1999, 1), (2000, 1)),
        ("december 2021", "", (2021, 12), (2022, 1)),
    ],
)
def test_a_month_or_year_is_a_period(written: str, text: str, start: tuple[int, int], end: tuple[int, int]) -> None:
    query = SearchQuery.of(written)
    assert query.text == text
    assert query.period == Period(datetime(*start, 1, tzinfo=UTC), datetime(*end, 1, tzinfo=UTC))


@pytest.mark.parametrize("written", ["room 2045", "IMG_2041", 'poster "from 1985"', "in 20223", "May I come in"])
def test_other_numbers_and_months_are_words(written: str) -> None:
    query = SearchQuery.of(written)
    assert query.period is None
    assert query.text == written


@given(st.text(max_size=300))
def test_every_text_is_a_query_that_asks_no_more_than_it_says(written: str) -> None:
    query = SearchQuery.of(written)
    assert len(query.text) <= len(written)
    assert all(isinstance(word, str) and word for word in (*query.stems, *query.quotes, *query.excluded))


def test_a_picture_that_shows_what_is_excluded_comes_last() -> None:
    near = {"words": 0.6, "labels": 0.5}
    crowded = Candidate("crowded", near, tags=["dog", "person"], description="A dog and two people.")
    alone = Candidate("alone", {"words": 0.5, "labels": 0.4}, tags=["dog"], description="A dog.")
    found = rank("a dog without people", [crowded, alone])
    assert [one.id for one in found] == ["alone", "crowded"]
    assert found[1].score < 0.05


def test_a_picture_of_the_time_asked_for_comes_first() -> None:
    july, may = (
        Candidate(name, created_at=datetime(2022, month, 9, tzinfo=UTC)) for name, month in (("j", 7), ("m", 5))
    )
    found = rank("photos from July 2022", [may, july, Candidate("undated")])
    assert found[0].id == "j"
    assert found[0].score > 0.2 > 0.01 > found[1].score
