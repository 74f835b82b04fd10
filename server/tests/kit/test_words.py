import pytest

from aionserver.kit.words import (
    content_stems,
    counted,
    listed,
    plural,
    sentence,
    shortened,
    stem,
    tokens,
    with_article,
)


@pytest.mark.parametrize(
    "noun, expected",
    [
        ("dog", "a dog"),
        ("orange", "an orange"),
        ("umbrella", "an umbrella"),
        ("unicycle", "a unicycle"),
        ("uniform", "a uniform"),
        ("hourglass", "an hourglass"),
        ("European fire", "a European fire"),
        ("one-armed bandit", "a one-armed bandit"),
        ("jeans", "jeans"),
        ("pair of skis", "a pair of skis"),
        ("SUV", "an SUV"),
        ("ukulele", "a ukulele"),
    ],
)
def test_the_article_follows_the_sound(noun: str, expected: str) -> None:
    assert with_article(noun) == expected


@pytest.mark.parametrize(
    "noun, expected",
    [
        ("bus", "buses"),
        ("strawberry", "strawberries"),
        ("computer mouse", "computer mice"),
        ("piece of broccoli", "pieces of broccoli"),
        ("person", "people"),
        ("sheep", "sheep"),
        ("torch", "torches"),
        ("toy", "toys"),
        ("sunglasses", "sunglasses"),
    ],
)
def test_plurals_are_those_of_the_dictionary(noun: str, expected: str) -> None:
    assert plural(noun) == expected


def test_counts_are_words_up_to_twelve_and_then_many() -> None:
    assert counted(1, "egg") == "an egg"
    assert counted(12, "egg") == "twelve eggs"
    assert counted(13, "egg") == "many eggs"
    assert counted(2, "cat", "kittens") == "two kittens"


def test_lists_join_with_commas_and_and() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


@pytest.mark.parametrize(
    "one, other",
    [
        ("berries", "berry"),
        ("riding", "rides"),
        ("people", "person"),
        ("surfed", "surfing"),
        ("boxes", "box"),
        ("running", "runs"),
        ("dog's", "dogs"),
    ],
)
def test_inflected_forms_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_different_words_keep_different_stems() -> None:
    assert len({stem(word) for word in ("bus", "bush", "bed", "red", "ring", "king", "glass", "thing")}) == 8


def test_words_that_say_nothing_of_the_picture_are_left_out() -> None:
    assert content_stems("a photo showing the Red Bus in it") == ["red", "bus"]


def test_tokens_split_at_underscores_and_keep_other_scripts() -> None:
    assert tokens("IMG_2041 Straße 日本 don't") == ["img", "2041", "straße", "日本", "don't"]


def test_a_sentence_has_a_capital_and_one_full_stop() -> None:
    assert sentence("a dog") == "A dog."
    assert sentence('it reads "STOP."') == 'It reads "STOP."'
    assert sentence("  ") == ""


def test_long_text_is_cut_at_a_word() -> None:
    assert shortened("one two three", 9) == "one two…"
    assert shortened("one two", 9) == "one two"
    assert len(shortened("x" * 100, 10)) == 10
