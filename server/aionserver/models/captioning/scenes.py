"""Where a picture was taken, told by what stands in it."""

from dataclasses import dataclass

from aionserver.models.captioning.things import Thing
from aionserver.models.labels import IMAGENET
from aionserver.models.tagging import Tag

_SETTING_FROM = 0.4


@dataclass(frozen=True, slots=True)
class Scene:
    """A setting phrase such as "in a kitchen", the tag for it, and how probable it is."""

    phrase: str
    tag: str
    probability: float


@dataclass(frozen=True, slots=True)
class _Sign:
    """The scene that is sure once at least `needed` of `things` are seen."""

    scene: Scene
    things: frozenset[str]
    needed: int


def _sign(phrase: str, tag: str, probability: float, needed: int, *things: str) -> _Sign:
    return _Sign(Scene(phrase, tag, probability), frozenset(things), needed)


_SIGNS = (
    _sign("in a bathroom", "bathroom", 0.95, 1, "toilet"),
    _sign("in a bathroom", "bathroom", 0.85, 2, "sink", "toothbrush", "hair dryer"),
    _sign("in a kitchen", "kitchen", 0.9, 2, "oven", "refrigerator", "microwave", "sink", "toaster"),
    _sign("on a tennis court", "tennis", 0.9, 2, "person", "tennis racket"),
    _sign("on a baseball field", "baseball", 0.9, 2, "baseball bat", "baseball glove", "person"),
    _sign("in the snow", "snow", 0.9, 1, "pair of skis", "snowboard"),
    _sign("in a living room", "living room", 0.8, 2, "couch", "television"),
    _sign("on a street", "street", 0.85, 2, "traffic light", "car", "bus", "stop sign", "truck", "parking meter"),
    _sign("in a bedroom", "bedroom", 0.8, 1, "bed"),
    _sign("in a kitchen", "kitchen", 0.75, 1, "oven", "refrigerator"),
)


def scene_of(tags: tuple[Tag, ...], things: list[Thing]) -> Scene | None:
    """The setting, where the things or the most probable class give it away."""
    names = {thing.label for thing in things}
    for sign in _SIGNS:
        if len(names & sign.things) >= sign.needed:
            return sign.scene
    return next(iter(_places(tags)), None)


def _places(tags: tuple[Tag, ...]) -> list[Scene]:
    """The setting that is the most probable class of the whole picture, if it is one."""
    return [
        Scene(IMAGENET[tag.index].setting, tag.label, tag.confidence)
        for tag in tags[:1]
        if 0 <= tag.index < len(IMAGENET) and IMAGENET[tag.index].setting and tag.confidence >= _SETTING_FROM
    ]
