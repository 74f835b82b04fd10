"""Tags of a picture: names of what is in it, its setting, then the kinds of both."""

from itertools import zip_longest

from aionserver.models.captioning.contract import MAX_TAG_CHARACTERS, PictureFacts
from aionserver.models.captioning.evidence import STATED_FROM
from aionserver.models.captioning.scenes import Scene
from aionserver.models.captioning.things import Thing

_MOST_TAGS = 12
_MOST_NAMES = 7
# Kinds that nobody would look for.
_NOT_USEFUL = frozenset({"household item", "structure", "machine", "equipment", "material", "street furniture"})


def tags_of(facts: PictureFacts, things: list[Thing], scene: Scene | None, page: str | None) -> tuple[str, ...]:
    """Lower-case tags without repeats: names, the setting, nearer and farther kinds, and kinds of text.

    A tag of class number -1 comes from outside the vocabulary and is taken as it is.
    """
    text = [page, "document"] if page else []
    words = ["text"] if facts.text.rows else []
    foreign = [tag.label for tag in facts.tags if tag.index < 0 and tag.confidence >= STATED_FROM]
    names = [thing.name for thing in things][:_MOST_NAMES]
    labels = [thing.label for thing in things if thing.boxes]
    place = scene.tags if scene is not None else ()
    tags = _useful([*text, *names, *place[:1], *labels, *_kinds(things), *place[1:], *foreign])
    return (*tags[: _MOST_TAGS - len(words)], *words)


def _kinds(things: list[Thing]) -> list[str]:
    """The nearest kind of every thing, then the next ones."""
    levels = zip_longest(*(thing.kinds for thing in things))
    return [kind for level in levels for kind in level if kind]


def _useful(tags: list[str]) -> list[str]:
    useful = (tag.lower() for tag in tags if tag and tag not in _NOT_USEFUL and len(tag) <= MAX_TAG_CHARACTERS)
    return list(dict.fromkeys(useful))
