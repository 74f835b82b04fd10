"""The colour analysis of a picture: palette, names and families, and how warm, bright and vivid it is."""

from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aionserver.kit.color_names import METALS, nearest_names
from aionserver.kit.color_spaces import (
    Floats,
    ciede2000,
    hex_from_rgb,
    hsl_from_rgb,
    lab_from_rgb,
    rgb_from_hex,
    rgb_from_lab,
)
from aionserver.kit.palettes import Pixels, palette, sample

VERSION = "1.0"
FEWEST_COLORS, MOST_COLORS = 3, 16

Family = Literal["neutral", "earth_tone", "warm", "cool", "metallic", "pastel", "vibrant"]


@dataclass(frozen=True)
class FamilyOfColors:
    """What a family is, for people, with colours that are typical of it."""

    name: Family
    display_name: str
    description: str
    examples: tuple[str, ...]


FAMILIES = (
    FamilyOfColors(
        "neutral", "Neutral", "Whites, greys, blacks and beiges.", ("#FFFFFF", "#808080", "#000000", "#F5F5DC")
    ),
    FamilyOfColors(
        "earth_tone", "Earth tones", "Browns, tans and ochres.", ("#C4A87C", "#8B4513", "#D2691E", "#A0522D")
    ),
    FamilyOfColors("warm", "Warm", "Reds, oranges and yellows.", ("#FF6347", "#FFA500", "#FFD700", "#DC143C")),
    FamilyOfColors("cool", "Cool", "Blues, greens and purples.", ("#4169E1", "#008080", "#2E8B57", "#9370DB")),
    FamilyOfColors(
        "metallic", "Metallic", "Gold, copper, silver and brass.", ("#FFD700", "#B87333", "#C0C0C0", "#B5A642")
    ),
    FamilyOfColors(
        "pastel", "Pastel", "Light colours with much white in them.", ("#FFB6C1", "#ADD8E6", "#98FB98", "#FFDAB9")
    ),
    FamilyOfColors(
        "vibrant",
        "Vibrant",
        "Strong colours, as pure as a screen shows them.",
        ("#FF1493", "#00FF00", "#FF4500", "#8A2BE2"),
    ),
)


DARK_BELOW, BRIGHT_FROM = 35, 65
MUTED_BELOW, VIVID_FROM = 20, 50
WARM_ABOVE, COOL_BELOW = 0.1, -0.1
# What is left of colour in a picture without any is noise.
COLORLESS_UP_TO = 4
LookName = Literal[
    "dark", "bright", "vivid", "muted", "warm", "cool", "black and white", "darkest", "brightest", "most vivid"
]


@dataclass(frozen=True)
class Look:
    """How a whole picture looks: by which figure of its analytics, within which bounds, and which first."""

    figure: Literal["brightness", "saturation", "warmth"]
    least: float = -1.0
    most: float = 100.0
    largest_first: bool = False


LOOKS: dict[LookName, Look] = {
    "dark": Look("brightness", most=DARK_BELOW),
    "bright": Look("brightness", least=BRIGHT_FROM, largest_first=True),
    "muted": Look("saturation", most=MUTED_BELOW),
    "vivid": Look("saturation", least=VIVID_FROM, largest_first=True),
    "warm": Look("warmth", least=WARM_ABOVE, largest_first=True),
    "cool": Look("warmth", most=COOL_BELOW),
    "black and white": Look("saturation", most=COLORLESS_UP_TO),
    "darkest": Look("brightness"),
    "brightest": Look("brightness", largest_first=True),
    "most vivid": Look("saturation", largest_first=True),
}
# Some of any pictures are these.
EXTREMES: tuple[LookName, ...] = ("darkest", "brightest", "most vivid")


class RGB(TypedDict):
    r: int
    g: int
    b: int


class HSL(TypedDict):
    h: float
    s: float
    l: float  # noqa: E741 - the contract's name


class LAB(TypedDict):
    l: float  # noqa: E741 - the contract's name
    a: float
    b: float


class DominantColor(TypedDict):
    rank: int
    percentage: float
    hex: str
    name: str
    family: Family
    rgb: RGB
    hsl: HSL
    lab: LAB


class Temperature(TypedDict):
    """`score` runs from -1 (all cool) to 1 (all warm)."""

    value: Literal["cool", "neutral", "warm"]
    score: float


class Level(TypedDict):
    """`average` runs from 0 to 100."""

    average: float
    category: str


class Analytics(TypedDict):
    temperature: Temperature
    brightness: Level
    saturation: Level


