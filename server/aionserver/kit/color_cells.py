"""Lab cut into cells: by those that may hold a colour within a CIEDE2000 of another, stored colours are looked up."""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aionserver.kit.color_spaces import POW25_7, Floats

CELL_SIDE = 4.0
# The lowest corner of the first cell. All of sRGB lies within L 0..100, a -86.2..98.3, b -107.9..94.5.
LOWEST: Floats = np.array([0.0, -88.0, -108.0])
COUNTS = (26, 48, 52)
# What `_hue_weight` of color_spaces is at most: 1.5725. As it is less than three, no hue weighs as much as its chroma.
MOST_HUE = 1.573
# For the last bits of floating-point arithmetic.
SLACK = 1e-6


def cells_of(lab: ArrayLike) -> NDArray[np.int64]:
    """The number of the cell that each Lab colour (..., 3) of sRGB is in, 0 to 64,895."""
    return _numbers(((np.asarray(lab, dtype=np.float64) - LOWEST) // CELL_SIDE).astype(np.int64))


def cells_within(lab: ArrayLike, delta_e: float) -> NDArray[np.int64]:
    """The cells outside of which every colour is farther from this one (3,) than `delta_e`, in order."""
    blocks = _near(lab, _blocks(), 2, delta_e)
    cells = (blocks[:, None] + np.indices((2, 2, 2)).reshape(3, -1).T).reshape(-1, 3)
    return np.sort(_numbers(_near(lab, cells, 1, delta_e)))


def _numbers(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    return (steps[..., 0] * COUNTS[1] + steps[..., 1]) * COUNTS[2] + steps[..., 2]


@cache
def _blocks() -> NDArray[np.int64]:
    """The first of each two by two by two cells, as steps (n, 3) from the lowest corner."""
    return np.indices([count // 2 for count in COUNTS]).reshape(3, -1).T * 2


def _near(lab: ArrayLike, steps: NDArray[np.int64], side: int, delta_e: float) -> NDArray[np.int64]:
    """Those of the cubes, `side` cells wide, that may hold a colour within the difference."""
    low: Floats = LOWEST + steps.astype(np.float64) * CELL_SIDE
    return steps[least_delta_e(lab, low - SLACK, low + side * CELL_SIDE + SLACK) <= delta_e + SLACK]


def least_delta_e(lab: ArrayLike, low: Floats, high: Floats) -> Floats:
    """A bound from below of the CIEDE2000 between a Lab colour (3,) and any colour in each of the boxes (n, 3).

    Each part of the formula is bounded by itself over the box. What couples chroma and hue takes away at most half of
    its weight from the plain sum of their squares.
    """
    own = np.asarray(lab, dtype=np.float64)
    gap = np.maximum(np.maximum(low - own, own - high), 0.0)
    near, far = np.clip(0.0, low, high)[:, 1:], np.maximum(np.abs(low), np.abs(high))[:, 1:]
    chroma = np.hypot(own[1], own[2])
    least_stretch = _stretch((chroma + np.hypot(far[:, 0], far[:, 1])) / 2)
    most_stretch = _stretch((chroma + np.hypot(near[:, 0], near[:, 1])) / 2)
    own_low, own_high = np.hypot(own[1] * least_stretch, own[2]), np.hypot(own[1] * most_stretch, own[2])
    box_low, box_high = np.hypot(near[:, 0] * least_stretch, near[:, 1]), np.hypot(far[:, 0] * most_stretch, far[:, 1])
    most_mean = (own_high + box_high) / 2
    # The squares of the steps in chroma and in hue add up to that of the distance in the plane of a and b.
    distance = (least_stretch * gap[:, 1]) ** 2 + gap[:, 2] ** 2
    least_chroma = np.maximum(np.maximum(own_low - box_high, box_low - own_high), 0.0)
    most_chroma = np.maximum(own_high - box_low, box_high - own_low)
    least_hue = np.maximum(distance - most_chroma**2, 0.0)
    chroma_weight, hue_weight = (1 + 0.045 * most_mean) ** 2, (1 + 0.015 * MOST_HUE * most_mean) ** 2
    plane = np.maximum(distance / chroma_weight, least_chroma**2 / chroma_weight + least_hue / hue_weight)
    turned = _most_rotation(own, low, high, (least_stretch, most_stretch), most_mean)
    light = gap[:, 0] / _most_light_weight((own[0] + low[:, 0]) / 2, (own[0] + high[:, 0]) / 2)
    return np.sqrt(light**2 + (1 - turned / 2) * plane)


def _stretch(mean_chroma: Floats) -> Floats:
    seventh = mean_chroma**7
    return 1.5 - 0.5 * np.sqrt(seventh / (seventh + POW25_7))


def _most_light_weight(low: Floats, high: Floats) -> Floats:
    offset = np.maximum(np.abs(low - 50), np.abs(high - 50)) ** 2
    return 1 + 0.015 * offset / np.sqrt(20 + offset)


def _most_rotation(
    own: Floats, low: Floats, high: Floats, stretches: tuple[Floats, Floats], most_mean: Floats
) -> Floats:
    """The most that chroma and hue are coupled by: they are near a mean hue of 275 degrees, in strong colours."""
    seventh = most_mean**7
    away = _least_degrees_from_275(own, low, high, stretches)
    return 2 * np.sqrt(seventh / (seventh + POW25_7)) * np.sin(np.radians(60 * np.exp(-((away / 25) ** 2))))


def _least_degrees_from_275(own: Floats, low: Floats, high: Floats, stretches: tuple[Floats, Floats]) -> Floats:
    """How far the mean hue is from 275 degrees at least; the hues of a box are extreme at its corners."""
    hues = [_degrees(own[1] * stretch, np.full_like(stretch, own[2])) for stretch in stretches]
    turns: list[Floats] = []
    for stretch in stretches:
        for a in (low[:, 1], high[:, 1]):
            turns += [_wrapped(_degrees(a * stretch, b) - hues[0]) for b in (low[:, 2], high[:, 2])]
    least, most = np.min(turns, axis=0), np.max(turns, axis=0)
    blur = np.abs(_wrapped(hues[1] - hues[0]))
    middle, reach = hues[0] + (least + most) / 4, (most - least) / 4 + blur
    away = np.maximum(np.abs(_wrapped(middle - 275)) - reach, 0.0)
    grey = ((low[:, 1:] <= 0) & (high[:, 1:] >= 0)).all(axis=1)
    opposite = np.maximum(np.abs(least), np.abs(most)) + blur >= 180
    return np.where(grey | opposite | (most - least >= 180), 0.0, away)


def _degrees(a: Floats, b: Floats) -> Floats:
    return np.degrees(np.arctan2(b, a))


def _wrapped(degrees: Floats) -> Floats:
    """Angles as -180 to 180."""
    return (degrees + 180) % 360 - 180
