from aionserver.models.image_embedding.lexicon import DIMENSIONS, OBJECT_NAMES, query_weights
from aionserver.models.labels import COCO_BY_ID, COCO_BY_NAME, IMAGENET


def test_the_vocabularies_have_all_their_classes() -> None:
    assert len(IMAGENET) == 1000
    assert len(COCO_BY_ID) == len(COCO_BY_NAME) == 80
    assert min(COCO_BY_ID) == 1 and max(COCO_BY_ID) == 90


def test_known_classes_stand_at_their_numbers() -> None:
    named = {0: "tench", 207: "golden retriever", 281: "tabby cat", 340: "zebra", 954: "banana", 999: "toilet paper"}
    assert {number: IMAGENET[number].name for number in named} == named
    assert {number: COCO_BY_ID[number].name for number in (1, 18, 44, 90)} == {
        1: "person",
        18: "dog",
        44: "bottle",
        90: "toothbrush",
    }


def test_every_label_but_a_few_has_kinds_that_end_in_a_general_word() -> None:
    assert sum(not label.kinds for label in IMAGENET) <= 2
    assert IMAGENET[207].kinds == ("dog", "pet", "animal")
    assert all(label.kinds or label.name == "person" for label in COCO_BY_NAME.values())


def test_labels_are_plain_words_without_latin_or_blanks() -> None:
    for label in IMAGENET:
        assert label.name == " ".join(label.name.split()) and label.name
        assert all(word and word == word.strip() for word in (*label.kinds, *label.words))
    assert "Panthera leo" not in IMAGENET[291].words


def test_a_query_speaks_of_objects_by_their_synonyms() -> None:
    weights = query_weights("a kid with a fridge")
    assert weights is not None and weights.shape == (DIMENSIONS,)
    top = {OBJECT_NAMES[index] for index in weights[: len(OBJECT_NAMES)].nonzero()[0]}
    assert top == {"person", "refrigerator"}


def test_a_pair_of_words_is_one_thing() -> None:
    weights = query_weights("a fire hydrant and a teddy bear")
    assert weights is not None
    named = {OBJECT_NAMES[index] for index in weights[: len(OBJECT_NAMES)].nonzero()[0]}
    assert {"fire hydrant", "teddy bear"} <= named and "bear" not in named


def test_a_query_without_a_known_thing_has_no_label_vector() -> None:
    assert query_weights("happiness on the left side") is None
    assert query_weights("") is None
