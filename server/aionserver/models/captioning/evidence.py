"""What the detector saw, weighed against what the classifier says of the whole picture."""

from dataclasses import replace
from functools import cache

from aionserver.models.captioning.surroundings import WITH_PEOPLE, lacks_company
from aionserver.models.labels import COCO_BY_NAME, IMAGENET
from aionserver.models.objects import DetectedObject
from aionserver.models.objects.boxes import overlap, shared_area
from aionserver.models.tagging import Tag

STATED_FROM = 0.5
_SUPPORTED_FROM = 0.1
_HEARD_OF_FROM = 0.05
# Over 119 photos: people below this, and small, were there in 7 of 10; with something that people have, in 3 of 3.
_PERSON_FROM = 0.8
_PERSON_WITH_THINGS_FROM = 0.6
# Over the same photos: things of a house, not tiny, less sure, unknown to the classifier and without the things that
# they are mostly found with, were there in 5 of 11; in such company in 25 of 31.
_ALONE_FROM = 0.75
_TINY_AREA = 0.02
_OTHER_ANIMAL_FROM = 0.3
_CLOSE_UP_AREA = 0.1
# The class that says nothing of what food it is.
_ANY_FOOD = "plate of food"
_LARGE_AREA = 0.25
# What fills much of a picture, is no sure find and unknown to the classifier was there in 4 of 7.
_LARGE_UNSUPPORTED_FROM = 0.75
_SURE = 0.9
_SAME_THING_OVERLAP = 0.5
_SAME_THING_INSIDE = 0.6
_RENAMED_FROM = 0.7
_CLASS_FOR_THING_FROM = 0.85


def credible(boxes: tuple[DetectedObject, ...], tags: tuple[Tag, ...]) -> list[DetectedObject]:
    """The boxes less those that the classifier or surer boxes speak against, some under the classifier's name."""
    named = _without_usurped(_with_animal_of(tags, _without_lookalikes(list(boxes))), tags)
    herded = _of_one_herd(named)
    likely = [box for box in herded if not _is_doubtful(box, tags) and not _is_odd_animal(box, herded, tags)]
    return [box for box in likely if not _is_out_of_place(box, likely, tags)]


def is_stated(best: DetectedObject, tags: tuple[Tag, ...]) -> bool:
    """True where the surest box of its label, alone or with the classifier's word, is more likely there than not."""
    support = support_of(best.label, tags)
    if support >= _SUPPORTED_FROM:
        return 1 - (1 - best.confidence) * (1 - support) >= STATED_FROM
    return best.confidence >= STATED_FROM


def support_of(label: str, tags: tuple[Tag, ...]) -> float:
    """The probability of all classes that mean an object's label, 0-1."""
    known = classes_of(label)
    return sum(tag.confidence for tag in tags if tag.index in known)


@cache
def classes_of(label: str) -> frozenset[int]:
    """The classes of whole pictures that are what an object's label says, empty where there is none."""
    return frozenset(index for index in range(len(IMAGENET)) if _means(index, label))


def _means(index: int, label: str) -> bool:
    known, named = COCO_BY_NAME.get(label), IMAGENET[index]
    many = known.plural if known else label
    return label in named.kinds or bool({label, many} & {named.name, *named.words})


def kinds_of(label: str) -> tuple[str, ...]:
    """The kinds of an object's label or of a class's name, from near to far."""
    if label in COCO_BY_NAME:
        return COCO_BY_NAME[label].kinds
    return next((named.kinds for named in IMAGENET if named.name == label), ())


def _is_doubtful(box: DetectedObject, tags: tuple[Tag, ...]) -> bool:
    """True for a large thing that the classifier would have seen; it overlooks people, and what carries things."""
    if _is_weak_close_up(box):
        return True
    if not is_weak_and_large(box) or {"person", "furniture"} & {box.label, *kinds_of(box.label)}:
        return False
    if not classes_of(box.label):
        return False
    return support_of(box.label, tags) < _HEARD_OF_FROM


def _is_weak_close_up(box: DetectedObject) -> bool:
    """True for a cup or a vase that the detector would be sure of, were it one."""
    is_vessel = bool({"tableware", "container"} & set(kinds_of(box.label)))
    return is_vessel and box.area >= _CLOSE_UP_AREA and box.confidence < _LARGE_UNSUPPORTED_FROM


def _is_odd_animal(box: DetectedObject, boxes: list[DetectedObject], tags: tuple[Tag, ...]) -> bool:
    """True for a less sure animal, one that the classifier knows, where it sees another animal instead."""
    if "animal" not in kinds_of(box.label) or not classes_of(box.label):
        return False
    surest = max(other.confidence for other in boxes if other.label == box.label)
    return surest < _SURE and support_of(box.label, tags) < _HEARD_OF_FROM and _sees_animal(tags)


def _sees_animal(tags: tuple[Tag, ...]) -> bool:
    known = (tag for tag in tags[:1] if 0 <= tag.index < len(IMAGENET) and tag.confidence >= _OTHER_ANIMAL_FROM)
    return any("animal" in IMAGENET[tag.index].kinds for tag in known)


