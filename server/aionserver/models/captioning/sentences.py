"""The sentence that says what a picture is of: its main thing, what that does, where, and with what."""

from collections.abc import Iterable

from aionserver.models.captioning.contract import PictureFacts, Statement
from aionserver.models.captioning.light import background, placed
from aionserver.models.captioning.relations import WITH, Relation, relation
from aionserver.models.captioning.scenes import Scene
from aionserver.models.captioning.things import Thing
from aionserver.models.captioning.told import Told, joined, listed_told

_MAX_DOINGS = 2
_MAX_COMPANIONS = 2
_MAX_WITH = 5
_SLIGHT_AREA, _SLIGHT_BELOW = 0.015, 0.6


def subject_sentence(facts: PictureFacts, things: list[Thing], scene: Scene | None) -> Told:
    """ "two people, one of them riding a skateboard, on a street with a dog and three cars"."""
    main, *others = _contents_first([thing for thing in things if not _is_slight(thing)] or things[:1])
    related = [found for other in others if (found := relation(main, other))]
    companions = [] if related else _companions(main, others)
    doings = _distinct(found for found in related if found.verb != WITH)
    place = scene.told if scene is not None else background(facts, things)
    start = listed_told([_opening(main), *(other.told for other in companions)])
    clause = joined([start, *(found.told for found in doings), place])
    said = [main, *companions, *(found.other for found in doings)]
    carried = [found for found in related if found.verb == WITH]
    return joined([clause, _accompaniment([other for other in others if other not in said], carried, clause.text)])


def placed_sentence(first: Told, things: list[Thing]) -> Told:
    """The sentence with the place of its thing in the picture, where it says nothing but its name."""
    bare = things and first.text == things[0].phrase
    return (placed(things[0], first) if bare else None) or first


def is_stated(thing: Thing, states: Iterable[Statement]) -> bool:
    """True where the thing is among what is stated."""
    return any(said.kind == "thing" and said.about == thing.name for said in states)


def _is_slight(thing: Thing) -> bool:
    """True for what is tiny and less sure: worth a tag, not a place in the sentence."""
    box = thing.largest
    return box is not None and box.area < _SLIGHT_AREA and thing.boxes[0].confidence < _SLIGHT_BELOW


def _opening(main: Thing) -> Told:
    states = (Statement("thing", main.name), main.counted)
    if main.is_close_up:
        return Told(f"a close-up of {main.phrase}", states)
    return Told(f"{main.phrase} in the distance" if main.is_far else main.phrase, states)


def _accompaniment(unsaid: list[Thing], carried: list[Relation], clause: str) -> Told | None:
    """ "with a bowl, a cup and two spoons": what belongs to the main thing, then all else that was not named."""
    theirs = {found.other.name for found in carried}
    rest = [other.told for other in unsaid if other.name not in theirs and other.name not in clause]
    together = [*(found.told for found in carried), *rest][:_MAX_WITH]
    return listed_told(together, "with ") if together else None


def _contents_first(things: list[Thing]) -> list[Thing]:
    """The things, led by what lies in or on the first of them where that only holds or carries it."""
    first = things[0]
    if not any(first.is_a(kind) for kind in ("tableware", "container", "furniture")):
        return things
    held = (thing for thing in things[1:] if _is_held(thing, first))
    lead = next(held, first)
    return [lead, *(thing for thing in things if thing is not lead)]


def _is_held(thing: Thing, holder: Thing) -> bool:
    """True for what lies in or on another thing and is worth more words than that: no fork on a table."""
    found = None if any(thing.is_a(kind) for kind in ("tableware", "container")) else relation(thing, holder)
    return found is not None and found.verb in ("in", "on")


def _companions(main: Thing, others: list[Thing]) -> list[Thing]:
    """Things that are about as important as the main one, which is more than what others stand on."""
    if main.is_a("furniture"):
        return []
    return [other for other in others if other.weight > 0.5 * main.weight][:_MAX_COMPANIONS]


def _distinct(doings: Iterable[Relation]) -> list[Relation]:
    """At most two, one for each verb."""
    by_verb: dict[str, Relation] = {}
    for doing in doings:
        by_verb.setdefault(doing.verb, doing)
    return list(by_verb.values())[:_MAX_DOINGS]
