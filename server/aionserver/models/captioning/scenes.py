"""Where a picture was taken, told by what stands in it and by classes that are probable together."""

from dataclasses import dataclass

from aionserver.kit.words import with_article
from aionserver.models.captioning.contract import Statement
from aionserver.models.captioning.naming import is_setting
from aionserver.models.captioning.things import Thing
from aionserver.models.captioning.told import Told
from aionserver.models.labels import IMAGENET
from aionserver.models.tagging import Tag

_PREPOSITIONS, _ARTICLES = frozenset({"in", "on", "by", "at"}), frozenset({"a", "an", "the"})
_SETTING_FROM = 0.6
_TOGETHER_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Scene:
    """A setting: a phrase such as "in a kitchen", the words for a view of it alone, its tags, how probable it is."""

    phrase: str
    view: str
    tags: tuple[str, ...]
    probability: float

    @property
    def told(self) -> Told:
        """The phrase."""
        return Told(self.phrase, self.states)

    @property
    def states(self) -> tuple[Statement, ...]:
        """The place without its preposition."""
        words = self.phrase.split()
        place = words[1:] if words[0] in _PREPOSITIONS else words
        return (Statement("scene", " ".join(place[1:] if place[0] in _ARTICLES else place)),)


@dataclass(frozen=True, slots=True)
class _Sign:
    """The scene that is sure once at least `needed` of `things` are seen."""

    scene: Scene
    things: frozenset[str]
    needed: int


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The scene that is as probable as `classes` are together."""

    phrase: str
    view: str
    tags: tuple[str, ...]
    classes: frozenset[str]


def _sign(phrase: str, tag: str, probability: float, needed: int, *things: str) -> _Sign:
    return _Sign(Scene(phrase, with_article(tag), (tag,), probability), frozenset(things), needed)


def _evidence(phrase: str, view: str, tags: tuple[str, ...], *classes: str) -> _Evidence:
    return _Evidence(phrase, view, tags, frozenset(classes))


_SIGNS = (
    _sign("in a bathroom", "bathroom", 0.95, 1, "toilet"),
    _sign("in a bathroom", "bathroom", 0.85, 2, "sink", "toothbrush", "hair dryer"),
    _sign("in a kitchen", "kitchen", 0.9, 2, "oven", "refrigerator", "microwave", "sink", "toaster"),
    _sign("on a tennis court", "tennis", 0.9, 2, "person", "tennis racket"),
    _sign("on a baseball field", "baseball", 0.9, 2, "baseball bat", "baseball glove", "person"),
    _sign("in the snow", "snow", 0.9, 1, "pair of skis", "snowboard"),
    _sign("by the sea", "sea", 0.9, 2, "person", "surfboard"),
    _sign("in a living room", "living room", 0.8, 2, "couch", "television"),
    _sign("on a street", "street", 0.85, 2, "traffic light", "car", "bus", "stop sign", "truck", "parking meter"),
    _sign("in a bedroom", "bedroom", 0.8, 1, "bed"),
    _sign("in a kitchen", "kitchen", 0.75, 1, "oven", "refrigerator"),
)
_TOGETHER = (
    _evidence(
        "in the mountains",
        "a mountain landscape",
        ("mountain", "landscape"),
        *("mountain", "valley", "volcano", "cliff"),
    ),
    _evidence(
        "by the water",
        "a view by the water",
        ("water",),
        *("seashore", "sandbar", "headland", "lake shore", "breakwater", "pier", "dock"),
    ),
    _evidence(
        "in a bathroom",
        "a bathroom",
        ("bathroom",),
        *("washbasin", "bathtub", "tub", "medicine chest", "toilet seat", "shower curtain", "soap dispenser"),
    ),
    _evidence(
        "in a kitchen",
        "a kitchen",
        ("kitchen",),
        *("refrigerator", "dishwasher", "microwave", "stove", "toaster"),
    ),
    _evidence(
        "in the snow",
        "a snowy scene",
        ("snow",),
        *("dog sled", "skis", "snowmobile", "snowplow", "bobsleigh", "ski mask"),
    ),
)


def scene_of(tags: tuple[Tag, ...], things: list[Thing]) -> Scene | None:
    """The setting, where the things, the most probable class or several classes together give it away."""
    names = {thing.label for thing in things}
    for sign in _SIGNS:
        if len(names & sign.things) >= sign.needed:
            return sign.scene
    return next(iter(_places(tags)), None) or _together(tags)


def _places(tags: tuple[Tag, ...]) -> list[Scene]:
    """The setting that is the most probable class of the whole picture, if it is one."""
    likely = (tag for tag in tags[:1] if is_setting(tag) and tag.confidence >= _SETTING_FROM)
    return [_place(tag) for tag in likely]


def _place(tag: Tag) -> Scene:
    place = IMAGENET[tag.index]
    tags = (tag.label, *place.kinds)
    return Scene(place.setting, f"a view of {with_article(tag.label)}", tags, tag.confidence)


def _together(tags: tuple[Tag, ...]) -> Scene | None:
    """The setting whose classes have the largest probability together, if that is large enough."""
    sums = [(sum(tag.confidence for tag in tags if tag.label in found.classes), found) for found in _TOGETHER]
    total, best = max(sums, key=lambda pair: pair[0])
    return Scene(best.phrase, best.view, best.tags, min(0.99, total)) if total >= _TOGETHER_FROM else None
