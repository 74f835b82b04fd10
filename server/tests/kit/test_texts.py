"""What people type: search words, tags, titles, and the pages they turn."""

import unicodedata
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aionserver.infra.web.queries import split_commas
from aionserver.infra.web.text import sendable, storable
from aionserver.kit.pagination import has_more
from aionserver.kit.search_text import distinct_words, few_terms, tsquery_terms
from aionserver.kit.tags import clean_tags, tags_problem
from plugins.database import Databases


@pytest.fixture(scope="module")
def connection(databases: Databases, migrated_template: str) -> Iterator[psycopg.Connection]:
    with databases.copied(migrated_template) as fresh, psycopg.connect(fresh.app_url, autocommit=True) as opened:
        yield opened


def asked_for(text: str, weights: str = "") -> str:
    """All of the text's terms as one query."""
    return " & ".join(tsquery_terms(text, weights))


def finds(connection: psycopg.Connection, query: str, text: str) -> bool:
    """Whether the query finds a file that has the text as its title, indexed as the product does."""
    asked = "select to_tsvector('english', plain_words(%s)) @@ to_tsquery('english', %s)"
    row = connection.execute(asked, (text, asked_for(query))).fetchone()
    return bool(row and row[0])


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("beach", "beach:*"),
        ("red  car", "red:* & car:*"),
        ("XB-1041", "XB:* & 1041:*"),
        ("IMG_2041.jpg", "IMG:* & 2041:* & jpg:*"),
        ('"red car" sunset', "(red <-> car) & sunset:*"),
        ('"unfinished phrase', "unfinished:* & phrase:*"),
        ("!(a | b) & <-> c:*", "a:* & b:* & c:*"),
        ("\U0001f600 & ' \\ _", ""),
        ('""', ""),
    ],
)
def test_words_are_asked_for_by_their_beginning_and_quoted_ones_as_a_phrase(typed: str, query: str) -> None:
    assert asked_for(typed) == query


def test_the_same_word_is_asked_for_once_and_what_there_is_no_room_for_together() -> None:
    terms = tsquery_terms('oil "red car" oil pump "red car"')
    assert terms == ["oil:*", "(red <-> car)", "pump:*"]
    assert few_terms(terms, 3) == terms
    assert few_terms(terms, 2) == ["oil:*", "(red <-> car) & pump:*"]


def test_a_query_can_be_limited_to_some_of_the_fields() -> None:
    assert asked_for('beach "red car"', "AB") == "beach:*AB & (red:AB <-> car:AB)"


def test_any_word_is_asked_for_once() -> None:
    assert " | ".join(distinct_words("Red car, red CAR or XB-1041")) == "red | car | or | xb | 1041"


def test_a_query_is_bounded_however_long_the_text_is() -> None:
    text = " ".join(f"word{number}" for number in range(5000))
    assert asked_for(text).count("word") == 32
    assert asked_for(f'"{text}"').count("word") == 32
    assert " | ".join(distinct_words(" ".join(map(str, range(5000))))).count("|") == 31
    assert len(asked_for("\U00020000" * 5000).encode()) < 2046


@settings(max_examples=300)
@given(text=st.one_of(st.text(), st.text("ab1 \"'&|!():*<->\\\u0300\u093e\u064e\ufe0f\u00b2\u0130")))
def test_any_text_gives_a_query_that_postgresql_takes(connection: psycopg.Connection, text: str) -> None:
    for query in (asked_for(text), asked_for(text, "D"), " | ".join(distinct_words(text))):
        connection.execute("select to_tsquery('english', %s)", (query,))


def test_the_longest_words_are_taken_too(connection: psycopg.Connection) -> None:
    rare = "\U00020000" * 5000
    for text in ("a" * 5000, rare, f'"{rare}"'):
        connection.execute("select to_tsquery('english', %s)", (asked_for(text),))
        connection.execute("select to_tsquery('english', %s)", (" | ".join(distinct_words(text)),))


@pytest.mark.parametrize(
    "text",
    [
        "XB-1041",
        "naïve café",
        "straße",
        "İstanbul",
        "हिन्दी भाषा",
        "العَرَبِيَّة",
        "日本語テスト",
        "한국어",
        "ภาษาไทย",
        "Ωμέγα",
        "foo@example.com",
        "a/b\\c",
        "3.14",
        "mother's",
        "x² + y²",
    ],
)
def test_a_text_is_found_by_itself_in_any_script(connection: psycopg.Connection, text: str) -> None:
    assert finds(connection, text, text)


def test_words_are_found_by_their_beginning_but_not_by_their_middle(connection: psycopg.Connection) -> None:
    assert finds(connection, "mount", "snowy mountain")
    assert finds(connection, "mountains", "snowy mountain")
    assert finds(connection, "104", "part XB-1041")
    assert not finds(connection, "ountain", "snowy mountain")
    assert not finds(connection, "041", "part XB-1041")


def test_a_phrase_is_found_only_as_it_stands(connection: psycopg.Connection) -> None:
    assert finds(connection, '"red car"', "an old red car")
    assert not finds(connection, '"red car"', "a car, red and old")
    assert not finds(connection, '"red car"', "an old red carpet")


def test_an_accent_is_the_same_composed_or_not(connection: psycopg.Connection) -> None:
    apart = unicodedata.normalize("NFD", "café")
    assert finds(connection, apart, "café")
    assert storable(apart) == "café"


def test_characters_that_cannot_be_stored_are_refused_or_replaced() -> None:
    with pytest.raises(ValueError, match=r"U\+0000"):
        storable("a\0b")
    with pytest.raises(ValueError, match="surrogates"):
        storable("a\ud800b")
    assert sendable("a\ud800b\0") == "a?b\0"


def test_tags_are_trimmed_and_kept_once_in_their_first_spelling() -> None:
    assert clean_tags(["  Sea  side ", "sea side", "", " ", "SEA SIDE", "Straße", "STRASSE", "sand"]) == [
        "Sea side",
        "Straße",
        "sand",
    ]


@given(st.lists(st.text(max_size=8)))
def test_cleaning_tags_again_changes_nothing(tags: list[str]) -> None:
    once = clean_tags(tags)
    assert clean_tags(once) == once
    assert all(tag == tag.strip() and tag for tag in once)


def test_too_many_or_too_long_tags_are_a_problem_in_words() -> None:
    assert tags_problem(["x" * 50] * 40) is None
    assert tags_problem(["x"] * 41) == "at most 40 tags"
    assert tags_problem(["x" * 51]) == "a tag has at most 50 characters"


@given(st.integers(0, 50), st.integers(1, 20), st.integers(0, 60))
def test_turning_pages_while_there_are_more_shows_everything_once(start: int, limit: int, total: int) -> None:
    shown, offset = 0, 0
    while True:
        page = max(0, min(limit, total - offset))
        shown += page
        if not has_more(offset, page, total):
            break
        offset += page
    assert shown == total
    assert has_more(start, 0, total) is (start < total)


@pytest.mark.parametrize(
    ("given_values", "read"),
    [(["a,b", "c"], ["a", "b", "c"]), ([" a , ,b "], ["a", "b"]), ([""], []), (None, None)],
)
def test_query_lists_are_read_repeated_and_comma_separated(given_values: object, read: object) -> None:
    assert split_commas(given_values) == read
