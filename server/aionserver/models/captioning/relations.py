"""How the main thing of a picture stands to another, read off their boxes."""

from dataclasses import dataclass

from aionserver.kit.words import with_article
from aionserver.models.captioning.contract import Statement
from aionserver.models.captioning.things import Thing
from aionserver.models.captioning.told import Told
from aionserver.models.objects import DetectedObject
from aionserver.models.objects.boxes import shared_area

_RIDDEN = frozenset({"bicycle", "motorcycle", "horse", "skateboard", "surfboard", "snowboard", "elephant"})
_SUPPORTS = frozenset({"couch", "chair", "bench", "bed", "dining table", "surfboard", "skateboard", "boat"})
_HOLDERS = frozenset({"bowl", "cup", "vase", "sink", "suitcase", "handbag", "backpack", "boat", "wine glass"})
_WORN = frozenset({"tie"})
# What nobody would tell another thing's place by.
_LANDMARK_AREA = 0.02
_NO_LANDMARKS = ("tableware", "container", "food", "printed matter", "timepiece")
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


WITH = "with"


@dataclass(frozen=True, slots=True)
class Relation:
    """What joins a thing to the main one: "riding" and ", one of them riding a skateboard,"; WITH says least."""

    verb: str
    other: Thing
    told: Told


def relation(main: Thing, other: Thing) -> Relation | None:
    """How `other` is joined to `main`; None where they stand apart."""
    a, b = main.largest, other.largest
    if main.is_a("person") and b is None and other.is_a("sports equipment"):
        return Relation(WITH, other, other.told)
    if a is None or b is None:
        return None
    return (_of_person(main, a, other, b) if main.is_a("person") else None) or _of_thing(main, a, other, b)


def _of_person(main: Thing, a: DetectedObject, other: Thing, b: DetectedObject) -> Relation | None:
    if other.label in _WORN and _touches(a, b):
        return _done_by(main, other, "wearing", f"wearing {other.phrase}")
    if other.label == "pair of skis" and _touches(a, b):
        return _done_by(main, other, "on", "on skis")
    if other.label in _RIDDEN and _is_under(a, b):
        verb = "on" if other.label == "surfboard" else "riding"
        return _done_by(main, other, verb, f"{verb} {other.phrase}")
    if other.label == "dining table" and _touches(a, b):
        return _related(main, other, "at", "at a table")
    if other.label in _CARRIED and _touches(a, b):
        return Relation(WITH, other, _theirs(main, other))
    return None


def _related(main: Thing, other: Thing, verb: str, text: str) -> Relation:
    states = (Statement("relation", main.label, f"{verb} {other.label}"), *other.told.states)
    return Relation(verb, other, Told(text, states))


def _done_by(main: Thing, other: Thing, verb: str, what: str) -> Relation:
    """What all of them do, or one of several where there is only one thing to do it with."""
    return _related(main, other, verb, f", one of them {what}," if not main.is_one and other.is_one else what)


def _theirs(main: Thing, other: Thing) -> Told:
    return other.told if main.is_one or not other.is_one else Told(with_article(other.name), other.told.states)


def _one_of(main: Thing, other: Thing) -> str:
    """The other thing, a single one where a single main thing cannot be in or on them all."""
    return with_article(other.name) if main.is_one and not other.is_one else other.phrase


def _of_thing(main: Thing, a: DetectedObject, other: Thing, b: DetectedObject) -> Relation | None:
    if other.label in _HOLDERS and _share_inside(a, b) > 0.7 and a.area < b.area:
        return _related(main, other, "in", f"in {_one_of(main, other)}")
    if other.label in _SUPPORTS and not main.is_a("furniture") and _rests_on(a, b):
        return _related(main, other, "on", f"on {_one_of(main, other)}")
    if other.label == main.label or b.area < _LANDMARK_AREA or not _is_landmark(main, other):
        return None
    if _is_beside(a, b):
        return _related(main, other, "next to", f"next to {other.phrase}")
    return _related(main, other, "in front of", f"in front of {other.phrase}") if _is_before(a, b) else None


def _is_landmark(main: Thing, other: Thing) -> bool:
    """True for what another thing's place may be told by; people beside furniture mostly sit on it."""
    if main.is_a("person") and other.is_a("furniture"):
        return False
    return not any(other.is_a(kind) for kind in _NO_LANDMARKS)


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
