"""Words of one family are found by each other, whatever the stemmer makes of them."""

import pytest

from aionserver.kit.passage_words import words_of_passage, words_of_query


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("maintain", "maintenance"),
        ("verified", "verification"),
        ("describe", "description"),
        ("receive", "reception"),
        ("reduce", "reduction"),
        ("delivered", "delivery"),
        ("recovering", "recovery"),
        ("assemble", "assembly"),
        ("sold", "selling"),
        ("width", "wide"),
        ("colour", "colors"),
        ("organise", "organized"),
        ("safety", "safe"),
        ("failure", "failed"),
    ],
)
def test_either_finds_the_other(asked: str, written: str) -> None:
    for one, other in ((asked, written), (written, asked)):
        ((*forms,),) = words_of_query(one, ["en"])
        assert not {*words_of_passage(other)}.isdisjoint(forms)


@pytest.mark.parametrize(("one", "other"), [("pump", "pumice"), ("valve", "value"), ("commit", "commission")])
def test_words_of_other_families_stay_apart(one: str, other: str) -> None:
    ((*forms,),) = words_of_query(one, ["en"])
    assert {*words_of_passage(other)}.isdisjoint(forms)


def test_only_english_has_these_families() -> None:
    assert words_of_query("maintain", ["fr"]) == [("maintain",)]
    assert {"maintain", "mainten"} <= {*words_of_query("maintain", ["fr", "en"])[0]}
