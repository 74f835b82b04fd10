"""Colours and brightness of a picture, and how its main thing stands in it, told."""

from collections.abc import Iterator
from dataclasses import replace

from aionserver.kit.words import listed, with_article
from aionserver.models.captioning.colour_words import everyday_colours
from aionserver.models.captioning.contract import PictureFacts, Statement
from aionserver.models.captioning.things import Thing
from aionserver.models.captioning.told import Told
from aionserver.models.objects import DetectedObject

_CHARACTERISTIC_SHARE = 28.0
_NAMED_SHARE = 15.0
_SURROUNDING_SHARE = 45.0
_MOST_SHARE = 55.0
_NEUTRAL_SHARE = 97.0
_SURROUNDED_AREA = 0.35
_MUDDY = frozenset({"gray", "black", "brown", "beige"})
_NEUTRAL = frozenset({"gray", "black", "white"})
_DARK_BELOW, _BRIGHT_FROM = 25.0, 80.0
_LEFT_BELOW = 0.38
_FILLING_AREA = 0.5
NOTHING_ELSE = Told("nothing else could be made out for certain")
NOTHING = Told("nothing in it could be made out for certain")


def colour_sentence(facts: PictureFacts) -> Told | None:
    """Which colours stand out, where they fill a good part of the picture and say something about it."""
    names = _characteristic_colours(facts)
    return _mostly(names, facts) if names else None


def background(facts: PictureFacts, things: list[Thing]) -> Told | None:
    """ "against a blue background" where one colour surrounds the only thing."""
    shades = everyday_colours(facts.colours)
    box = things[0].largest if len(things) == 1 and things[0].is_one else None
    if box is None or box.area > _SURROUNDED_AREA or not shades:
        return None
    name, share = shades[0]
    if share < _SURROUNDING_SHARE or _is_muddy(name):
        return None
    return Told(f"against {with_article(f'{name} background')}", (Statement("colour", name),))


def closing_sentences(facts: PictureFacts, things: list[Thing], said: tuple[Statement, ...]) -> Iterator[Told]:
    """Sentences that round off a short description, the most telling first; the last one always holds."""
    kinds = {statement.kind for statement in said}
    if "colour" not in kinds and (colours := _any_colours(facts)):
        yield in_full(colours)
    if things and "place" not in kinds and (place := _place(things[0])):
        yield place
    if light := brightness_word(facts):
        yield Told(f"the picture is {light}", (Statement("light", light),))
    yield NOTHING if "guess" in kinds else NOTHING_ELSE


def _characteristic_colours(facts: PictureFacts) -> list[str]:
    """One or two names of the largest colours, if the first fills much of the picture and not all are muddy."""
    named = [(name, share) for name, share in everyday_colours(facts.colours) if share >= _NAMED_SHARE]
    if not named or named[0][1] < _CHARACTERISTIC_SHARE:
        return []
    names = [name for name, _ in named[:2]]
    return [] if all(_is_muddy(name) for name in names) else names


def in_full(told: Told) -> Told:
    """The sentence in more words."""
    return replace(told, text=told.text.replace("the main colours are", "the main colours of the picture are"))


def _any_colours(facts: PictureFacts) -> Told | None:
    """The main colours, muddy ones too."""
    shades = everyday_colours(facts.colours)
    if shades and sum(share for name, share in shades if name.split()[-1] in _NEUTRAL) >= _NEUTRAL_SHARE:
        return Told("the picture is in shades of gray", (Statement("colour", "gray"),))
    names = [name for name, share in shades if share >= _NAMED_SHARE][:2]
    return _mostly(names, facts) if names else None


def _mostly(names: list[str], facts: PictureFacts) -> Told:
    states = tuple(Statement("colour", name) for name in names)
    if len(names) == 1:
        is_most = dict(everyday_colours(facts.colours))[names[0]] >= _MOST_SHARE
        return Told(f"the picture is mostly {names[0]}" if is_most else f"the main colour is {names[0]}", states)
    return Told(f"the main colours are {listed(names)}", states)


def _is_muddy(name: str) -> bool:
    return name.split()[-1] in _MUDDY


def plain_look(facts: PictureFacts) -> Told:
    """The picture by its brightness and colours alone, for one that shows nothing certain."""
    names = [name for name, share in everyday_colours(facts.colours) if share >= _NAMED_SHARE][:3]
    light = brightness_word(facts)
    picture = with_article(f"{light} picture" if light else "picture")
    states = [Statement("light", light)] if light else []
    states += [Statement("colour", name) for name in names]
    return Told(f"{picture} in {listed(names)}" if names else picture, tuple(states))


def brightness_word(facts: PictureFacts) -> str | None:
    """ "dark" or "bright" where the picture clearly is one of them."""
    if facts.brightness is None:
        return None
    if facts.brightness < _DARK_BELOW:
        return "dark"
    return "bright" if facts.brightness >= _BRIGHT_FROM else None


def placed(thing: Thing, opening: Told) -> Told | None:
    """ "an otter on the right of the picture": a short sentence's only thing with its place."""
    box = thing.largest
    if box is None or thing.is_close_up or thing.is_far or not thing.is_one:
        return None
    if box.area >= _FILLING_AREA:
        return Told(f"{opening.text} that fills most of the picture", opening.states)
    return Told(f"{opening.text} {across(box)} of the picture", (*opening.states, _place_statement(thing, box)))


def _place(thing: Thing) -> Told | None:
    """Where a thing stands."""
    box = thing.largest
    if box is None or thing.is_close_up or thing.is_far or not thing.is_one or box.area >= _FILLING_AREA:
        return None
    return Told(f"the {thing.name} is {across(box)}", (_place_statement(thing, box),))


def _place_statement(thing: Thing, box: DetectedObject) -> Statement:
    return Statement("place", thing.label, across(box).split()[-1])


def across(box: DetectedObject) -> str:
    """Where a box lies from left to right."""
    middle = (box.x1 + box.x2) / 2
    if middle < _LEFT_BELOW:
        return "on the left"
    return "on the right" if middle > 1 - _LEFT_BELOW else "in the middle"
