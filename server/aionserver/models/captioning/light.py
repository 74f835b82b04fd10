"""Colours, brightness and format of a picture, told."""

from aionserver.kit.words import listed, with_article
from aionserver.models.captioning.colour_words import everyday_colours
from aionserver.models.captioning.contract import PictureFacts
from aionserver.models.captioning.things import Thing
from aionserver.models.objects import DetectedObject

_CHARACTERISTIC_SHARE = 28.0
_NAMED_SHARE = 12.0
_SURROUNDING_SHARE = 45.0
_SURROUNDED_AREA = 0.35
_MUDDY = frozenset({"gray", "black", "brown", "beige"})
_DARK_BELOW, _BRIGHT_FROM = 25.0, 80.0
_LEFT_BELOW = 0.38
_FILLING_AREA, _SMALL_AREA = 0.5, 0.05


def colour_sentence(facts: PictureFacts) -> str | None:
    """Which colours stand out, where they fill a good part of the picture and say something about it."""
    names = characteristic_colours(facts)
    return f"the picture is mostly {listed(names)}" if names else None


def background(facts: PictureFacts, things: list[Thing]) -> str | None:
    """ "against a mostly blue background" where one colour surrounds the only thing."""
    shades = everyday_colours(facts.colours)
    box = things[0].largest if len(things) == 1 else None
    if box is None or things[0].count > 1 or box.area > _SURROUNDED_AREA or not shades:
        return None
    name, share = shades[0]
    if share < _SURROUNDING_SHARE or _is_muddy(name):
        return None
    return f"against {with_article(f'mostly {name} background')}"


def characteristic_colours(facts: PictureFacts) -> list[str]:
    """One or two names of the largest colours, if the first fills much of the picture and not all are muddy."""
    named = [(name, share) for name, share in everyday_colours(facts.colours) if share >= _NAMED_SHARE]
    if not named or named[0][1] < _CHARACTERISTIC_SHARE:
        return []
    names = [name for name, _ in named[:2]]
    return [] if all(_is_muddy(name) for name in names) else names


def _is_muddy(name: str) -> bool:
    return name.split()[-1] in _MUDDY


def plain_look(facts: PictureFacts) -> str:
    """The picture by its format, brightness and colours alone, for one that shows nothing certain."""
    names = [name for name, share in everyday_colours(facts.colours) if share >= _NAMED_SHARE][:3]
    shades = f" mostly in {listed(names)}" if names else ""
    light = brightness_word(facts)
    shape = {"square": "square", "portrait": "portrait-format", "landscape": "landscape-format"}[facts.orientation]
    return f"a {f'{light}, ' if light else ''}{shape} picture{shades}"


def brightness_word(facts: PictureFacts) -> str | None:
    """ "dark" or "bright" where the picture clearly is one of them."""
    if facts.brightness is None:
        return None
    if facts.brightness < _DARK_BELOW:
        return "dark"
    return "bright" if facts.brightness >= _BRIGHT_FROM else None


def composition(facts: PictureFacts, things: list[Thing]) -> str:
    """How the picture is laid out: its format, and how its main thing stands in it."""
    look = plain_look(facts)
    box = things[0].largest if things else None
    if box is None:
        return f"it is {look} of {facts.width} by {facts.height} pixels"
    if things[0].count > 1:
        return f"it is {look}, with the largest of them {across(box)}"
    if box.area >= _FILLING_AREA:
        return f"it is {look} that the subject nearly fills"
    return f"it is {look}, with the subject {'small and ' if box.area < _SMALL_AREA else ''}{across(box)}"


def across(box: DetectedObject) -> str:
    """Where a box lies from left to right."""
    middle = (box.x1 + box.x2) / 2
    if middle < _LEFT_BELOW:
        return "on the left"
    return "on the right" if middle > 1 - _LEFT_BELOW else "in the middle"
