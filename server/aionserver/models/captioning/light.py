"""Colours and brightness of a picture, and how its main thing stands in it, told."""

import re
from collections.abc import Iterator

from aionserver.kit.words import listed, with_article
from aionserver.models.captioning.colour_words import everyday_colours
from aionserver.models.captioning.contract import PictureFacts
from aionserver.models.captioning.things import Thing
from aionserver.models.objects import DetectedObject

_CHARACTERISTIC_SHARE = 28.0
_NAMED_SHARE = 15.0
_SURROUNDING_SHARE = 45.0
_MOST_SHARE = 55.0
_DOMINANT_SHARE = 45.0
_NEUTRAL_SHARE = 97.0
_SURROUNDED_AREA = 0.35
_MUDDY = frozenset({"gray", "black", "brown", "beige"})
_NEUTRAL = frozenset({"gray", "black", "white"})
_DARK_BELOW, _BRIGHT_FROM = 25.0, 80.0
_TOLD = re.compile(r"background|mostly|dominate|main tone")
_LEFT_BELOW = 0.38
_FILLING_AREA, _SMALL_AREA = 0.5, 0.05
NOTHING_ELSE = "nothing else in the picture can be named with confidence"


def colour_sentence(facts: PictureFacts) -> str | None:
    """Which colours stand out, where they fill a good part of the picture and say something about it."""
    names = _characteristic_colours(facts)
    return _dominance(names, facts) if names else None


def background(facts: PictureFacts, things: list[Thing]) -> str | None:
    """ "against a mostly blue background" where one colour surrounds the only thing."""
    shades = everyday_colours(facts.colours)
    box = things[0].largest if len(things) == 1 and things[0].is_one else None
    if box is None or box.area > _SURROUNDED_AREA or not shades:
        return None
    name, share = shades[0]
    if share < _SURROUNDING_SHARE or _is_muddy(name):
        return None
    return f"against {with_article(f'mostly {name} background')}"


def closing_sentences(facts: PictureFacts, things: list[Thing], said: str) -> Iterator[str]:
    """Sentences that round off a short description, the most telling first; the last one always holds."""
    if not _TOLD.search(said) and (colours := _any_colours(facts)):
        yield colours
    if things and "of the frame" not in said and (place := _placing(things[0])):
        yield place
    if light := brightness_word(facts):
        yield f"the picture is {light}"
    yield "nothing in it can be named with confidence" if "possibly" in said else NOTHING_ELSE


def _characteristic_colours(facts: PictureFacts) -> list[str]:
    """One or two names of the largest colours, if the first fills much of the picture and not all are muddy."""
    named = [(name, share) for name, share in everyday_colours(facts.colours) if share >= _NAMED_SHARE]
    if not named or named[0][1] < _CHARACTERISTIC_SHARE:
        return []
    names = [name for name, _ in named[:2]]
    return [] if all(_is_muddy(name) for name in names) else names


def _any_colours(facts: PictureFacts) -> str | None:
    """The main colours, muddy ones too."""
    shades = everyday_colours(facts.colours)
    if shades and sum(share for name, share in shades if name.split()[-1] in _NEUTRAL) >= _NEUTRAL_SHARE:
        return "shades of gray dominate the scene"
    names = [name for name, share in shades if share >= _NAMED_SHARE][:3]
    return _dominance(names, facts) if names else None


def _dominance(names: list[str], facts: PictureFacts) -> str:
    shares = dict(everyday_colours(facts.colours))
    if len(names) == 1:
        return f"the scene is mostly {names[0]}" if shares[names[0]] >= _MOST_SHARE else f"{names[0]} is the main tone"
    if shares[names[0]] + shares[names[1]] >= _DOMINANT_SHARE:
        return f"{names[0]} and {names[1]} dominate the scene"
    return f"the main tones are {listed(names)}"


def _is_muddy(name: str) -> bool:
    return name.split()[-1] in _MUDDY


def plain_look(facts: PictureFacts) -> str:
    """The picture by its brightness and colours alone, for one that shows nothing certain."""
    names = [name for name, share in everyday_colours(facts.colours) if share >= _NAMED_SHARE][:3]
    light = brightness_word(facts)
    picture = with_article(f"{light} picture" if light else "picture")
    return f"{picture} mostly in {listed(names)}" if names else picture


def brightness_word(facts: PictureFacts) -> str | None:
    """ "dark" or "bright" where the picture clearly is one of them."""
    if facts.brightness is None:
        return None
    if facts.brightness < _DARK_BELOW:
        return "dark"
    return "bright" if facts.brightness >= _BRIGHT_FROM else None


def placed(thing: Thing, opening: str) -> str | None:
    """ "an otter on the right of the frame": a short sentence's only thing with its place."""
    box = thing.largest
    if box is None or thing.is_close_up or thing.is_far:
        return None
    fills = box.area >= _FILLING_AREA
    if not thing.is_one:
        return f"{opening}, the most prominent {'filling most' if fills else across(box)} of the frame"
    return f"{opening} {'filling most' if fills else across(box)} of the frame"


def _placing(thing: Thing) -> str | None:
    """Where a thing stands in the frame, and whether it is large or small there."""
    box = thing.largest
    if box is None or thing.is_close_up or thing.is_far:
        return None
    if not thing.is_one:
        return f"the most prominent {'fills most' if box.area >= _FILLING_AREA else f'is {across(box)}'} of the frame"
    if box.area >= _FILLING_AREA:
        return f"the {thing.name} fills most of the frame"
    if box.area < _SMALL_AREA:
        return f"the {thing.name} is small and {across(box)} of the frame"
    return f"the {thing.name} is {across(box)} of the frame"


def across(box: DetectedObject) -> str:
    """Where a box lies from left to right."""
    middle = (box.x1 + box.x2) / 2
    if middle < _LEFT_BELOW:
        return "on the left"
    return "on the right" if middle > 1 - _LEFT_BELOW else "in the middle"
