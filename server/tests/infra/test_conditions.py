"""Conditions of requests, as RFC 9110 has them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.infra.web.conditions import Version

NOW = Version('"now"', datetime(2024, 5, 6, 12, 30, 58, 250_000, tzinfo=UTC))
AT, BEFORE, AFTER = (f"Mon, 06 May 2024 12:30:5{second} GMT" for second in (8, 7, 9))


def test_a_version_is_told_by_its_tag_and_its_second() -> None:
    assert NOW.headers == {"ETag": '"now"', "Last-Modified": AT}


@pytest.mark.parametrize(
    ("asked", "is_known"),
    [
        ({}, False),
        ({"if-none-match": '"now"'}, True),
        ({"if-none-match": 'W/"now"'}, True),
        ({"if-none-match": '"then", "now"'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"then"'}, False),
        ({"if-none-match": "now"}, False),
        ({"if-none-match": ""}, False),
        ({"if-modified-since": AT}, True),
        ({"if-modified-since": AFTER}, True),
        ({"if-modified-since": BEFORE}, False),
        ({"if-modified-since": "yesterday"}, False),
        ({"if-none-match": '"then"', "if-modified-since": AFTER}, False),
    ],
)
def test_who_has_it_is_not_sent_it(asked: dict[str, str], is_known: bool) -> None:
    assert NOW.is_known(asked) is is_known


@pytest.mark.parametrize(
    ("asked", "fails"),
    [
        ({}, False),
        ({"if-match": '"now"'}, False),
        ({"if-match": "*"}, False),
        ({"if-match": '"then"'}, True),
        ({"if-unmodified-since": AT}, False),
        ({"if-unmodified-since": BEFORE}, True),
        ({"if-unmodified-since": "Mon, 99 May 2024"}, False),
        ({"if-match": '"now"', "if-unmodified-since": BEFORE}, False),
    ],
)
def test_who_wants_another_state_is_told_so(asked: dict[str, str], fails: bool) -> None:
    assert NOW.fails(asked) is fails


@pytest.mark.parametrize(
    ("condition", "is_continued"),
    [(None, True), ('"now"', True), (AT, True), ('"then"', False), ('W/"now"', False), (AFTER, False), ("x", False)],
)
def test_a_range_is_of_what_the_client_has_a_part_of(condition: str | None, is_continued: bool) -> None:
    assert NOW.is_continued({} if condition is None else {"if-range": condition}) is is_continued


@given(
    st.sampled_from(["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"]), st.text()
)
def test_no_header_breaks_it(name: str, text: str) -> None:
    asked = {name: text}
    assert {NOW.fails(asked), NOW.is_known(asked), NOW.is_continued(asked)} <= {True, False}
