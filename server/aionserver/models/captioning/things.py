"""What may be said to stand in a picture: objects grouped, counted, named and weighed."""

from collections import defaultdict
from dataclasses import dataclass
from math import sqrt

from aionserver.kit.words import with_article
from aionserver.models.captioning.contract import PictureFacts, Statement
from aionserver.models.captioning.counts import count_of, quantified, sure_boxes
from aionserver.models.captioning.evidence import (
    credible,
    is_doubtful_person,
    is_stated,
    is_weak_and_large,
    is_with_things,
    kinds_of,
)
from aionserver.models.captioning.naming import class_alone, closer_name, is_setting, kind_alone, says_the_same
from aionserver.models.captioning.told import Told
from aionserver.models.labels import COCO_BY_NAME, IMAGENET
from aionserver.models.objects import DetectedObject
from aionserver.models.tagging import Tag

_CLOSE_UP_AREA = 0.5
_NO_CLOSE_UP = ("furniture", "person", "vehicle", "kitchen appliance", "bathroom fixture", "building", "structure")
_FAR_AREA = 0.004
# Of one class with the largest of its label is what has this share of its size.
_ALIKE_AREA = 0.25
_POSSIBLE_FROM = 0.4
# How much people look at a thing of this kind, against its size.
_INTEREST = {
    "dining table": 0.35,
    "furniture": 0.6,
    "tableware": 0.7,
    "container": 0.7,
    "person": 1.5,
    "animal": 1.4,
    "vehicle": 1.1,
    "food": 1.1,
}
# The detector's dining tables are tables of any kind.
_CALLED = {"dining table": ("table", "tables")}


@dataclass(frozen=True, slots=True)
class Thing:
    """All objects of one name: `boxes` surest first, `kinds` from near to far, `weight` for the order.

    `phrase` is the name with its article or number: "a golden retriever", "several people";
    `count` the fewest and the most of them.
    """

    name: str
    phrase: str
    kinds: tuple[str, ...]
    boxes: tuple[DetectedObject, ...]
    probability: float
    weight: float
    label: str
    count: tuple[int, int] = (1, 1)

    @property
    def is_one(self) -> bool:
        """True where a single one is told of."""
        return self.count == (1, 1)

    @property
    def told(self) -> Told:
        """The phrase; beside other things an article says that there is one, not that there is no other."""
        named = Statement("thing", self.name)
        return Told(self.phrase, (named,) if self.is_one else (named, self.counted))

    @property
    def counted(self) -> Statement:
        """What the phrase says of the number."""
        return Statement("count", self.label, f"{self.count[0]}-{self.count[1]}")

    @property
    def largest(self) -> DetectedObject | None:
        return max(self.boxes, key=lambda box: box.area, default=None)

    @property
    def is_close_up(self) -> bool:
        """True for one thing that fills the picture; a table, a bed or a train does so without being near."""
        fills = any(box.area >= _CLOSE_UP_AREA for box in self.boxes)
        return self.is_one and fills and not any(self.is_a(kind) for kind in _NO_CLOSE_UP)

    @property
    def is_far(self) -> bool:
        """True for living things that are tiny in the picture."""
        box = self.largest
        return box is not None and box.area < _FAR_AREA and (self.is_a("person") or self.is_a("animal"))

    def is_a(self, kind: str) -> bool:
        return kind in (self.name, self.label, *self.kinds)


def things_in(facts: PictureFacts) -> list[Thing]:
    """The things that may be stated as facts, the most important first."""
    groups: dict[str, list[DetectedObject]] = defaultdict(list)
    every = credible(facts.objects, facts.tags)
    for box in every:
        groups[box.label].append(box)
    likely = {label: boxes for label, boxes in groups.items() if _may_be_said(boxes, every, facts.tags)}
    things = [_named(label, boxes, facts.tags) for label, boxes in likely.items()]
    things += _from_classes(facts.tags, things)
    return _people_first(sorted(things, key=lambda thing: -thing.weight))


def _may_be_said(boxes: list[DetectedObject], every: list[DetectedObject], tags: tuple[Tag, ...]) -> bool:
    best = max(boxes, key=lambda box: box.confidence)
    is_doubtful = all(is_doubtful_person(box) and not is_with_things(box, every) for box in boxes)
    return is_stated(best, tags) and not is_doubtful


def _people_first(things: list[Thing]) -> list[Thing]:
    """The things with people moved to the front where they are not much smaller than the first thing."""
    people = [thing for thing in things if thing.is_a("person") and thing.weight > 0.5 * things[0].weight]
    return people + [thing for thing in things if thing not in people]


def stated_probability(confidence: float) -> float:
    """How often an object of this confidence is really there (measured over two photo sets)."""
    return min(0.99, 0.6 + 0.4 * confidence)


def _named(label: str, boxes: list[DetectedObject], tags: tuple[Tag, ...]) -> Thing:
    counted = sure_boxes(boxes) or boxes[:1]
    weight = sqrt(sum(box.area * box.confidence for box in counted)) * _interest((label, *kinds_of(label)))
    probability = stated_probability(max(box.confidence for box in counted))
    closer, count = closer_name(label, tags) if _are_alike(counted) else None, count_of(boxes)
    if closer is None:
        phrase = quantified(count, *_in_words(label))
        return Thing(label, phrase, kinds_of(label), tuple(counted), probability, weight, label, count)
    phrase, sureness = quantified(count, closer.name, None), min(0.99, closer.probability + 0.1)
    return Thing(closer.name, phrase, closer.kinds, tuple(counted), sureness, weight, label, count)


def _are_alike(boxes: list[DetectedObject]) -> bool:
    """True where the class of the whole picture can be that of all the boxes."""
    areas = [box.area for box in boxes]
    return min(areas) >= _ALIKE_AREA * max(areas)


def _in_words(label: str) -> tuple[str, str | None]:
    """How a sentence calls one and many of a label."""
    known = COCO_BY_NAME.get(label)
    return _CALLED.get(label) or (label, known.plural if known else None)


def _from_classes(tags: tuple[Tag, ...], seen: list[Thing]) -> list[Thing]:
    """The most probable class, or kind of classes, where no object already says it or may be it."""
    if any(is_weak_and_large(box) for thing in seen for box in thing.boxes):
        return []
    found = class_alone(tags, bool(seen)) or (None if seen else kind_alone(tags))
    if found is None or any(says_the_same(found, thing.name, thing.label, thing.kinds) for thing in seen):
        return []
    weight = (0.2 if seen else 0.5) * found.probability * _interest((found.name, *found.kinds))
    return [Thing(found.name, with_article(found.name), found.kinds, (), found.probability, weight, found.label)]


def _interest(kinds: tuple[str, ...]) -> float:
    return next((interest for kind, interest in _INTEREST.items() if kind in kinds), 0.9)


def possible_thing(facts: PictureFacts) -> str | None:
    """What the picture may show where nothing is sure: the best guess of .4 or more, with its article."""
    labels = [(tag.confidence, tag.label) for tag in facts.tags[:1] if _is_thing(tag)]
    labels += [(box.confidence, box.label) for box in credible(facts.objects, facts.tags)]
    best = max(labels, default=(0.0, ""))
    return with_article(best[1]) if best[0] >= _POSSIBLE_FROM else None


def _is_thing(tag: Tag) -> bool:
    return not (0 <= tag.index < len(IMAGENET) and is_setting(tag))
