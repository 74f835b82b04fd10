from aionserver.models.objects import DetectedObject
from aionserver.models.objects.boxes import overlap, without_repeats


def thing(label: str, confidence: float, *box: float) -> DetectedObject:
    return DetectedObject(label, confidence, *box)


def test_two_boxes_of_one_thing_become_the_surer_one() -> None:
    sure, unsure = thing("dog", 0.9, 0.1, 0.1, 0.5, 0.5), thing("dog", 0.4, 0.12, 0.1, 0.5, 0.5)
    assert without_repeats([unsure, sure], []) == [sure]


def test_neighbours_of_one_label_stay_two() -> None:
    left, right = thing("dog", 0.9, 0.0, 0.0, 0.4, 0.5), thing("dog", 0.8, 0.4, 0.0, 0.8, 0.5)
    assert without_repeats([left, right], []) == [left, right]


def test_two_names_for_one_box_keep_the_surer() -> None:
    horse, cow = thing("horse", 0.9, 0.1, 0.1, 0.6, 0.6), thing("cow", 0.6, 0.1, 0.1, 0.6, 0.62)
    assert without_repeats([horse, cow], []) == [horse]


def test_a_piece_found_in_a_part_is_not_a_second_thing() -> None:
    whole, piece = thing("train", 0.7, 0.0, 0.2, 1.0, 0.8), thing("train", 0.95, 0.4, 0.3, 1.0, 0.8)
    small = thing("train", 0.6, 0.0, 0.85, 0.1, 0.95)
    assert without_repeats([whole], [piece, small]) == [whole, small]


def test_boxes_without_area_are_dropped() -> None:
    assert without_repeats([thing("dog", 0.9, 0.5, 0.5, 0.5, 0.9)], []) == []


def test_overlap_is_intersection_over_union() -> None:
    assert overlap(thing("a", 1, 0, 0, 0.5, 1), thing("b", 1, 0.25, 0, 0.75, 1)) == 1 / 3
    assert overlap(thing("a", 1, 0, 0, 0.1, 0.1), thing("b", 1, 0.5, 0.5, 1, 1)) == 0