class ColorAnalysis(TypedDict):
    version: str
    dominant_colors: list[DominantColor]
    analytics: Analytics


def analyse(pixels: Pixels, n_colors: int = MOST_COLORS, visible: NDArray[np.bool_] | None = None) -> ColorAnalysis:
    """The analysis of an (h, w, 3) sRGB picture; `n_colors` 3..16 is an upper bound of its palette.

    `visible` (h, w) says which pixels count, as in `palette`.
    """
    most = min(max(n_colors, FEWEST_COLORS), MOST_COLORS)
    swatches = palette(pixels, most, visible)
    colors = np.array([swatch.rgb for swatch in swatches], dtype=np.uint8)
    names = nearest_names(lab_from_rgb(colors))
    shares = [swatch.share for swatch in swatches]
    rows = zip(colors, shares, names, strict=True)
    dominant = [_dominant(rank, *row) for rank, row in enumerate(rows, start=1)]
    return {"version": VERSION, "dominant_colors": dominant, "analytics": _analytics(sample(pixels, visible))}


def _dominant(rank: int, rgb: NDArray[np.uint8], share: float, name: str) -> DominantColor:
    lab = lab_from_rgb(rgb)
    red, green, blue = (int(level) for level in rgb)
    hue, saturation, lightness = (round(float(part), 1) for part in hsl_from_rgb(rgb))
    light, a, b = (round(float(part), 2) for part in lab)
    return {
        "rank": rank,
        "percentage": round(share * 100, 2),
        "hex": hex_from_rgb(rgb),
        "name": name,
        "family": family(lab),
        "rgb": {"r": red, "g": green, "b": blue},
        "hsl": {"h": hue, "s": saturation, "l": lightness},
        "lab": {"l": light, "a": a, "b": b},
    }


METAL_LAB = lab_from_rgb([rgb_from_hex(entry.split()[-1]) for entry in METALS.split(";")])
# A metal is known by its exact shade; a wider net would catch every grey and every yellow.
METAL_DELTA_E = 2.5
# A pastel is light because white is mixed in; pure cyan is as light and has none.
PASTEL_LEAST_CHANNEL = 120


def family(lab: ArrayLike) -> Family:
    """The family of one Lab colour; the first rule that holds decides."""
    light, a, b = (float(part) for part in np.asarray(lab))
    chroma, hue = float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)) % 360)
    if float(ciede2000(METAL_LAB, lab).min()) <= METAL_DELTA_E:
        return "metallic"
    if chroma < 9 or (chroma < 14 and (light > 90 or light < 15)):
        return "neutral"
    if light >= 79 and int(rgb_from_lab(lab).min()) >= PASTEL_LEAST_CHANNEL:
        return "pastel"
    if _is_earthy(light, chroma, hue):
        return "earth_tone"
    # Yellow and orange have a high chroma even where they are calm.
    if chroma > (97 if 60 <= hue <= 105 else 82):
        return "vibrant"
    return "warm" if hue <= 110 or hue >= 330 else "cool"


def _is_earthy(light: float, chroma: float, hue: float) -> bool:
    if light > 58:
        return 35 <= hue <= 105 and chroma < (60 if light < 74 else 45 if light < 79 else 0)
    return chroma < (75 if hue <= 105 else 45) and 35 <= hue < 118


def _analytics(picked: Pixels) -> Analytics:
    lab = lab_from_rgb(picked)
    spread = (picked.max(axis=1).astype(np.float64) - picked.min(axis=1)).mean() / 2.55
    return {
        "temperature": _temperature(lab),
        "brightness": _level(float(lab[:, 0].mean()), DARK_BELOW, BRIGHT_FROM, ("dark", "medium", "bright")),
        "saturation": _level(float(spread), MUTED_BELOW, VIVID_FROM, ("muted", "moderate", "vivid")),
    }


def _temperature(lab: Floats) -> Temperature:
    # Orange (60 degrees) is the warm end of Lab's hue circle, azure the cool one; 40 is a rich chroma.
    warmth = float((lab[:, 1] * 0.5 + lab[:, 2] * np.sqrt(0.75)).mean()) / 40
    score = round(min(max(warmth, -1.0), 1.0), 3)
    return {"value": "warm" if score > WARM_ABOVE else "cool" if score < COOL_BELOW else "neutral", "score": score}


def _level(average: float, low: float, high: float, names: tuple[str, str, str]) -> Level:
    category = names[0] if average < low else names[1] if average < high else names[2]
    return {"average": round(average, 1), "category": category}
