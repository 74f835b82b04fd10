"""Two texts side by side: what both say of the same, and what only one speaks of."""

import time

from aionserver.kit.side_by_side import side_by_side

AQUAFORTE = """Manual of the Aquaforte pump

Care

Change the intake filter every 500 operating hours. The pump weighs 34 kg. Wear gloves at all times.

Storage

Keep it dry."""
HYDROMAX = """Manual of the Hydromax pump

Care

The filter is changed every 300 hours of operation. The pump weighs 21 kg. Wear gloves at all times.

Warranty

Two years from the day of purchase."""


def test_sentences_that_speak_of_the_same_stand_beside_each_other() -> None:
    found = side_by_side([AQUAFORTE], [HYDROMAX], 6)
    assert [(one.text, other.text) for one, other in found.pairs] == [
        ("Change the intake filter every 500 operating hours.", "The filter is changed every 300 hours of operation."),
        ("The pump weighs 34 kg.", "The pump weighs 21 kg."),
    ]
    assert found.shared == 1
    assert [one.text for one in found.only_first] == ["Storage"]
    assert [one.text for one in found.only_second] == ["Warranty"]


def test_texts_of_different_things_have_nothing_side_by_side() -> None:
    found = side_by_side([AQUAFORTE], ["The otter sleeps on a rock in the river. Its fur is brown."], 6)
    assert (found.pairs, found.shared) == ((), 0)
    assert side_by_side([], [""], 6).pairs == ()


def test_passages_are_told_by_their_numbers() -> None:
    found = side_by_side(["Nothing here is alike.", "The pump weighs 34 kg."], ["The pump weighs 21 kg."], 6)
    assert [(one.passage, other.passage) for one, other in found.pairs] == [(1, 0)]


def test_long_texts_take_little_time() -> None:
    text = " ".join(
        f"The pump number {number} weighs {number} kg and stands in hall {number % 7}." for number in range(5_000)
    )
    started = time.process_time()
    side_by_side([text], [text.replace("kg", "pounds")], 6)
    assert time.process_time() - started < 5
