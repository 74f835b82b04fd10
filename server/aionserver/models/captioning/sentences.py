"""The sentence that says what a picture is of: its main thing, what that does, where, and with what."""

from aionserver.kit.words import listed
from aionserver.models.captioning.contract import PictureFacts
from aionserver.models.captioning.light import background, placed
from aionserver.models.captioning.relations import relation
from aionserver.models.captioning.scenes import Scene
from aionserver.models.captioning.things import Thing

_MAX_DOINGS = 2
_MAX_COMPANIONS = 2
_MAX_WITH = 5
_SLIGHT_AREA, _SLIGHT_BELOW = 0.015, 0.6
# What a phrase says without its thing's name.
_IMPLIED = {"dining table": "at a table", "pair of skis": "on skis"}


def subject_sentence(facts: PictureFacts, things: list[Thing], scene: Scene | None) -> str:
    """ "two people, one of them riding a skateboard, on a street with a dog and three cars"."""
    main, *others = _contents_first([thing for thing in things if not _is_slight(thing)] or things[:1])
    said = [(other, phrase) for other in others if (phrase := relation(main, other))]
    doings = _distinct([phrase for _, phrase in said if not phrase.startswith("with ")])
    start = _opening(main)
    if not said:
        start = listed([start, *(other.phrase for other in _companions(main, others))])
    place = scene.phrase if scene is not None else background(facts, things)
    clause = _joined([start, *doings, place])
    return _joined([clause, _accompaniment(others, [phrase for _, phrase in said], clause)])


def placed_sentence(first: str, things: list[Thing]) -> str:
    """The sentence with the place of its thing in the frame, where it says nothing but its name."""
    bare = things and first == things[0].phrase
    return (placed(things[0], first) if bare else None) or first


def is_mentioned(thing: Thing, sentence: str) -> bool:
    """True where a sentence names the thing or implies it."""
    implied = _IMPLIED.get(thing.label)
    return thing.phrase in sentence or thing.name in sentence or bool(implied and implied in sentence)


def _is_slight(thing: Thing) -> bool:
    """True for what is tiny and less sure: worth a tag, not a place in the sentence."""
    box = thing.largest
    return box is not None and box.area < _SLIGHT_AREA and thing.boxes[0].confidence < _SLIGHT_BELOW


def _opening(main: Thing) -> str:
    if main.is_close_up:
        return f"a close-up of {main.phrase}"
    return f"{main.phrase} in the distance" if main.is_far else main.phrase


def _accompaniment(others: list[Thing], phrases: list[str], clause: str) -> str | None:
    """ "with a bowl, a cup and two spoons": what belongs to the main thing, then all else that was not named."""
    carried = [phrase.removeprefix("with ") for phrase in phrases if phrase.startswith("with ")]
    unsaid = [other for other in others if not is_mentioned(other, clause)]
    rest = [other.phrase for other in unsaid if not any(other.name in phrase for phrase in carried)]
    together = [*carried, *rest][:_MAX_WITH]
    return f"with {listed(together)}" if together else None


def _contents_first(things: list[Thing]) -> list[Thing]:
    """The things, led by what lies in or on the first of them where that only holds or carries it."""
    first = things[0]
    if not any(first.is_a(kind) for kind in ("tableware", "container", "furniture")):
        return things
    held = (thing for thing in things[1:] if (relation(thing, first) or "").startswith(("in ", "on ")))
    lead = next(held, first)
    return [lead, *(thing for thing in things if thing is not lead)]


def _companions(main: Thing, others: list[Thing]) -> list[Thing]:
    """Things that are about as important as the main one."""
    return [other for other in others if other.weight > 0.5 * main.weight][:_MAX_COMPANIONS]


def _distinct(phrases: list[str]) -> list[str]:
    """At most two phrases, one for each preposition."""
    by_opening = {phrase.split()[0]: phrase for phrase in reversed(phrases)}
    return [phrase for phrase in phrases if phrase in by_opening.values()][:_MAX_DOINGS]


def _joined(parts: list[str | None]) -> str:
    """The parts in a row; one that opens with a comma stands close to the one before."""
    return " ".join(part for part in parts if part).replace(" ,", ",").rstrip(",")
