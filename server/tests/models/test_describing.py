import re
from datetime import UTC, datetime
from typing import Any

import pytest

from aionserver.models.captioning import Description, PictureFacts
from aionserver.models.captioning.composer import FactComposer, content_sentences
from aionserver.models.labels import IMAGENET
from aionserver.models.objects import DetectedObject
from aionserver.models.ocr import TextLine, TextLines
from aionserver.models.tagging import Tag


def box(label: str, *edges: float, confidence: float = 0.9) -> DetectedObject:
    return DetectedObject(label, confidence, *edges)


def tag(name: str, confidence: float) -> Tag:
    return Tag(name, confidence, next(n for n, label in enumerate(IMAGENET) if label.name == name))


def written(*texts: str, height: float = 0.05, confidence: float = 0.95) -> TextLines:
    def line(number: int, text: str) -> TextLine:
        y = 0.02 + number * height * 1.2
        return TextLine(text, confidence, ((0.1, y), (0.9, y), (0.9, y + height), (0.1, y + height)))

    return TextLines(tuple((line(number, text),) for number, text in enumerate(texts)))


def describe(**facts: Any) -> Description:
    return FactComposer().describe(PictureFacts(**{"width": 640, "height": 480, **facts}))


def first_sentence(**facts: Any) -> str:
    return re.split(r"(?<=[.!?]) (?=[A-Z])", describe(**facts).text)[0]


def test_a_breed_is_named_and_its_kinds_are_tags() -> None:
    found = describe(tags=(tag("golden retriever", 0.9),), objects=(box("dog", 0.2, 0.2, 0.6, 0.7),))
    assert found.text.startswith("A golden retriever")
    assert found.tags == ("golden retriever", "dog", "pet", "animal")


def test_an_unsure_breed_stays_a_dog() -> None:
    found = describe(tags=(tag("golden retriever", 0.4),), objects=(box("dog", 0.2, 0.2, 0.6, 0.7),))
    assert found.text.startswith("A dog")
    assert "golden retriever" not in found.tags


def test_things_are_counted_in_words() -> None:
    sheep = tuple(box("sheep", 0.2 * n, 0.4, 0.2 * n + 0.15, 0.6) for n in range(4))
    assert first_sentence(objects=sheep) == "Four sheep."


def test_more_than_twelve_people_are_a_group() -> None:
    crowd = tuple(box("person", 0.06 * n, 0.4, 0.06 * n + 0.05, 0.6) for n in range(14))
    assert first_sentence(objects=crowd) == "A large group of people."


RIDER = box("person", 0.4, 0.1, 0.6, 0.7)


@pytest.mark.parametrize(
    "other, expected",
    [
        (box("horse", 0.3, 0.4, 0.7, 0.9), "A person riding a horse."),
        (box("tie", 0.47, 0.25, 0.52, 0.4), "A person wearing a tie."),
        (box("umbrella", 0.35, 0.05, 0.65, 0.2), "A person with an umbrella."),
        (box("dining table", 0.1, 0.5, 0.9, 1.0), "A person at a table."),
        (box("couch", 0.1, 0.3, 0.9, 0.75), "A person on a couch."),
        (box("car", 0.62, 0.3, 0.95, 0.7), "A person next to a car."),
        (box("truck", 0.1, 0.0, 0.9, 0.6), "A person in front of a truck."),
    ],
)
def test_relations_are_read_off_the_boxes(other: DetectedObject, expected: str) -> None:
    assert first_sentence(objects=(RIDER, other)) == expected


def test_things_that_stand_apart_are_not_related() -> None:
    found = describe(objects=(box("horse", 0.0, 0.5, 0.3, 0.9), box("person", 0.8, 0.1, 0.95, 0.4)))
    assert not re.search(r"riding|next to|in front", found.text)


def test_one_skateboard_is_ridden_by_one_of_several() -> None:
    people = (box("person", 0.1, 0.1, 0.4, 0.8), box("person", 0.6, 0.1, 0.8, 0.7))
    found = first_sentence(objects=(*people, box("skateboard", 0.1, 0.7, 0.4, 0.85)))
    assert found == "Two people with one riding a skateboard."


def test_food_lies_in_its_bowl() -> None:
    assert first_sentence(objects=(box("orange", 0.4, 0.4, 0.6, 0.6), box("bowl", 0.3, 0.35, 0.7, 0.75))) == (
        "An orange in a bowl."
    )


def test_a_single_thing_lies_in_one_of_several_bowls() -> None:
    bowls = (box("bowl", 0.3, 0.35, 0.7, 0.75), box("bowl", 0.75, 0.4, 0.95, 0.6))
    assert first_sentence(objects=(box("orange", 0.4, 0.4, 0.6, 0.6), *bowls)) == "An orange in one of two bowls."


def test_furniture_does_not_lie_on_furniture() -> None:
    found = first_sentence(objects=(box("chair", 0.3, 0.3, 0.5, 0.6), box("bed", 0.1, 0.2, 0.9, 0.9)))
    assert "on a bed" not in found


def test_one_thing_that_fills_the_picture_is_a_close_up() -> None:
    assert first_sentence(objects=(box("pizza", 0.05, 0.05, 0.95, 0.95),)) == "A close-up of a pizza."


def test_low_confidence_is_not_stated_as_fact() -> None:
    found = describe(objects=(box("bear", 0.1, 0.1, 0.5, 0.5, confidence=0.42),))
    assert "possibly showing a bear" in found.text
    assert "bear" not in found.tags and found.confidence < 0.5