def _is_out_of_place(box: DetectedObject, boxes: list[DetectedObject], tags: tuple[Tag, ...]) -> bool:
    """True for a less sure thing that neither the classifier nor another of it nor what is around it speaks for."""
    if box.label == "person" or box.area < _TINY_AREA or support_of(box.label, tags) >= _HEARD_OF_FROM:
        return False
    surest = max(other.confidence for other in boxes if other.label == box.label)
    return STATED_FROM <= surest < _ALONE_FROM and lacks_company(box, boxes)


def is_weak_and_large(box: DetectedObject) -> bool:
    """True for a large thing that the detector is not sure of."""
    return box.area >= _LARGE_AREA and box.confidence < _LARGE_UNSUPPORTED_FROM


def is_doubtful_person(box: DetectedObject) -> bool:
    """True for a small, less sure find of a person: mostly a figure or a shadow."""
    return box.label == "person" and box.area < _LARGE_AREA and box.confidence < _PERSON_FROM


def is_with_things(person: DetectedObject, boxes: list[DetectedObject]) -> bool:
    """True for a less sure person who has something that people carry, wear or ride."""
    theirs = (box for box in boxes if box.label in WITH_PEOPLE and box.confidence >= STATED_FROM)
    return person.confidence >= _PERSON_WITH_THINGS_FROM and any(True for _ in theirs)


def _without_lookalikes(boxes: list[DetectedObject]) -> list[DetectedObject]:
    """The boxes less those of another label, but of a kind with a surer box in the same place."""
    kept: list[DetectedObject] = []
    for box in sorted(boxes, key=lambda box: -box.confidence):
        if not any(_is_lookalike(box, other) for other in kept):
            kept.append(box)
    return kept


def _is_lookalike(box: DetectedObject, other: DetectedObject) -> bool:
    alike = box.label != other.label and set(kinds_of(box.label)) & set(kinds_of(other.label))
    return bool(alike) and overlap(box, other) >= _SAME_THING_OVERLAP


def _with_animal_of(tags: tuple[Tag, ...], boxes: list[DetectedObject]) -> list[DetectedObject]:
    """The boxes with a misnamed animal under the name that the classifier is sure of."""
    tag = next(iter(tags), None)
    if tag is None or not _is_sure_animal(tag) or any(tag.index in classes_of(box.label) for box in boxes):
        return boxes
    rivals = [box for box in boxes if "animal" in kinds_of(box.label) and classes_of(box.label)]
    if not rivals or (_detector_knows(tag) and tag.confidence <= max(box.confidence for box in rivals)):
        return boxes
    lead = max(rivals, key=lambda box: box.area * box.confidence)
    named = replace(lead, label=IMAGENET[tag.index].name, confidence=tag.confidence)
    return [named, *(box for box in boxes if box not in rivals)]


def _is_sure_animal(tag: Tag) -> bool:
    known = 0 <= tag.index < len(IMAGENET) and tag.confidence >= _RENAMED_FROM
    return known and "animal" in IMAGENET[tag.index].kinds


def _detector_knows(tag: Tag) -> bool:
    return any(tag.index in classes_of(label) for label in COCO_BY_NAME)


def _without_usurped(boxes: list[DetectedObject], tags: tuple[Tag, ...]) -> list[DetectedObject]:
    """The boxes less the less sure ones for which the classifier has another, surer name: large ones, and foods."""
    tag = next(iter(tags), None)
    if tag is None or tag.confidence < _CLASS_FOR_THING_FROM or not 0 <= tag.index < len(IMAGENET):
        return boxes
    return [box for box in boxes if not _is_usurped(box, tag)]


def _is_usurped(box: DetectedObject, tag: Tag) -> bool:
    if tag.label == _ANY_FOOD and "food" in kinds_of(box.label):
        return box.confidence < _SURE
    known = classes_of(box.label)
    return is_weak_and_large(box) and bool(known) and tag.index not in known


def _of_one_herd(boxes: list[DetectedObject]) -> list[DetectedObject]:
    """The boxes with less sure animals beside a sure one of the same kind counted as further ones of it."""
    sure = [box for box in boxes if box.confidence >= _SURE and "animal" in kinds_of(box.label)]
    return [_as_one_of(sure, box) for box in boxes]


def _as_one_of(sure: list[DetectedObject], box: DetectedObject) -> DetectedObject:
    kinds = kinds_of(box.label)
    if box.confidence >= _LARGE_UNSUPPORTED_FROM or "animal" not in kinds:
        return box
    same = next((other for other in sure if set(kinds) & set(kinds_of(other.label)) - {"animal", "pet"}), None)
    if any(other.label == box.label for other in sure):
        return box
    return replace(box, label=same.label, confidence=min(box.confidence, STATED_FROM - 0.01)) if same else box


def lies_on(box: DetectedObject, others: list[DetectedObject]) -> bool:
    """True where most of the smaller of two boxes is within the other: the same thing found twice."""
    return any(shared_area(box, other) > _SAME_THING_INSIDE * min(box.area, other.area) for other in others)
