"""sRGB, HSL and CIE Lab (D65, 2 degrees), and the exact CIEDE2000 difference; arrays in, arrays out."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# IEC 61966-2-1: linear sRGB to XYZ under D65.
RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
XYZ_TO_RGB = np.linalg.inv(RGB_TO_XYZ)
WHITE: Floats = RGB_TO_XYZ.sum(axis=1)
EPSILON, KAPPA = 216 / 24389, 24389 / 27
POW25_7 = 25.0**7


def _linear_of(encoded: Floats) -> Floats:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


# A picture has 256 levels a channel, so the power function is needed 256 times and no more.
LINEAR_LEVELS = _linear_of(np.arange(256) / 255.0)


# What each level of each channel adds to X, Y and Z, relative to white: (3, 3, 256).
_SHARES_OF_XYZ = (RGB_TO_XYZ / WHITE[:, None])[:, :, None] * LINEAR_LEVELS


def lab_from_rgb(rgb: ArrayLike) -> Floats:
    """Lab of 8-bit sRGB colours (..., 3): L 0..100, a and b about -128..127."""
    channels = np.moveaxis(np.asarray(rgb, dtype=np.uint8), -1, 0)
    x, y, z = (
        _bent(*(share[level] for share, level in zip(shares, channels, strict=True))) for shares in _SHARES_OF_XYZ
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _bent(red: Floats, green: Floats, blue: Floats) -> Floats:
    relative = red + green + blue
    return np.where(relative > EPSILON, np.cbrt(relative), (KAPPA * relative + 16) / 116)


def rgb_from_lab(lab: ArrayLike) -> NDArray[np.uint8]:
    """The nearest 8-bit sRGB colours of Lab (..., 3); colours outside the gamut are clipped to it."""
    light, a, b = np.moveaxis(np.asarray(lab, dtype=np.float64), -1, 0)
    y = (light + 16) / 116
    bent = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    xyz = np.where(bent**3 > EPSILON, bent**3, (116 * bent - 16) / KAPPA) * WHITE
    linear = np.clip(xyz @ XYZ_TO_RGB.T, 0.0, 1.0)
    encoded: Floats = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255).astype(np.uint8)


def hsl_from_rgb(rgb: ArrayLike) -> Floats:
    """HSL of 8-bit sRGB colours (..., 3): hue 0..360 degrees, saturation and lightness 0..100."""
    red, green, blue = np.moveaxis(np.asarray(rgb, dtype=np.float64) / 255.0, -1, 0)
    high, low = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    spread, total = high - low, high + low
    safe = np.where(spread == 0, 1.0, spread)
    sector = np.select(
        [spread == 0, high == red, high == green],
        [0.0, ((green - blue) / safe) % 6, (blue - red) / safe + 2],
        (red - green) / safe + 4,
    )
    room: Floats = 1 - np.abs(total - 1)
    saturation = np.divide(spread, room, out=np.zeros_like(spread), where=room > 0)
    return np.stack([sector * 60 % 360, saturation * 100, total * 50], axis=-1)


def hex_from_rgb(rgb: ArrayLike) -> str:
    """`#RRGGBB` of one 8-bit colour."""
    red, green, blue = (int(level) for level in np.asarray(rgb))
    return f"#{red:02X}{green:02X}{blue:02X}"


def rgb_from_hex(code: str) -> NDArray[np.uint8]:
    """The 8-bit colour of `RRGGBB` or `RGB`, with or without `#`; ValueError for anything else."""
    digits = code.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) != 6 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise ValueError("A colour is written as #RRGGBB.")
    return np.frombuffer(bytes.fromhex(digits), dtype=np.uint8)


def ciede2000(first: ArrayLike, second: ArrayLike) -> Floats:
    """CIEDE2000 between Lab colours (..., 3), broadcasting; after Sharma, Wu and Dalal (2005)."""
    light1, a1, b1 = np.moveaxis(np.asarray(first, dtype=np.float64), -1, 0)
    light2, a2, b2 = np.moveaxis(np.asarray(second, dtype=np.float64), -1, 0)
    stretch = 1.5 - 0.5 * _saturated((_length(a1, b1) + _length(a2, b2)) / 2)
    chroma1, hue1 = _polar(a1 * stretch, b1)
    chroma2, hue2 = _polar(a2 * stretch, b2)
    hue_step, hue_mean = _hue_step_and_mean(chroma1 * chroma2, hue1, hue2)
    chroma_mean = (chroma1 + chroma2) / 2
    light_part = (light2 - light1) / _light_weight((light1 + light2) / 2)
    chroma_part = (chroma2 - chroma1) / (1 + 0.045 * chroma_mean)
    hue_part = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(hue_step / 2))
    hue_part = hue_part / (1 + 0.015 * chroma_mean * _hue_weight(hue_mean))
    rotation = _rotation(chroma_mean, hue_mean)
    squared = light_part**2 + chroma_part**2 + hue_part**2 + rotation * chroma_part * hue_part
    return np.sqrt(np.maximum(squared, 0.0))


def _length(a: Floats, b: Floats) -> Floats:
    return np.sqrt(a * a + b * b)  # `hypot` takes three times as long, for numbers that no Lab has


def _saturated(chroma: Floats) -> Floats:
    """How near a chroma is to the strongest ones, 0 to 1."""
    square = chroma * chroma
    seventh = square * square * square * chroma
    return np.sqrt(seventh / (seventh + POW25_7))


def _polar(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    hue = np.degrees(np.arctan2(b, a))
    return _length(a, b), np.where(hue < 0, hue + 360, hue)


def _hue_step_and_mean(chroma_product: Floats, hue1: Floats, hue2: Floats) -> tuple[Floats, Floats]:
    step, total = hue2 - hue1, hue1 + hue2
    grey, far = chroma_product == 0, np.abs(step) > 180
    turned = np.where(far, step - 360 * np.sign(step), step)
    mean = np.where(far, (total + np.where(total < 360, 360.0, -360.0)) / 2, total / 2)
    return np.where(grey, 0.0, turned), np.where(grey, total, mean)


# Cosine and sine of the angles in the hue's weight.
_TURNS = tuple((np.cos(np.radians(degrees)), np.sin(np.radians(degrees))) for degrees in (30, 6, 63))


def _light_weight(mean: Floats) -> Floats:
    offset = (mean - 50) ** 2
    return 1 + 0.015 * offset / np.sqrt(20 + offset)


def _hue_weight(mean_degrees: Floats) -> Floats:
    # Cosines of multiples by one cosine and one sine: this is what most of the time goes to.
    cos1, sin1 = np.cos(np.radians(mean_degrees)), np.sin(np.radians(mean_degrees))
    cos2, sin2 = cos1 * cos1 - sin1 * sin1, 2 * sin1 * cos1
    cos3, sin3 = cos2 * cos1 - sin2 * sin1, sin2 * cos1 + cos2 * sin1
    cos4, sin4 = cos2 * cos2 - sin2 * sin2, 2 * sin2 * cos2
    (c30, s30), (c6, s6), (c63, s63) = _TURNS
    first, third, fourth = cos1 * c30 + sin1 * s30, cos3 * c6 - sin3 * s6, cos4 * c63 + sin4 * s63
    return 1 - 0.17 * first + 0.24 * cos2 + 0.32 * third - 0.20 * fourth


def _rotation(chroma_mean: Floats, hue_mean_degrees: Floats) -> Floats:
    away = (hue_mean_degrees - 275) / 25
    return -2 * _saturated(chroma_mean) * np.sin(np.radians(60 * np.exp(-away * away)))
