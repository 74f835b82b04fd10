"""The few colours that make up a picture: k-means in Lab over a small sample, near-identical ones merged."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aionserver.kit.color_spaces import Floats, ciede2000, lab_from_rgb

Pixels = NDArray[np.uint8]

SAMPLE_SIDE = 128
ROUNDS = 10
# Below this CIEDE2000 two patches of a picture read as one colour. A wider net takes the true colour of a shaded
# surface away: with 8 it is kept for .92 of the area of shaded flags, with 5 for .99 (benchmarks/color_quality.py).
MERGE_DELTA_E = 5.0
# Seams, anti-aliased edges and sensor noise stay below this share; a detail one would name is above it.
LEAST_SHARE = 0.004
# Cells of 8 levels a channel: far below what is merged later, and 16,000 pixels become some hundred colours.
CELL_BITS = 3


@dataclass(frozen=True)
class Swatch:
    rgb: tuple[int, int, int]
    share: float


@dataclass(frozen=True)
class _Cells:
    """The distinct colours of a sample: mean Lab and RGB (n, 3) and their shares (n,), largest first."""

    lab: Floats
    rgb: Floats
    weight: Floats


def palette(pixels: Pixels, most: int, visible: NDArray[np.bool_] | None = None) -> list[Swatch]:
    """At most `most` colours of an (h, w, 3) picture, largest share first; shares add up to 1.

    `visible` (h, w) leaves out what is transparent; a wholly transparent picture counts in full.
    """
    cells = _cells(sample(pixels, visible))
    centres = _k_means(cells, most)
    centres = _merge_close(cells, centres)
    owner = _owners(cells.lab, _drop_small(cells, centres))
    swatches = [_swatch(cells, owner == index) for index in np.unique(owner)]
    return sorted(swatches, key=lambda swatch: (-swatch.share, swatch.rgb))


def sample(pixels: Pixels, visible: NDArray[np.bool_] | None = None) -> Pixels:
    """(n, 3) pixels on a regular grid of at most 128 x 128; picked, not averaged, so edges add no colours."""
    height, width = pixels.shape[:2]
    step = max(1, -(-max(height, width) // SAMPLE_SIDE))
    picked = pixels[step // 2 :: step, step // 2 :: step].reshape(-1, 3)
    if visible is not None:
        mask = visible[step // 2 :: step, step // 2 :: step].reshape(-1)
        picked = picked[mask] if mask.any() else picked
    return picked if len(picked) else pixels.reshape(-1, 3)[:1]


def _cells(picked: Pixels) -> _Cells:
    code = (picked >> CELL_BITS).astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.int32)
    _, inverse, count = np.unique(code, return_inverse=True, return_counts=True)
    sums = [np.bincount(inverse, weights=picked[:, channel]) for channel in range(3)]
    rgb = np.stack(sums, axis=1) / count[:, None]
    order = np.argsort(-count, kind="stable")
    rgb, weight = rgb[order], count[order] / len(picked)
    return _Cells(lab_from_rgb(np.rint(rgb).astype(np.uint8)), rgb, weight)


def _seeds(cells: _Cells, most: int) -> Floats:
    """k-means++ without the dice: always the cell that the centres so far explain worst."""
    chosen = [0]
    distance = _squared(cells.lab, cells.lab[:1])[:, 0]
    while len(chosen) < min(most, len(cells.lab)):
        chosen.append(int(np.argmax(distance * cells.weight)))
        distance = np.minimum(distance, _squared(cells.lab, cells.lab[chosen[-1:]])[:, 0])
    return cells.lab[chosen]


def _squared(points: Floats, centres: Floats) -> Floats:
    cross = points @ centres.T
    squared = (points**2).sum(axis=1)[:, None] - 2 * cross + (centres**2).sum(axis=1)[None, :]
    return np.maximum(squared, 0.0)


def _owners(points: Floats, centres: Floats) -> NDArray[np.intp]:
    return np.argmin(_squared(points, centres), axis=1)


def _k_means(cells: _Cells, most: int) -> Floats:
    centres = _seeds(cells, most)
    for _ in range(ROUNDS):
        moved = _centres(cells, _owners(cells.lab, centres))
        if moved.shape == centres.shape and np.allclose(moved, centres, atol=0.05):
            break
        centres = moved
    return centres


def _centres(cells: _Cells, owner: NDArray[np.intp]) -> Floats:
    """The weighted mean of every group that has a member."""
    total = np.bincount(owner, weights=cells.weight)
    sums = [np.bincount(owner, weights=cells.weight * cells.lab[:, axis]) for axis in range(3)]
    kept = total > 0
    return np.stack(sums, axis=1)[kept] / total[kept, None]


def _merge_close(cells: _Cells, centres: Floats) -> Floats:
    """The centres left when the closest pair has been joined until all are apart."""
    weight = np.bincount(_owners(cells.lab, centres), weights=cells.weight, minlength=len(centres))
    while len(centres) > 1:
        apart = ciede2000(centres[:, None], centres[None, :]) + np.diag(np.full(len(centres), np.inf))
        first, second = divmod(int(np.argmin(apart)), len(centres))
        if apart[first, second] >= MERGE_DELTA_E:
            break
        pair = weight[[first, second]]
        centres[first] = pair @ centres[[first, second]] / pair.sum() if pair.sum() else centres[first]
        weight[first] = pair.sum()
        centres, weight = np.delete(centres, second, axis=0), np.delete(weight, second)
    return centres


def _drop_small(cells: _Cells, centres: Floats) -> Floats:
    share = np.bincount(_owners(cells.lab, centres), weights=cells.weight, minlength=len(centres))
    return centres[share >= min(LEAST_SHARE, float(share.max()))]


def _swatch(cells: _Cells, members: NDArray[np.bool_]) -> Swatch:
    """The group's colour: the mean of the members near its commonest cell, so that edges do not tint it."""
    lab, weight, rgb = cells.lab[members], cells.weight[members], cells.rgb[members]
    near = _squared(lab, lab[:1])[:, 0] <= 8.0**2
    red, green, blue = (int(level) for level in np.rint(weight[near] @ rgb[near] / weight[near].sum()))
    return Swatch((red, green, blue), float(weight.sum()))
