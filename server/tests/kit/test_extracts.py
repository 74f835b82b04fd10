"""Sentences that say most of texts, and the words that tell texts apart."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.extracts import key_sentences
from aionserver.kit.key_terms import key_terms
from aionserver.kit.quoting import plain_quote

PUMP = "Clean the filter every three months. Turn the pump off before you open the lid. The pump moves water."
LEASE = "The tenant pays the rent on the first day. The landlord repairs the roof. A roof that leaks lowers the rent."


def texts(passages: list[str], asked: str, most: int) -> list[str]:
    return [one.text for one in key_sentences(passages, asked, most)]


def test_what_is_asked_comes_and_nothing_else() -> None:
    assert texts([PUMP, LEASE], "how often is the filter cleaned?", 5) == ["Clean the filter every three months."]


def test_what_no_text_speaks_of_leaves_what_they_say_most_of() -> None:
    assert "A roof that leaks lowers the rent." in texts([LEASE], "zeppelins", 2)


def test_each_part_of_what_is_asked_is_answered_and_best_word_for_word() -> None:
    sales = "Net income rose to 340 million. Operating income was 9% of net sales. The stores are open."
    assert texts([sales, PUMP], "net income and the filter", 2) == [
        "Net income rose to 340 million.",
        "Clean the filter every three months.",
    ]


def test_rows_of_tables_answer_and_tell_nothing_beside() -> None:
    table = "| Outlook | FY23 |\n| --- | --- |\n| Net sales | $10.95 billion | $10.95 billion |\n| Stores | 25-30 |"
    assert texts([f"{table}\n\nThe outlook is good for all stores."], "net sales", 3) == ["Net sales | $10.95 billion"]
    assert texts([f"{table}\n\nThe outlook is good for all stores."], "", 3) == ["The outlook is good for all stores."]


def test_rows_headings_and_halves_are_left_out_where_there_are_sentences() -> None:
    passage = "of the old contract ends here. 12 | 44 | 1,233 | 90 | 12\n\nThe contract ends in June of next year."
    assert texts([passage], "contract", 3) == ["The contract ends in June of next year."]
    assert texts(["12 | 44 | 90"], "", 3) == ["12 | 44 | 90"]


def test_what_is_said_twice_is_quoted_once() -> None:
    assert len(texts([PUMP, PUMP, PUMP], "", 10)) == 3
    alike = "The warranty of the pump ends after two years. After two years the warranty of this pump ends."
    assert len(texts([alike], "warranty", 5)) == 1


@given(st.lists(st.text(max_size=300), max_size=6), st.text(max_size=60), st.integers(0, 5))
def test_every_extract_stands_in_its_passage(passages: list[str], asked: str, most: int) -> None:
    found = key_sentences(passages, asked, most)
    assert len(found) <= most
    for one in found:
        whole = plain_quote(passages[one.passage], 10_000)
        assert "|" in one.text or one.text.rstrip("…") in whole or not one.text


def test_very_much_text_takes_little_time() -> None:
    started = time.process_time()
    key_sentences(
        [f"{LEASE} {number} pumps are in the house of number {number}." for number in range(3_000)], "rent", 6
    )
    key_terms([PUMP * 2_000, LEASE * 2_000], 8)
    assert time.process_time() - started < 10


def names(found: list[str], most: int = 4) -> list[list[str]]:
    return [[term.name for term in terms] for terms in key_terms(found, most)]


def test_terms_tell_texts_apart_and_are_written_as_they_are_there() -> None:
    pump, lease = names([f"{PUMP} The pump has a PCB.", LEASE], 12)
    assert pump[0] == "pump" and "PCB" in pump and {"rent", "roof"} <= set(lease)
    assert not {"the", "before", "that"} & {*pump, *lease}


def test_pairs_that_come_back_are_terms_and_what_is_shared_is_counted() -> None:
    one = "Solar panels are cheap. Solar panels last long."
    ((first, *_), (other, *_)) = key_terms([one, f"{one} Batteries too."], 3)
    assert (first.name, first.texts) == ("solar panels", 2) == (other.name, other.texts)


def test_words_of_no_meaning_in_other_languages_are_no_terms() -> None:
    (german,) = names(["Die Pumpe wird mit dem Filter geliefert und die Pumpe muss nicht gewartet werden."])
    assert german[0] == "pumpe" and not {"die", "wird", "und", "nicht"} & set(german)


@given(st.lists(st.text(max_size=300), max_size=5))
def test_any_text_has_terms_or_none(found: list[str]) -> None:
    assert len(key_terms(found, 3)) == len(found)


REPORT = """Annual report 2023

The eastern wall

The eastern wall was repaired in spring. Forty metres were rebuilt with granite blocks.

| Section | Costs 2023 | Costs 2024 |
| --- | --- | --- |
| Eastern wall | 84,000 EUR | 12,000 EUR |

Table 2: Costs of the eastern wall by year

- Replace the fenders of the wall every five years

Appendix A Costs of the eastern wall"""


@pytest.mark.parametrize("asked", ["", "wall", "costs of the eastern wall", "report"])
def test_titles_and_heads_of_tables_are_no_key_points(asked: str) -> None:
    told = [one.text for one in key_sentences([REPORT], asked, 8)]
    assert told and not any(
        one.startswith(("Annual", "The eastern wall was repaired in spring. Forty", "Table", "Appendix", "Section"))
        or one == "The eastern wall"
        for one in told
    )


def test_what_is_asked_may_stand_in_the_head_of_a_table() -> None:
    told = [one.text for one in key_sentences([REPORT], "costs in 2024", 2)]
    assert "Eastern wall | 84,000 EUR | 12,000 EUR" in told


def test_a_text_without_sentences_is_told_as_it_is() -> None:
    told = [
        one.text
        for one in key_sentences(["Overview of our goals\n\nGrow the sales abroad\n\nCut the costs here"], "", 4)
    ]
    assert "Grow the sales abroad" in told
