"""What passages are found by: words of many languages, codes, what they cover, phrases, earlier questions, snippets."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.passage_queries import (
    PassageQuery,
    Weighed,
    has_any_name,
    has_phrase,
    is_code,
    leans_on_earlier,
    plain,
    weighed,
)
from aionserver.kit.passage_ranking import Signals, scores
from aionserver.kit.passage_terms import DIMENSIONS, EVERY_PASSAGE, QueryTerms, term_number, weights_of
from aionserver.kit.passage_words import LONGEST_WORD, STEMMERS, words_of_passage, words_of_query
from aionserver.kit.snippets import LONGEST, matched_words, snippet
from aionserver.kit.words import STOP_WORDS

SALT = b"a tenant's id"


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The boats' sails", "en", ["boat", "sail"]),
        ("Part AB-1234/7", "en", ["part", "ab-1234/7", "ab", "1234", "7"]),
        ("as § 12 and §§ 3.1 say", "en", ["§12", "12", "§3.1", "3.1", "say"]),
        ("$1,577.50 and 2,000 m", "en", ["1577.50", "1577", "50", "2000", "m"]),
        ("EUR 2,900.00", None, ["eur", "2900.00", "2900", "00"]),
        ("1.234.567", None, ["1.234.567", "1234567", "1", "234", "567"]),
        ("1,2,3", None, ["1", "2", "3"]),
        ("pages 3, 4", None, ["pages", "3", "4"]),
        ("rooms 1,2,345 in 2019,2020", None, ["rooms", "1", "2", "345", "in", "2019", "2020"]),
        ("2,4-D and A,101", None, ["2", "4-d", "4", "d", "and", "a", "101"]),
        ("0,125 l, 2,5kg", None, ["0.125", "0", "125", "l", "2.5", "2", "5", "kg"]),
        ("a user-friendly thing", "en", ["user", "friend", "thing"]),
        ("Die Häuser", "de", ["die", "haus"]),
        ("résumé naïve", None, ["resume", "naive"]),
        ("東京都", "ja", ["東京", "京都"]),
        ("ｆｕｌｌ ＷＩＤＴＨ", None, ["full", "width"]),
        ("\u0e15\u0e49\u0e19", "th", ["\u0e15\u0e49", "\u0e49\u0e19"]),
    ],
)
def test_words_of_a_passage(text: str, language: str | None, expected: list[str]) -> None:
    assert words_of_passage(text, language) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("24,90", "24.90"),
        ("38,5 Stunden", "38.5 Stunden"),
        ("1.234,56", "1,234.56"),
        ("1'234.56", "1234.56"),
        ("1.234.567,80", "1,234,567.80"),
        ("1,450.00", "1450.00"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert words_of_passage(one, None) == words_of_passage(other, None)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("2,900", "EUR 2,900.00"),
        ("2900", "EUR 2,900.00"),
        ("1,450", "EUR 1,450.00"),
        ("1450", "1.450 Euro"),
        ("1.450", "EUR 1,450.00"),
        ("24", "24,90"),
        ("Sorensen", "Sørensen"),
        ("Lodz", "Łódź"),
        ("Strasse", "straße"),
        ("oeuvre", "Œuvre"),
        ("Aeroe", "Ærøe"),
    ],
)
@pytest.mark.parametrize("language", ["en", "da", "de", "fr", None])
def test_what_is_written_otherwise_is_found(query: str, text: str, language: str | None) -> None:
    asked = {form for forms in words_of_query(query, [language]) for form in forms}
    assert not asked.isdisjoint(words_of_passage(text, language))


def test_a_query_has_the_forms_of_every_language() -> None:
    assert words_of_query("Häuser boats", ["de", "en", None]) == [("haus", "hauser"), ("boat", "boats")]
    assert words_of_query("what is the boat of the boats", ["en"]) == [("boat",), ("boat", "boats")]


@pytest.mark.parametrize("language", [*STEMMERS, None, "xx"])
@given(text=st.text(max_size=300))
def test_any_text_has_words_that_a_query_finds(language: str | None, text: str) -> None:
    words = words_of_passage(text, language)
    assert all(0 < len(word) <= LONGEST_WORD for word in words)
    assert all(1 <= number < DIMENSIONS for number in weights_of(words, SALT))
    asked = {form for forms in words_of_query(text, [language]) for form in forms}
    if language in ("en", None):
        assert set(words) - asked <= STOP_WORDS


def test_weights_grow_with_repetition_and_never_reach_one() -> None:
    once, often = (weights_of(["pump"] * count + ["oil"], SALT)[term_number("pump", SALT)] for count in (1, 50))
    assert 0 < once < often < 1


def test_each_tenant_has_numbers_of_its_own() -> None:
    assert term_number("pump", b"one") != term_number("pump", b"other")


def coverage(query: str, passage: str, counts: dict[str, int], total: int = 1000) -> float:
    known = {term_number(word, SALT): count for word, count in counts.items()} | {EVERY_PASSAGE: total}
    asked = QueryTerms.of(dict.fromkeys(words_of_query(query, ["en"]), 1.0), SALT, known)
    weights, shares = weights_of(words_of_passage(passage), SALT), asked.coverage_weights()
    return sum(share * weights.get(number, 0.0) for number, share in shares.items())


def test_rare_words_cover_more_than_common_ones() -> None:
    counts = {"pump": 900, "gasket": 3}
    assert coverage("pump gasket", "a gasket", counts) > 3 * coverage("pump gasket", "a pump", counts)
    assert coverage("pump gasket", "a filter", counts) == 0
    assert coverage("", "a filter", counts) == 0
    assert coverage("pump", "pump", {}, total=0) > 0


@given(st.integers(0, 2**32), st.integers(0, 30))
def test_coverage_is_bounded_whatever_is_asked(seed: int, count: int) -> None:
    words = random.Random(seed).choices([f"word{number}" for number in range(40)], k=count)
    found = coverage(" ".join(words), " ".join(words) * 3, dict.fromkeys(words, 5))
    assert 0 <= found <= 4


def score(signals: Signals) -> float:
    """Where no other passage is in question."""
    return scores([signals])[0]


def test_scores_grow_with_every_signal_and_stay_between_0_and_1() -> None:
    weak, strong = Signals(0.2, 0.1), Signals(0.8, 0.9)
    assert 0 <= score(Signals(0, 0)) < score(weak) < 0.3 < 0.7 < score(strong) <= 1
    assert score(Signals(0.3, 0.5, codes=1.0)) >= 0.7
    assert score(Signals(0.3, 0.5, phrases=1.0)) >= 0.7


def test_of_many_passages_that_say_as_much_few_are_likely() -> None:
    one, *others = scores([Signals(0.6 - number / 1000, 0.5) for number in range(20)])
    assert one == score(Signals(0.6, 0.5)) >= 0.3 > others[-1]
    assert others == sorted(others, reverse=True)
    assert scores([Signals(0.6, 0.5)] * 20) == [one] * 20


def test_passages_with_a_phrase_are_likely_however_many_have_it() -> None:
    assert min(scores([Signals(0.3 - number / 1000, 0.5, phrases=1.0) for number in range(60)])) >= 0.7


def test_few_passages_that_have_the_words_are_likely_and_many_are_not() -> None:
    found = [scores([Signals(0.15, 0.4, share=1.0)] * rivals)[0] for rivals in (1, 2, 4, 20)]
    assert found[0] == found[1] >= 0.3 > found[2] > found[3] > score(Signals(0.15, 0.4))
    assert score(Signals(0.15, 0.4, share=0.5)) == score(Signals(0.15, 0.4))
    assert min(scores([Signals(number / 5000, 0.1, share=1.0, keywords=True) for number in range(500)])) >= 0.3


@given(st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_the_nearer_of_two_passages_with_the_words_scores_no_less(one: float, other: float, keywords: bool) -> None:
    far, near = scores([Signals(cosine, 0.5, share=1.0, keywords=keywords) for cosine in sorted((one, other))])
    assert far <= near


def test_the_share_of_words_hardly_depends_on_how_many_passages_there_are() -> None:
    for total in (3, 30_000):
        known = {term_number("leas", SALT): 3, term_number("end", SALT): 1, EVERY_PASSAGE: total}
        asked = QueryTerms.of(dict.fromkeys(words_of_query("lease end", ["en"]), 1.0), SALT, known)
        both, one, none = asked.shares(
            [[term_number("leas", SALT), term_number("end", SALT)], [term_number("end", SALT)], []]
        )
        assert both == 1
        assert 0.4 < one < 0.6
        assert none == 0


@pytest.mark.parametrize(
    ("written", "keywords", "words"),
    [
        ("cash box", True, 2),
        ("who keeps the cash box?", False, 3),
        ("how many apple trees", False, 2),
        ("rent?", False, 1),
        ("how long, please", False, 0),
    ],
)
def test_words_alone_are_told_from_questions(written: str, keywords: bool, words: int) -> None:
    query = PassageQuery.of(weighed(written), ["en"])
    assert (query.keywords, len(query.words)) == (keywords, words)


@pytest.mark.parametrize("word", ["ab-1234/7", "§12", "v2", "x200", "10-k", "4.5"])
def test_codes(word: str) -> None:
    assert is_code(word) == (word != "v2")  # of two signs many are no code


@pytest.mark.parametrize("word", ["2023", "pump", "user-friendly", "7"])
def test_words_and_numbers_are_no_codes(word: str) -> None:
    assert not is_code(word)


def test_phrases_and_codes_of_a_query() -> None:
    query = PassageQuery.of([Weighed('the "Red  Pump" and „rote Pumpe“ AB-1234/7', 1.0)], ["en"])
    assert query.phrases == ("red pump", "rote pumpe")
    assert query.codes == ("ab-1234/7",)
    assert has_phrase(plain("A red\npump."), "red pump")
    assert not has_phrase(plain("A red pumpkin"), "red pump")
    assert has_phrase(plain("東京都庁は新宿"), "都庁")


@pytest.mark.parametrize("question", ["And when?", "Who made it?", "Spousal support", "What about the others?"])
def test_questions_that_lean_on_those_before(question: str) -> None:
    assert leans_on_earlier(question)
    asked = weighed(question, ["one", "two", "three", "four"])
    assert [one.text for one in asked] == [question, "four", "three", "two"]
    weights = [one.weight for one in asked]
    assert weights == sorted(weights, reverse=True) and weights[0] == 1


def test_a_question_that_stands_for_itself_is_left_alone() -> None:
    question = "How often is the oil of the pump changed?"
    assert not leans_on_earlier(question)
    assert weighed(question, ["something else"]) == [Weighed(question, 1.0)]


def test_earlier_words_count_less() -> None:
    query = PassageQuery.of(weighed("And when?", ["Is there a warranty?"]), ["en"])
    (weight,) = (weight for forms, weight in query.words.items() if "warranty" in forms)
    assert 0 < weight < 1


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("INV-2025-037", "INV-2025-036 of 2025-01-15, inv-2025-037 of 2025", ["inv-2025-037"]),
        ("how much does NB-200/6 weigh?", "NB-200/4 6.1 kg, NB-200/6 6.3 kg, 6 of 200", ["NB-200/6"]),
        ("NB-200", "NB-200/4 and NB-2001, NB-200", ["NB-200/4", "NB-200"]),
        ("200", "NB-200/4 weighs 200.5 or 200 g", ["NB-200/4", "200"]),
        ("1,250 euros", "1,250 Euros or 1250, not 1 or 250", ["1,250", "Euros", "1250"]),
        ("§ 12", "See § 12 and §12.1 on page 12", ["§ 12"]),
        ("4.5 bar", "4.5 bar, not 4 or 5", ["4.5", "bar"]),
        ("user-friendly", "a friendly user", ["friendly", "user"]),
        ("file_2.txt", "file_2.txt is a file", ["file_2.txt"]),
        ("2900 euros", "EUR 2,900.00, 2.900 euros, 2,900.50", ["2,900.00", "2.900", "euros"]),
        ("24,90", "24,90 or 24.90, not 24 or 90", ["24,90", "24.90"]),
        ("38,5 Stunden", "§ 5: 38,5 Stunden", ["38,5", "Stunden"]),
        ("HX-IMP", "HX-SEAL-0931, HX-IMP-2204, HX-BRG-6306", ["HX-IMP-2204"]),
        ("HX-IMP", "HX-SEAL-0931", []),
        ("HX BRG 6306", "HX-SEAL-0931, HX-BRG-2204, HX/BRG/6306", ["HX/BRG/6306"]),
        ("HX BRG 6306", "HX-BRG-6201", []),
        ("hx brg 6306", "HX-SEAL-0931, HX-IMP-2204, HX-BRG-6306", ["HX-BRG-6306"]),
        ("HX parts", "HX-SEAL-0931, HX-IMP-2204", ["HX-SEAL-0931", "HX-IMP-2204"]),
        ("ISO 9001", "ISO 9001, ISO-9001:2015, ISO-14001", ["ISO", "9001", "ISO-9001:2015"]),
    ],
)
def test_codes_and_numbers_match_as_wholes(query: str, text: str, expected: list[str]) -> None:
    shown = PassageQuery.of(weighed(query), ["en"]).shown
    assert [text[start:end] for start, end in matched_words(text, shown, ["en"])] == expected


@given(st.text("ab1§-,. _/'東", max_size=400), st.text("ab1§-,. _/'東", max_size=40))
def test_matches_are_within_the_text_and_apart(text: str, query: str) -> None:
    spans = matched_words(text, PassageQuery.of(weighed(query), ["en"]).shown, ["en"])
    ends = [0, *(end for _, end in spans)]
    assert all(before <= start < end <= len(text) for before, (start, end) in zip(ends, spans, strict=False))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("INV-2025-037?", ("inv-2025-037",)),
        ("show me the AB-1234/7", ("ab-1234/7",)),
        ("§ 12, 4711", ("§12", "4711")),
        ("invoice INV-2025-037", ()),
        ("COVID-19", ()),
        ("pump", ()),
        ("", ()),
    ],
)
def test_queries_that_are_nothing_but_codes(query: str, names: tuple[str, ...]) -> None:
    assert PassageQuery.of(weighed(query), ["en"]).names == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Part AB-1234/7.", True), ("AB-12345", False), ("XAB-1234", False), ("see § 12", True), ("see § 123", False)],
)
def test_a_code_is_had_as_part_of_a_longer_one(text: str, expected: bool) -> None:
    assert has_any_name(text, ["ab-1234", "§12"]) == expected


@given(st.floats(0, 1), st.floats(0, 2), st.floats(0, 1))
def test_what_lacks_the_code_asked_for_is_below_what_is_shown(meaning: float, coverage: float, share: float) -> None:
    assert score(Signals(meaning, coverage, share=share, lacks_name=True)) < 0.3


def test_a_snippet_shows_where_the_words_are() -> None:
    text = "Nothing here. " * 60 + "The gasket of the pump is worn. " + "Nothing here. " * 60
    matches = matched_words(text, {"gasket", "pump"}, ["en"])
    assert [text[start:end] for start, end in matches] == ["gasket", "pump"]
    shown = snippet(text, matches)
    assert "The gasket of the pump is worn." in shown
    assert len(shown) <= LONGEST and shown[0] == shown[-1] == "…"
    assert snippet("short\n text", []) == "short text"


@given(st.text(max_size=2000), st.lists(st.integers(0, 2000), max_size=5))
def test_snippets_are_bounded(text: str, places: list[int]) -> None:
    matches = [(start, start + 3) for start in sorted(places) if start + 3 <= len(text)]
    assert len(snippet(text, matches)) <= LONGEST