def test_the_setting_follows_from_what_stands_there() -> None:
    kitchen = (box("oven", 0.0, 0.4, 0.4, 0.9), box("refrigerator", 0.6, 0.1, 0.9, 0.9))
    found = describe(objects=kitchen)
    assert "in a kitchen" in found.text and "kitchen" in found.tags


def test_a_place_alone_is_told_as_a_view() -> None:
    assert describe(tags=(tag("lake shore", 0.8),)).text.startswith("A view by a lake.")


def test_legible_text_is_quoted_and_scrawl_is_not() -> None:
    sign = describe(objects=(box("stop sign", 0.2, 0.1, 0.7, 0.6),), text=written("STOP", "x7"))
    assert 'Legible text reads "STOP".' in sign.text and "x7" not in sign.text
    scrawl = describe(objects=(box("dog", 0.2, 0.1, 0.7, 0.6),), text=written("mumble", confidence=0.7))
    assert "mumble" not in scrawl.text and scrawl.visible_text == "mumble"


RECEIPT = ("TEA HOUSE LTD", "12 High Street", "Invoice 4711", *(f"Item number {n} 4.{n}0" for n in range(8)))


def test_a_receipt_is_told_by_its_first_lines() -> None:
    lines = (*RECEIPT, "Subtotal 36.80", "Tax 2.20", "Total 39.00", "Cash 40.00")
    misread = (box("television", 0.1, 0.1, 0.3, 0.3, confidence=0.6),)
    found = describe(text=written(*lines, height=0.03), objects=misread)
    assert "television" not in found.text
    assert found.text.startswith('A receipt of printed text that begins "TEA HOUSE LTD", "12 High Street" and')
    assert found.tags[:2] == ("receipt", "document") and found.confidence >= 0.8


def test_a_page_is_a_page() -> None:
    lines = [f"This is line number {number} of a long letter" for number in range(15)]
    found = describe(text=written(*lines, height=0.03))
    assert found.text.startswith("A page of printed text that begins")
    assert found.tags[:2] == ("page", "document")


def test_a_mark_in_the_corner_is_not_what_the_picture_is_about() -> None:
    corner = TextLine("example.com", 0.95, ((0.8, 0.95), (0.95, 0.95), (0.95, 0.97), (0.8, 0.97)))
    assert not describe(text=TextLines(((corner,),))).text.startswith("Printed text")


def test_time_and_place_are_told_when_known() -> None:
    found = describe(
        objects=(box("boat", 0.2, 0.4, 0.7, 0.8),),
        captured_at=datetime(2021, 5, 3, 18, 5, tzinfo=UTC),
        place="Lisbon, Portugal",
    )
    assert "Taken in Lisbon, Portugal on 3 May 2021 in the evening." in found.text


def test_exotic_shades_are_told_in_everyday_words() -> None:
    found = describe(
        objects=(box("kite", 0.4, 0.2, 0.6, 0.4),),
        colours=(("light steel blue", 40.0), ("cornflower blue", 30.0), ("white smoke", 20.0)),
    )
    assert found.text.startswith("A kite against a mostly light blue background.")


def test_a_picture_of_nothing_certain_is_told_by_its_looks() -> None:
    found = describe(width=400, height=400, colours=(("black", 80.0), ("navy", 15.0)), brightness=8.0)
    assert found.text == (
        "A dark, square picture mostly in black and dark blue, without any object that can be named with confidence."
    )
    assert found.tags == () and found.confidence <= 0.3


def test_colour_names_from_outside_the_vocabulary_become_tags() -> None:
    assert describe(tags=(Tag("red", 0.9, -1),)).tags == ("red",)


EVERYTHING = {
    "objects": tuple(
        box(label, 0.1, 0.1, 0.3, 0.3) for label in ("person", "dog", "car", "oven", "cup", "tie", "pizza", "umbrella")
    ),
    "text": written(*("WORDS " * 30 for _ in range(40)), height=0.01),
    "colours": (("red", 50.0), ("blue", 40.0)),
    "captured_at": datetime(2020, 1, 1, 1, 1, tzinfo=UTC),
    "place": "A very long place name " * 20,
}


@pytest.mark.parametrize(
    "facts", [{}, {"objects": (box("sink", 0, 0, 0.1, 0.1),)}, {"text": written("OK")}, EVERYTHING]
)
def test_every_description_has_10_to_60_words_and_whole_sentences(facts: dict[str, Any]) -> None:
    found = describe(**facts)
    assert 10 <= len(found.text.split()) <= 60
    assert found.text[0].isupper() and found.text.rstrip('"')[-1] in ".!?"
    assert 0 <= found.confidence <= 1
    assert all(tag == tag.lower() and len(tag) <= 50 for tag in found.tags)
    assert len(set(found.tags)) == len(found.tags) <= 20


def test_the_same_facts_give_the_same_description() -> None:
    assert describe(**EVERYTHING) == describe(**EVERYTHING)


def test_only_what_is_there_counts_as_content() -> None:
    text = describe(
        objects=(RIDER, box("horse", 0.3, 0.4, 0.7, 0.9), box("bird", 0.9, 0.0, 0.95, 0.05)),
        text=written("FARM"),
        colours=(("green", 60.0),),
    ).text
    assert "FARM" in text and "mostly green" in text and "A bird is also visible." in text
    assert content_sentences(text) == "A person riding a horse."
