"""What may be said to stand in a picture: objects grouped, counted, named and weighed."""

from collections import defaultdict
from dataclasses import dataclass
from math import sqrt

from aionserver.kit.words import counted, with_article
from aionserver.models.captioning.contract import PictureFacts
from aionserver.models.labels import COCO_BY_NAME, IMAGENET
from aionserver.models.objects import DetectedObject
from aionserver.models.tagging import Tag

STATED_FROM = 0.5
_REFINED_FROM = 0.6
_TAG_ALONE_FROM = 0.5
_TAG_BESIDE_OBJECTS_FROM = 0.85
_CLOSE_UP_AREA = 0.5
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


@dataclass(frozen=True, slots=True)
class Thing:
    """All objects of one name: `boxes` surest first, `kinds` from near to far, `weight` for the order."""

    name: str
    many: str | None
    kinds: tuple[str, ...]
    boxes: tuple[DetectedObject, ...]
    probability: float
    weight: float
    label: str = ""

    @property
    def count(self) -> int:
        return max(1, len(self.boxes))

    @property
    def phrase(self) -> str:
        """The thing with its article or number: "a golden retriever", "three people"."""
        if self.count > 12 and "person" in self.kinds:
            return "a large group of people"
        return counted(self.count, self.name, self.many)

    @property
    def largest(self) -> DetectedObject | None:
        return max(self.boxes, key=lambda box: box.area, default=None)

    @property
    def is_close_up(self) -> bool:
        """True for one thing that fills the picture; a table or a bed does so in any room."""
        fills = any(box.area >= _CLOSE_UP_AREA for box in self.boxes)
        return self.count == 1 and fills and not self.is_a("furniture") and not self.is_a("person")

    def is_a(self, kind: str) -> bool:
        return kind in (self.name, self.label, *self.kinds)


def things_in(facts: PictureFacts) -> list[Thing]:
    """The things that may be stated as facts, the most important first."""
    groups: dict[str, list[DetectedObject]] = defaultdict(list)
    for box in facts.objects:
        if box.confidence >= STATED_FROM:
            groups[box.label].append(box)
    things = [_named(label, boxes, facts.tags) for label, boxes in groups.items()]
    things += _from_tag(facts.tags, things)
    return _people_first(sorted(things, key=lambda thing: -thing.weight))


def _people_first(things: list[Thing]) -> list[Thing]:
    """The things with people moved to the front where they are not much smaller than the first thing."""
    people = [thing for thing in things if thing.is_a("person") and thing.weight > 0.5 * things[0].weight]
    return people + [thing for thing in things if thing not in people]


def stated_probability(confidence: float) -> float:
    """How often an object of this confidence is really there (measured over two photo sets)."""
    return min(0.99, 0.6 + 0.4 * confidence)


def _named(label: str, boxes: list[DetectedObject], tags: tuple[Tag, ...]) -> Thing:
    known = COCO_BY_NAME.get(label)
    kinds, many = (known.kinds, known.plural) if known else ((), None)
    closer = next((tag for tag in tags if tag.confidence >= _REFINED_FROM and _refines(tag, label)), None)
    probability = stated_probability(max(box.confidence for box in boxes))
    weight = sqrt(sum(box.area * box.confidence for box in boxes)) * _interest((label, *kinds))
    if closer is None:
        return Thing(label, many, kinds, tuple(boxes), probability, weight, label)
    tag_kinds = tuple(dict.fromkeys((*IMAGENET[closer.index].kinds, label, *kinds)))
    ordered = tuple(sorted(tag_kinds, key=lambda kind: kind in ("pet", "animal", "vehicle", "food")))
    return Thing(closer.label, None, ordered, tuple(boxes), min(0.99, closer.confidence + 0.1), weight, label)


def _refines(tag: Tag, label: str) -> bool:
    """True where the tag names a kind of the object: "golden retriever" of "dog"."""
    return 0 <= tag.index < len(IMAGENET) and label in IMAGENET[tag.index].kinds and label != "person"


def _from_tag(tags: tuple[Tag, ...], seen: list[Thing]) -> list[Thing]:
    """The most probable class of the whole picture where no object already says it."""
    if not tags or _is_setting(tags[0]) or not 0 <= tags[0].index < len(IMAGENET):
        return []
    tag, needed = tags[0], _TAG_BESIDE_OBJECTS_FROM if seen else _TAG_ALONE_FROM
    if tag.confidence < needed or any(_says_the_same(tag, thing) for thing in seen):
        return []
    kinds = IMAGENET[tag.index].kinds
    weight = (0.2 if seen else 0.5) * tag.confidence * _interest((tag.label, *kinds))
    return [Thing(tag.label, None, kinds, (), tag.confidence, weight, _object_label(tag))]


def _object_label(tag: Tag) -> str:
    """The name that the object vocabulary has for the tag's class, or the tag's own."""
    kinds = set(IMAGENET[tag.index].kinds)
    known = (label for label in COCO_BY_NAME.values() if kinds & set(label.kinds))
    named = (label.name for label in known if tag.label in (label.name, label.plural, *label.words))
    return next(named, tag.label)


def _says_the_same(tag: Tag, thing: Thing) -> bool:
    """True where the words of one are among the words of the other: "toilet seat" and "toilet"."""
    label = IMAGENET[tag.index]
    own = {word for name in (label.name, *label.words) for word in name.lower().split()}
    theirs = {word for name in (thing.name, thing.label) for word in name.lower().split()}
    known = COCO_BY_NAME.get(thing.label)
    common = set(label.kinds) & {*thing.kinds, thing.name}
    return bool(own & theirs or common or (known and {label.name, *label.words} & set(known.words)))


def _is_setting(tag: Tag) -> bool:
    return 0 <= tag.index < len(IMAGENET) and bool(IMAGENET[tag.index].setting)


def _interest(kinds: tuple[str, ...]) -> float:
    return next((interest for kind, interest in _INTEREST.items() if kind in kinds), 0.9)


def possible_thing(facts: PictureFacts) -> str | None:
    """What the picture may show where nothing is sure: the best guess of .3 or more, with its article."""
    labels = [(tag.confidence, tag.label) for tag in facts.tags[:1] if not _is_setting(tag)]
    labels += [(box.confidence, box.label) for box in facts.objects]
    best = max(labels, default=(0.0, ""))
    return with_article(best[1]) if best[0] >= 0.3 else None
