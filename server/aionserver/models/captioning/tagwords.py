"""Tags of a picture: names of what is in it, then their kinds."""

from aionserver.models.captioning.contract import MAX_TAG_CHARACTERS, MAX_TAGS, PictureFacts
from aionserver.models.captioning.scenes import Scene
from aionserver.models.captioning.things import STATED_FROM, Thing

# Kinds that nobody would look for.
_NOT_USEFUL = frozenset({"household item", "structure", "machine", "equipment", "material", "street furniture"})


def tags_of(facts: PictureFacts, things: list[Thing], scene: Scene | None, page: str | None) -> tuple[str, ...]:
    """Lower-case tags without repeats: names, then nearer and farther kinds, the setting, and kinds of text.

    A tag of class number -1 comes from outside the vocabulary and is taken as it is.
    """
    names = [thing.name for thing in things]
    labels = [thing.label for thing in things if thing.boxes]
    depth = max((len(thing.kinds) for thing in things), default=0)
    kinds = [thing.kinds[level] for level in range(depth) for thing in things if level < len(thing.kinds)]
    place = [scene.tag] if scene is not None else []
    text = [page, "document"] if page else []
    foreign = [tag.label for tag in facts.tags if tag.index < 0 and tag.confidence >= STATED_FROM]
    words = ["text"] if facts.text.rows else []
    tags = [*text, *names, *labels, *place, *kinds, *foreign, *words]
    useful = (tag.lower() for tag in tags if tag and tag not in _NOT_USEFUL and len(tag) <= MAX_TAG_CHARACTERS)
    return tuple(dict.fromkeys(useful))[:MAX_TAGS]
