import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from aionserver.models.captioning import Description, PictureFacts, Statement
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
    known: dict[str, Any] = {"width": 640, "height": 480, **facts}
    return FactComposer().describe(PictureFacts(**known))


def first_sentence(**facts: Any) -> str:
    return re.split(r"(?<=[.!?]) (?=[A-Z])", describe(**facts).text)[0]


def test_a_breed_is_named_and_its_kinds_are_tags() -> None:
    found = describe(tags=(tag("golden retriever", 0.9),), objects=(box("dog", 0.2, 0.2, 0.6, 0.7),))
    assert found.text.startswith("A golden retriever in the middle of the picture.")
    assert found.tags == ("golden retriever", "dog", "pet", "animal")


def test_an_unsure_breed_stays_a_dog() -> None:
    found = describe(tags=(tag("golden retriever", 0.85),), objects=(box("dog", 0.2, 0.2, 0.6, 0.7),))
    assert found.text.startswith("A dog")
    assert "golden retriever" not in found.tags


def test_things_are_counted_in_words() -> None:
    sheep = tuple(box("sheep", 0.2 * n, 0.4, 0.2 * n + 0.15, 0.6, confidence=0.97) for n in range(4))
    assert first_sentence(objects=sheep).startswith("Four sheep")
    unsure = box("sheep", 0.8, 0.4, 0.95, 0.6, confidence=0.9)
    assert first_sentence(objects=(*sheep[:3], unsure)).startswith("Several sheep")


def test_a_count_in_doubt_is_not_told_exactly() -> None:
    two = (box("boat", 0.0, 0.4, 0.2, 0.6), box("boat", 0.3, 0.4, 0.5, 0.6))
    third, fourth = (box("boat", x, 0.4, x + 0.2, 0.6, confidence=0.4) for x in (0.55, 0.78))
    assert first_sentence(objects=(*two, third)).startswith("Boats")
    assert first_sentence(objects=(*two, third, fourth)).startswith("Several boats")
    assert first_sentence(objects=(*two, box("boat", 0.31, 0.4, 0.5, 0.6, confidence=0.4))).startswith("Two boats")


def test_a_box_that_lies_on_two_others_is_not_counted_as_a_third() -> None:
    two = (box("elephant", 0.4, 0.4, 1.0, 1.0), box("elephant", 0.05, 0.15, 0.8, 0.95))
    between = box("elephant", 0.4, 0.1, 1.0, 0.6, confidence=0.8)
    assert first_sentence(objects=(*two, between)).startswith("Elephants")


def test_what_stands_about_in_numbers_is_not_counted() -> None:
    cups = tuple(box("cup", 0.2 * n, 0.4, 0.2 * n + 0.1, 0.6) for n in range(2))
    table = box("dining table", 0.0, 0.3, 1.0, 1.0)
    assert first_sentence(objects=(table, *cups)) == "A table with cups."
    assert (
        first_sentence(objects=(table, cups[0], box("cup", 0.5, 0.4, 0.6, 0.6, confidence=0.6)))
        == "A table with a cup."
    )


def test_tiny_people_are_far_away_and_not_counted() -> None:
    walkers = tuple(box("person", 0.2 * n, 0.4, 0.2 * n + 0.02, 0.44) for n in range(3))
    assert first_sentence(objects=walkers) == "Several people in the distance."


def test_more_than_twelve_people_are_a_group() -> None:
    crowd = tuple(box("person", 0.06 * n, 0.4, 0.06 * n + 0.05, 0.6) for n in range(14))
    assert first_sentence(objects=crowd).startswith("A large group of people")


RIDER = box("person", 0.4, 0.1, 0.6, 0.7)


