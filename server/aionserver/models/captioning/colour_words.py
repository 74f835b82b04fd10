"""Shades of a colour chart told in the dozen words that people use."""

from collections import defaultdict
from collections.abc import Iterable

_SHADES = {
    "white": "white snow ivory linen seashell lace eggshell cornsilk honeydew gainsboro",
    "black": "black",
    "gray": "gray grey silver slate charcoal stone gunmetal steel",
    "beige": "beige taupe tan sand khaki cream wheat putty ecru camel fawn burlywood bisque moccasin almond "
    "sandstone chiffon papaya buff",
    "brown": "brown chocolate sienna chestnut mocha coffee copper umber mahogany bronze russet caramel leather "
    "auburn cinnamon rust sepia peru clay terracotta",
    "red": "red crimson maroon firebrick brick burgundy scarlet ruby carmine wine claret merlot cherry tomato "
    "vermilion bordeaux rouge cranberry strawberry",
    "orange": "orange coral peach salmon tangerine pumpkin apricot amber melon",
    "yellow": "yellow gold goldenrod mustard ochre lemon maize marigold saffron dandelion sunflower",
    "green": "green lime olive drab sage moss mint jade emerald pine chartreuse evergreen grass avocado asparagus "
    "pistachio viridian seafoam",
    "turquoise": "turquoise teal aqua aquamarine cyan petrol topaz",
    "blue": "blue navy azure sky denim cobalt cerulean sapphire ocean periwinkle blueberry ice",
    "purple": "purple violet indigo lilac lavender plum mauve orchid amethyst eggplant aubergine grape wisteria "
    "thistle mulberry heather",
    "pink": "pink magenta fuchsia rose raspberry cerise blush watermelon berry",
}
_BASIC = {shade: basic for basic, shades in _SHADES.items() for shade in shades.split()}
_LIGHT = frozenset({"light", "pale", "pastel", "baby", "powder"})
_DARK = frozenset({"dark", "deep", "midnight", "navy"})
_WITHOUT_DEPTH = frozenset({"black", "white", "beige", "pink"})


def everyday_colours(shades: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """The shades summed under everyday names ("light steel blue" is "light blue"), largest first."""
    shares: dict[str, float] = defaultdict(float)
    names: dict[str, str] = {}
    for shade, share in shades:
        words = shade.lower().replace("-", " ").split()
        basic = next((_BASIC[word] for word in reversed(words) if word in _BASIC), shade.lower())
        shares[basic] += share
        names.setdefault(basic, _with_depth(words, basic))
    return tuple((names[basic], share) for basic, share in sorted(shares.items(), key=lambda pair: -pair[1]))


def _with_depth(words: list[str], basic: str) -> str:
    if basic in _WITHOUT_DEPTH or not words:
        return basic
    if words[0] in _DARK:
        return f"dark {basic}"
    return f"light {basic}" if words[0] in _LIGHT else basic
