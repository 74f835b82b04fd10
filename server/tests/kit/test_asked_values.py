"""Questions for a date, an amount, a name: what kind of thing answers them, and which sentences have it."""

import pytest

from aionserver.kit.asked_values import asked_value, fit, said_of, with_nouns
from aionserver.kit.words import asked_stems


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How many stores does it have?", "count"),
        ("how much is the rent?", "amount"),
        ("What were the net sales in 2022?", "amount"),
        ("and when does the lease end?", "date"),
        ("What day is the delivery?", "date"),
        ("How long is the warranty?", "duration"),
        ("how often must the filter be changed?", "frequency"),
        ("how heavy is it?", "measure"),
        ("What is the maximum flow of the pump?", "measure"),
        ("Who is the landlord?", "person"),
        ("Where was it made?", "place"),
        ("Was kostet die Wartung?", "amount"),
        ("Combien de pièces ?", "count"),
        ("Wann endet der Vertrag?", "date"),
        ("What should I do when the motor hums?", None),
        ("How does the pump work?", None),
        ("Explain the warranty", None),
    ],
)
def test_questions_ask_for_a_kind_of_thing(question: str, value: str | None) -> None:
    assert asked_value(question) == value


@pytest.mark.parametrize(
    ("question", "sentence", "other"),
    [
        ("how much is the rent?", "The rent is £1,250 a month.", "The rent may be raised once a year."),
        ("when does it end?", "It ends on 31 March 2026.", "It ends after a notice."),
        ("when does it end?", "Es endet am 31.03.2026.", "It ends after 12 weeks."),
        ("how long is it?", "It takes two months.", "It takes place in 2024."),
        ("how often?", "Clean it every week.", "Clean it with water."),
        ("how heavy is it?", "Weight: 9.4 kg", "It is heavy."),
        ("who is it?", "This is made by Margaret Holloway, the landlord.", "The landlord repairs the roof."),
        ("where is it?", "It stands in Bristol.", "It stands well."),
    ],
)
def test_sentences_have_what_answers(question: str, sentence: str, other: str) -> None:
    value = asked_value(question)
    assert value is not None
    assert fit(value, sentence, asked_stems(question)) > fit(value, other, asked_stems(question))


def test_a_number_of_what_is_counted_fits_best() -> None:
    stores = asked_stems("how many stores are there?")
    assert fit("count", "It runs 1,355 retail stores.", stores) == 1
    assert 0 < fit("count", "It was founded 32 weeks ago.", stores) < 1
    assert fit("count", "It runs stores.", stores) == 0


def test_what_only_asks_is_left_out() -> None:
    assert said_of("How many stores are there?").split() == ["stores", "are", "there?"]
    assert with_nouns("how heavy is it?") == "how heavy is it? (weight)"
    assert with_nouns("what is it?") == "what is it?"
    assert asked_stems("Quelle est la franchise de l'assurance ?") == {"franchis", "l'assuranc"}
    assert "war" in asked_stems("who won the war?")