@pytest.mark.parametrize(
    "other, expected",
    [
        (box("horse", 0.3, 0.4, 0.7, 0.9), "A person riding a horse."),
        (box("tie", 0.47, 0.25, 0.52, 0.4), "A person wearing a tie."),
        (box("umbrella", 0.35, 0.05, 0.65, 0.2), "A person with an umbrella."),
        (box("dining table", 0.1, 0.5, 0.9, 1.0), "A person at a table."),
        (box("couch", 0.1, 0.3, 0.9, 0.75), "A person on a couch."),
        (box("couch", 0.62, 0.3, 0.95, 0.7), "A person with a couch."),
        (box("wine glass", 0.62, 0.3, 0.8, 0.7), "A person with a wine glass."),
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
    assert found == "Two people, one of them riding a skateboard."


def test_food_lies_in_its_bowl() -> None:
    assert first_sentence(objects=(box("orange", 0.4, 0.4, 0.6, 0.6), box("bowl", 0.3, 0.35, 0.7, 0.75))) == (
        "An orange in a bowl."
    )


def test_a_single_thing_lies_in_a_single_bowl() -> None:
    bowls = (box("bowl", 0.3, 0.35, 0.7, 0.75), box("bowl", 0.75, 0.4, 0.95, 0.6))
    assert first_sentence(objects=(box("orange", 0.4, 0.4, 0.6, 0.6), *bowls)) == "An orange in a bowl."


def test_furniture_does_not_lie_on_furniture() -> None:
    found = first_sentence(objects=(box("chair", 0.3, 0.3, 0.5, 0.6), box("bed", 0.1, 0.2, 0.9, 0.9)))
    assert "on a bed" not in found


def test_one_thing_that_fills_the_picture_is_a_close_up() -> None:
    assert first_sentence(objects=(box("pizza", 0.05, 0.05, 0.95, 0.95),)) == "A close-up of a pizza."


def test_breeds_in_doubt_together_are_the_kind_they_share() -> None:
    breeds = (tag("vulture", 0.41), tag("raptor", 0.42), tag("magpie", 0.1))
    found = describe(tags=breeds, objects=(box("bird", 0.2, 0.2, 0.5, 0.6),))
    assert found.text.startswith("A bird of prey") and found.tags == ("bird of prey", "bird", "animal")
    assert describe(tags=(tag("beagle", 0.35), tag("basset hound", 0.3))).text.startswith("A dog.")


def test_one_class_does_not_name_things_of_unlike_size() -> None:
    boxes = (box("bus", 0.1, 0.2, 0.7, 0.8), box("bus", 0.8, 0.4, 0.9, 0.5))
    assert describe(tags=(tag("trolleybus", 0.95),), objects=boxes).text.startswith("Two buses")


def test_a_class_that_has_no_rival_among_the_classes_names_nothing() -> None:
    found = describe(tags=(tag("ram", 0.95),), objects=(box("sheep", 0.2, 0.2, 0.6, 0.7),))
    assert found.text.startswith("A sheep") and "ram" not in found.tags


def test_the_classifier_names_an_animal_that_the_detector_cannot_know() -> None:
    misnamed = (box("bear", 0.4, 0.2, 0.9, 0.7, confidence=0.97), box("bird", 0.0, 0.4, 0.3, 0.6, confidence=0.77))
    found = describe(tags=(tag("otter", 0.88),), objects=misnamed)
    assert found.text.startswith("An otter")
    assert not {"bear", "bird"} & set(found.tags) and not re.search(r"bear|bird", found.text)


def test_the_detector_names_an_animal_that_the_classifier_cannot_know() -> None:
    found = describe(tags=(tag("cheetah", 0.8),), objects=(box("giraffe", 0.3, 0.2, 0.6, 0.8),))
    assert found.text.startswith("A giraffe") and "cheetah" not in found.tags


def test_of_two_names_for_one_box_the_surer_is_told() -> None:
    found = describe(objects=(box("horse", 0.2, 0.2, 0.6, 0.7), box("cow", 0.2, 0.2, 0.6, 0.72, confidence=0.7)))
    assert "horse" in found.tags and "cow" not in found.tags


def test_a_small_doubtful_person_is_not_told() -> None:
    plane = box("airplane", 0.1, 0.2, 0.9, 0.7)
    found = describe(objects=(plane, box("person", 0.4, 0.6, 0.5, 0.9, confidence=0.64)))
    assert found.text.startswith("An airplane") and "person" not in found.tags
    assert "person" in describe(objects=(plane, box("person", 0.4, 0.6, 0.5, 0.9, confidence=0.85))).tags


def test_a_large_weak_thing_that_the_classifier_knows_and_does_not_see_is_not_told() -> None:
    weak = box("train", 0.0, 0.0, 0.9, 0.9, confidence=0.62)
    assert "train" not in describe(objects=(weak,)).tags
    assert "train" in describe(objects=(weak,), tags=(tag("passenger train car", 0.3),)).tags


def test_detector_and_classifier_together_are_sure_of_what_each_doubts() -> None:
    phone = box("cell phone", 0.4, 0.4, 0.5, 0.5, confidence=0.44)
    assert "cell phone" in describe(objects=(phone,), tags=(tag("cell phone", 0.15),)).tags
    assert "cell phone" not in describe(objects=(phone,)).tags


def test_a_thing_of_the_house_that_is_out_of_place_must_be_surer() -> None:
    knife = box("knife", 0.6, 0.6, 0.9, 0.8, confidence=0.63)
    assert "knife" not in describe(objects=(RIDER, knife)).tags
    assert "knife" in describe(objects=(RIDER, knife, box("cake", 0.1, 0.6, 0.4, 0.9))).tags
    assert "dog" in describe(objects=(RIDER, box("dog", 0.6, 0.6, 0.9, 0.8, confidence=0.63))).tags


def test_a_less_sure_person_is_told_with_what_people_carry() -> None:
    person = box("person", 0.1, 0.2, 0.2, 0.8, confidence=0.63)
    assert "person" not in describe(objects=(person, box("car", 0.5, 0.3, 0.9, 0.7))).tags
    assert "person" in describe(objects=(person, box("suitcase", 0.5, 0.5, 0.7, 0.8))).tags


def test_a_less_sure_animal_gives_way_to_one_that_the_classifier_sees() -> None:
    bear = box("bear", 0.6, 0.2, 0.8, 0.4, confidence=0.77)
    found = describe(tags=(tag("Labrador retriever", 0.4),), objects=(box("dog", 0.1, 0.6, 0.5, 0.9), bear))
    assert found.tags == ("dog", "pet", "animal")


def test_a_cup_that_fills_the_picture_is_sure_or_none() -> None:
    cup = box("cup", 0.2, 0.2, 0.6, 0.7, confidence=0.7)
    assert "cup" not in describe(objects=(cup, box("banana", 0.5, 0.5, 0.9, 0.9))).tags


def test_of_a_plate_of_food_no_single_food_is_guessed() -> None:
    boxes = (box("sandwich", 0.2, 0.2, 0.6, 0.6, confidence=0.81), box("dining table", 0.0, 0.0, 1.0, 1.0))
    found = describe(tags=(tag("plate of food", 0.9),), objects=boxes)
    assert "sandwich" not in found.tags and "plate of food" in found.tags


GREEN, GRAY = (90, 140, 60), (120, 120, 120)


@pytest.mark.parametrize(
    "ground, label, expected", [(GREEN, "dog", True), (GRAY, "dog", False), (GREEN, "bird", False)]
)
def test_who_stands_on_green_stands_on_grass(ground: tuple[int, int, int], label: str, expected: bool) -> None:
    pixels = np.full((90, 120, 3), GRAY, np.uint8)
    pixels[55:] = ground
    found = describe(objects=(box(label, 0.2, 0.2, 0.6, 0.7),), pixels=pixels)
    assert ("on grass" in found.text, "grass" in found.tags) == (expected, expected)


def test_what_else_is_there_follows_in_one_list() -> None:
    table = tuple(box(name, x, 0.1, x + 0.1, 0.2) for name, x in (("bowl", 0.4), ("cup", 0.6), ("fork", 0.8)))
    person = box("person", 0.0, 0.1, 0.3, 0.9)
    assert first_sentence(objects=(person, *table)) == "A person with a bowl, a cup and a fork."


def test_what_is_tiny_and_less_sure_is_a_tag_but_not_told() -> None:
    kite = box("kite", 0.7, 0.1, 0.78, 0.2, confidence=0.55)
    found = describe(objects=(RIDER, kite))
    assert "kite" in found.tags and "kite" not in found.text


def test_a_number_of_less_sure_things_is_not_told_exactly() -> None:
    chairs = tuple(box("chair", 0.25 * n, 0.3, 0.25 * n + 0.2, 0.6, confidence=0.9 - 0.12 * n) for n in range(4))
    assert describe(objects=chairs).text.startswith("Chairs")


def test_low_confidence_is_not_stated_as_fact() -> None:
    found = describe(objects=(box("bear", 0.1, 0.1, 0.5, 0.5, confidence=0.42),))
    assert "possibly showing a bear" in found.text
    assert "bear" not in found.tags and found.confidence < 0.5


def test_the_setting_follows_from_what_stands_there() -> None:
    kitchen = (box("oven", 0.0, 0.4, 0.4, 0.9), box("refrigerator", 0.6, 0.1, 0.9, 0.9))
    found = describe(objects=kitchen)
    assert "in a kitchen" in found.text and "kitchen" in found.tags


def test_a_place_alone_is_told_as_a_view() -> None:
    assert describe(tags=(tag("lake shore", 0.8),)).text.startswith("A view of a lake shore.")


def test_several_classes_together_give_a_place_away() -> None:
    found = describe(tags=(tag("valley", 0.32), tag("mountain", 0.26), tag("lake shore", 0.14)))
    assert found.text.startswith("A mountain landscape.") and found.tags[:2] == ("mountain", "landscape")
    assert 0.5 <= found.confidence <= 0.6
    assert "mountain" not in describe(tags=(tag("valley", 0.3), tag("mountain", 0.1))).text


def test_legible_text_is_quoted_and_scrawl_is_not() -> None:
    sign = describe(objects=(box("stop sign", 0.2, 0.1, 0.7, 0.6),), text=written("STOP", "x7"))
    assert 'The text reads "STOP".' in sign.text and "x7" not in sign.text
    scrawl = describe(objects=(box("dog", 0.2, 0.1, 0.7, 0.6),), text=written("garden", confidence=0.7))
    assert "garden" not in scrawl.text and scrawl.visible_text == "garden"


@pytest.mark.parametrize(
    "noise, confidence",
    [
        ("Muehreom Oispenser e", 0.97),
        ("10prim", 1.0),
        ("41-A2 Q", 0.95),
        ("ass", 0.65),
        ("GirtAday", 1.0),
        ("xqzt", 1.0),
    ],
)
def test_garbled_text_is_not_quoted(noise: str, confidence: float) -> None:
    text = written(noise, confidence=confidence)
    assert noise not in describe(objects=(RIDER,), text=text).text


@pytest.mark.parametrize(
    "words", ["Harbour Street 12", "Ardnamurchan Point", "OPEN 9 am", "2.5 km", "Müller", "東京駅"]
)
def test_words_names_and_numbers_are_quoted(words: str) -> None:
    assert f'"{words}"' in describe(objects=(RIDER,), text=written(words, confidence=0.99)).text


def test_visible_text_is_kept_without_noise() -> None:
    lines = (written("Bakery", confidence=0.7), written("2000", "Q", "srhv", confidence=0.84))
    text = TextLines(tuple(row for part in lines for row in part.rows))
    assert describe(objects=(RIDER,), text=text).visible_text == "Bakery"


RECEIPT = ("TEA HOUSE LTD", "12 High Street", "Invoice 4711", *(f"Item number {n} 4.{n}0" for n in range(8)))


def test_a_receipt_is_told_by_its_first_lines() -> None:
    lines = (*RECEIPT, "Subtotal 36.80", "Tax 2.20", "Total 39.00", "Cash 40.00")
    misread = (box("television", 0.1, 0.1, 0.3, 0.3, confidence=0.6),)
    found = describe(text=written(*lines, height=0.03), objects=misread)
    assert "television" not in found.text
    assert found.text.startswith('A printed receipt that begins "TEA HOUSE LTD", "12 High Street" and')
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
    assert found.text.startswith("A kite against a light blue background.")


def test_a_short_description_is_rounded_off_with_facts() -> None:
    found = describe(objects=(box("sink", 0.3, 0.3, 0.6, 0.6),), colours=(("taupe", 40.0), ("chocolate", 30.0)))
    assert found.text == ("A sink in the middle of the picture. The main colours of the picture are beige and brown.")
    assert "landscape" not in found.text and "format" not in found.text


def test_a_picture_of_nothing_certain_is_told_by_its_looks() -> None:
    found = describe(width=400, height=400, colours=(("black", 80.0), ("navy", 15.0)), brightness=8.0)
    assert found.text == "A dark picture in black and dark blue in which nothing could be made out for certain."
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
    assert len(set(found.tags)) == len(found.tags) <= 12


def test_the_same_facts_give_the_same_description() -> None:
    assert describe(**EVERYTHING) == describe(**EVERYTHING)


def test_only_what_is_there_counts_as_content() -> None:
    text = describe(
        objects=(RIDER, box("horse", 0.3, 0.4, 0.7, 0.9), box("bird", 0.9, 0.0, 0.95, 0.05)),
        text=written("FARM"),
        colours=(("green", 60.0),),
    ).text
    assert "FARM" in text and "mostly green" in text
    assert content_sentences(text) == "A person riding a horse with a bird."
    aside = " The main colour is brown. The otter is on the left. Nothing else could be made out for certain."
    assert content_sentences(f"An otter on the right of the picture.{aside}") == "An otter."


def test_a_description_tells_what_it_states() -> None:
    found = describe(
        objects=(RIDER, box("horse", 0.3, 0.4, 0.7, 0.9)), text=written("FARM"), colours=(("green", 60.0),)
    )
    assert found.text == 'A person riding a horse. The text reads "FARM". The picture is mostly green.'
    assert found.statements == (
        Statement("thing", "person"),
        Statement("count", "person", "1-1"),
        Statement("relation", "person", "riding horse"),
        Statement("thing", "horse"),
        Statement("text", "FARM"),
        Statement("colour", "green"),
    )


def test_signs_beside_each_other_are_quoted_apart() -> None:
    left, right = (
        TextLine(text, 0.97, ((x, 0.1), (x + 0.2, 0.1), (x + 0.2, 0.15), (x, 0.15)))
        for text, x in (("BAKERY", 0.1), ("HOTEL", 0.6))
    )
    assert 'reads "BAKERY" and "HOTEL"' in describe(objects=(RIDER,), text=TextLines(((left, right),))).text
