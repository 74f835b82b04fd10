"""Names that the classifier gives: closer ones for objects, and ones of its own for what no object says."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from aionserver.kit.words import word_set
from aionserver.models.captioning.evidence import classes_of
from aionserver.models.labels import COCO_BY_NAME, IMAGENET
from aionserver.models.tagging import Tag

# Under this the name of a breed or model was as often a neighbour's; the wider word is always right.
_CLASS_REFINES_FROM = 0.9
_KIND_REFINES_FROM = 0.8
_KIND_FROM = 0.6
_ALONE_FROM = 0.7
_BESIDE_OBJECTS_FROM = 0.85
# Among these a kind is right where its classes are in doubt; a rocket is no weapon for looking like missiles.
_SURE_FAMILIES = ("animal", "vehicle", "fruit", "flower")
_FAR_KINDS = ("pet", "animal", "vehicle", "food")
# ImageNet's photos of the first show common tabbies too; it has skis and rams, but no snowboards and no other sheep.
_UNRELIABLE = frozenset({"Egyptian Mau cat", "skis", "ram"})
# Kinds that cannot be counted, or that would say nothing as the subject of a sentence.
_NO_SUBJECT = word_set(
    "structure machine equipment material clothing food furniture electronics footwear jewelry kitchenware swimwear "
    "underwear armor bread glass fungus cattle neckwear cutlery tableware person landscape appliance accessory tool "
    "container cycle screen pet"
) | {
    "household item",
    "street furniture",
    "printed matter",
    "sports equipment",
    "writing material",
    "wild animal",
    "farm animal",
}


@dataclass(frozen=True, slots=True)
class Name:
    """A name from the classifier; `label` is the object vocabulary's word for it, or the name itself."""

    name: str
    kinds: tuple[str, ...]
    probability: float
    label: str


def closer_name(label: str, tags: tuple[Tag, ...]) -> Name | None:
    """What kind of an object it is: "golden retriever" of "dog", or "bird of prey" of "bird" by several classes."""
    fitting = [tag for tag in tags if _is_kind_of(tag, label)]
    sure = next((tag for tag in fitting if _may_name(tag) and tag.confidence >= _CLASS_REFINES_FROM), None)
    if sure is not None:
        return Name(sure.label, _kinds_with(label, IMAGENET[sure.index].kinds), sure.confidence, label)
    nearer = ((tag, IMAGENET[tag.index].kinds) for tag in fitting)
    sums = _sums((tag, kinds[: kinds.index(label)]) for tag, kinds in nearer)
    name, probability = max(sums.items(), key=lambda pair: pair[1], default=("", 0.0))
    return Name(name, _kinds_with(label, ()), probability, label) if probability >= _KIND_REFINES_FROM else None


def class_alone(tags: tuple[Tag, ...], beside_objects: bool) -> Name | None:
    """The most probable class where it is a thing and sure enough, surer beside objects."""
    tag = next(iter(tags), None)
    needed = _BESIDE_OBJECTS_FROM if beside_objects else _ALONE_FROM
    if tag is None or not _is_thing(tag) or not _may_name(tag) or tag.confidence < needed:
        return None
    return Name(tag.label, IMAGENET[tag.index].kinds, tag.confidence, _object_label(tag))


def kind_alone(tags: tuple[Tag, ...]) -> Name | None:
    """The narrowest kind whose classes are probable together: "dog" where the breeds are in doubt."""
    familiar = (tag for tag in tags if _is_thing(tag) and set(_SURE_FAMILIES) & set(IMAGENET[tag.index].kinds))
    sums = _sums((tag, IMAGENET[tag.index].kinds) for tag in familiar)
    likely = [(len(classes_of(kind)), kind) for kind, total in sums.items() if total >= _KIND_FROM]
    if not likely:
        return None
    name = min(likely)[1]
    known = COCO_BY_NAME.get(name)
    return Name(name, known.kinds if known else _kinds_above(name, tags), sums[name], name)


def says_the_same(found: Name, name: str, label: str, kinds: tuple[str, ...]) -> bool:
    """True where a name and a thing's share a word, or a kind: "toilet seat" and "toilet"."""
    known = COCO_BY_NAME.get(label)
    synonyms = next((named.words for named in IMAGENET if named.name == found.name), ())
    own = {word for text in (found.name, *synonyms) for word in text.lower().split()}
    said = {word for text in (name, label) for word in text.lower().split()}
    meant = known is not None and bool({found.name, *synonyms} & set(known.words))
    return meant or bool(own & said or set(found.kinds) & {name, *kinds})


def is_setting(tag: Tag) -> bool:
    """True for a class that is a place."""
    return 0 <= tag.index < len(IMAGENET) and bool(IMAGENET[tag.index].setting)


def _is_thing(tag: Tag) -> bool:
    return 0 <= tag.index < len(IMAGENET) and not is_setting(tag)


def _is_kind_of(tag: Tag, label: str) -> bool:
    return 0 <= tag.index < len(IMAGENET) and label != "person" and label in IMAGENET[tag.index].kinds


def _may_name(tag: Tag) -> bool:
    return tag.label not in _UNRELIABLE


def _kinds_with(label: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    known = COCO_BY_NAME.get(label)
    every = dict.fromkeys((*kinds, label, *(known.kinds if known else ())))
    return tuple(sorted(every, key=lambda kind: kind in _FAR_KINDS))


def _kinds_above(name: str, tags: tuple[Tag, ...]) -> tuple[str, ...]:
    kinds = next(IMAGENET[tag.index].kinds for tag in tags if _is_thing(tag) and name in IMAGENET[tag.index].kinds)
    return kinds[kinds.index(name) + 1 :]


def _sums(tags: Iterable[tuple[Tag, tuple[str, ...]]]) -> dict[str, float]:
    """The probabilities of tags summed for each of their kinds that may be a subject."""
    sums: dict[str, float] = defaultdict(float)
    for tag, kinds in tags:
        for kind in kinds:
            if kind not in _NO_SUBJECT:
                sums[kind] += tag.confidence
    return sums


def _object_label(tag: Tag) -> str:
    """The name that the object vocabulary has for the tag's class, or the tag's own."""
    kinds = set(IMAGENET[tag.index].kinds)
    known = (label for label in COCO_BY_NAME.values() if kinds & set(label.kinds))
    named = (label.name for label in known if tag.label in (label.name, label.plural, *label.words))
    return next(named, tag.label)
