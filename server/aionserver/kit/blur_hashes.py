"""BlurHash, the short text from which a client paints a blurred placeholder (format of blurha.sh)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aionserver.kit.color_spaces import LINEAR_LEVELS, Floats

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"


def blur_hash(pixels: NDArray[np.uint8], columns: int = 4, rows: int = 3) -> str:
    """The BlurHash of an (h, w, 3) sRGB picture, best a tiny one, with 1..9 components each way."""
    waves = _waves(LINEAR_LEVELS[pixels], columns, rows)
    average, details = waves[0], waves[1:]
    peak = float(np.abs(details).max()) if len(details) else 0.0
    steps = int(max(0, min(82, np.floor(peak * 166 - 0.5))))
    scale = (steps + 1) / 166 if len(details) else 1.0
    encoded = "".join(_digits(_detail(wave / scale), 2) for wave in details)
    head = _digits(columns - 1 + (rows - 1) * 9, 1) + _digits(steps, 1)
    return head + _digits(_average(average), 4) + encoded


def _waves(linear: Floats, columns: int, rows: int) -> Floats:
    """The cosine components (rows * columns, 3), the average first."""
    height, width = linear.shape[:2]
    across, down = _cosines(columns, width), _cosines(rows, height)
    waves = np.einsum("rh,cw,hwk->rck", down, across, linear, optimize=True).reshape(-1, 3) / (width * height)
    waves[1:] *= 2
    return waves


def _cosines(components: int, length: int) -> Floats:
    turns = np.arange(components, dtype=np.float64)[:, None] * np.arange(length, dtype=np.float64)[None, :]
    return np.cos(np.pi * turns / length)


def _average(color: Floats) -> int:
    clipped = np.clip(color, 0.0, 1.0)
    encoded = np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055)
    red, green, blue = (int(level) for level in np.floor(encoded * 255 + 0.5))
    return (red << 16) + (green << 8) + blue


def _detail(wave: Floats) -> int:
    bent = np.sign(wave) * np.sqrt(np.abs(wave))
    red, green, blue = (int(level) for level in np.clip(np.floor(bent * 9 + 9.5), 0, 18))
    return red * 19 * 19 + green * 19 + blue


def _digits(value: int, length: int) -> str:
    return "".join(DIGITS[value // 83**place % 83] for place in reversed(range(length)))
