"""How the main thing of a picture stands to another, read off their boxes."""

from aionserver.kit.words import with_article
from aionserver.models.captioning.things import Thing
from aionserver.models.objects import DetectedObject
from aionserver.models.objects.boxes import shared_area

_RIDDEN = frozenset({"bicycle", "motorcycle", "horse", "skateboard", "surfboard", "snowboard", "elephant"})
_SUPPORTS = frozenset({"couch", "chair", "bench", "bed", "dining table", "surfboard", "skateboard", "boat"})
_HOLDERS = frozenset({"bowl", "cup", "vase", "sink", "suitcase", "handbag", "backpack", "boat", "wine glass"})
_WORN = frozenset({"tie"})
_CARRIED = frozenset(
    [
        "tennis racket",
        "baseball bat",
        "baseball glove",
        "umbrella",
        "cell phone",
        "handbag",
        "suitcase",
        "backpack",
        "frisbee",
        "kite",
        "cup",
        "bottle",
        "wine glass",
        "remote control",
        "toothbrush",
        "hair dryer",
        "sandwich",
        "hot dog",
        "pizza",
        "cake",
        "donut",
        "banana",
        "apple",
        "knife",
        "fork",
        "spoon",
        "teddy bear",
        "laptop",
        "book",
        "ball",
        "skateboard",
        "surfboard",
        "snowboard",
        "pair of skis",
    ]
)


def relation(main: Thing, other: Thing) -> str | None:
    """A phrase that joins `other` to `main`, such as "on a skateboard"; None where they stand apart."""
    a, b = main.largest, other.largest
    if main.is_a("person") and b is None and other.is_a("sports equipment"):
        return f"with {other.phrase}"
    if a is None or b is None:
        return None
    if main.is_a("person"):
        return _of_person(main, a, other, b)
    return _of_thing(main, a, other, b)


def _of_person(main: Thing, a: DetectedObject, other: Thing, b: DetectedObject) -> str | None:
    phrase = other.phrase
    if other.label in _WORN and _touches(a, b):
        return _done_by(main, other, f"wearing {phrase}")
    if other.label == "pair of skis" and _touches(a, b):
        return _done_by(main, other, "on skis")
    if other.label in _RIDDEN and _is_under(a, b):
        return _done_by(main, other, f"on {phrase}" if other.label == "surfboard" else f"riding {phrase}")
    if other.label == "dining table" and _touches(a, b):
        return "at a table"
    if other.label in _CARRIED and _touches(a, b):
        return f"with {_theirs(main, other)}"
    return _of_thing(main, a, other, b)


def _done_by(main: Thing, other: Thing, what: str) -> str:
    """What all of them do, or one of several where there is only one thing to do it with."""
    return f", one of them {what}," if not main.is_one and other.is_one else what


def _theirs(main: Thing, other: Thing) -> str:
    return other.phrase if main.is_one or not other.is_one else with_article(other.name)


def _one_of(main: Thing, other: Thing) -> str:
    """The other thing, or one of several where a single main thing cannot be in or on them all."""
    if not main.is_one or other.is_one:
        return other.phrase
    return f"one of {other.phrase.replace('two or three', 'several')}"


def _of_thing(main: Thing, a: DetectedObject, other: Thing, b: DetectedObject) -> str | None:
    if other.label in _HOLDERS and _share_inside(a, b) > 0.7 and a.area < b.area:
        return f"in {_one_of(main, other)}"
    if other.label in _SUPPORTS and not main.is_a("furniture") and _rests_on(a, b):
        return f"on {_one_of(main, other)}"
    if other.label == main.label or b.area < 0.01:
        return None
    if _is_beside(a, b):
        return f"next to {other.phrase}"
    return f"in front of {other.phrase}" if _is_before(a, b) else None


def _touches(a: DetectedObject, b: DetectedObject) -> bool:
    return shared_area(a, b) > 0.1 * min(a.area, b.area)


def _is_under(a: DetectedObject, b: DetectedObject) -> bool:
    """True where b carries a: they share width and b's middle lies below a's."""
    shared_width = min(a.x2, b.x2) - max(a.x1, b.x1)
    lower = (b.y1 + b.y2) / 2 > (a.y1 + a.y2) / 2
    return lower and b.y2 >= a.y2 - 0.1 * (a.y2 - a.y1) and shared_width > 0.3 * (a.x2 - a.x1) and _touches(a, b)


def _rests_on(a: DetectedObject, b: DetectedObject) -> bool:
    """True where a's foot lies within b and a reaches above or stands well inside it."""
    within_x = b.x1 - 0.05 <= (a.x1 + a.x2) / 2 <= b.x2 + 0.05
    foot_in_b = b.y1 < a.y2 <= b.y2 + 0.05
    return within_x and foot_in_b and _share_inside(a, b) > 0.35 and a.area < b.area * 1.5


def _is_beside(a: DetectedObject, b: DetectedObject) -> bool:
    gap = max(a.x1, b.x1) - min(a.x2, b.x2)
    shared_height = min(a.y2, b.y2) - max(a.y1, b.y1)
    return -0.05 < gap < 0.12 and shared_height > 0.4 * min(a.y2 - a.y1, b.y2 - b.y1)


def _is_before(a: DetectedObject, b: DetectedObject) -> bool:
    """True where a covers part of a larger b and reaches clearly lower, hence stands nearer."""
    return b.area > a.area and _share_inside(a, b) > 0.4 and a.y2 > b.y2 + 0.05


def _share_inside(a: DetectedObject, b: DetectedObject) -> float:
    return shared_area(a, b) / a.area if a.area > 0 else 0.0
