"""Which stored colours are near those that are looked for; each file's best one, and the files in their order."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aionserver.kit.color_cells import cells_of, cells_within
from aionserver.kit.color_names import distinct_names, name_numbers
from aionserver.kit.color_spaces import Floats, ciede2000, hex_from_rgb, lab_from_rgb, rgb_from_hex
from aionserver.kit.colors import FAMILIES
from aionserver.kit.palettes import Pixels

# A colour as it is stored for searches: 26 bytes, big-endian.
COLOR = np.dtype(
    [("high", ">u8"), ("low", ">u8"), ("rgb", "u1", 3), ("family", "u1"), ("name", ">u2"), ("percentage", ">f4")]
)
MATCH = np.dtype([("high", "u8"), ("low", "u8"), ("rgb", "u1", 3), ("percentage", "f4"), ("distance", "f8")])
FAMILY_NUMBERS: Mapping[str, int] = {family.name: number for number, family in enumerate(FAMILIES)}
# Of a name that is in no list any more.
UNKNOWN_NAME = 0xFFFF
# Beyond so many matches only each file's best one is kept: memory grows by files, not by colours.
MOST_KEPT = 200_000
# So many colours are compared in one piece: what comes in between stays in the processor's own memory.
COMPARED_AT_ONCE = 16_384


@cache
def index_version() -> str:
    """By what colours are stored for searches: another one, and they are to be stored anew."""
    return f"1-{zlib.crc32(' '.join(distinct_names()).encode()):08x}"


@dataclass(frozen=True)
class StoredColor:
    """A colour of a file, with what it is found by. `leads`: no other of its family has a larger share of the file."""

    rank: int
    cell: int
    name: int
    family: int
    percentage: float
    leads: bool
    packed: bytes


def stored_colors(file_id: UUID, dominant: Sequence[Mapping[str, Any]]) -> list[StoredColor]:
    """What is stored of the colours of an analysis, in its form and order."""
    if not dominant:
        return []
    packed = np.zeros(len(dominant), COLOR)
    packed["high"], packed["low"] = divmod(file_id.int, 1 << 64)
    packed["rgb"] = [rgb_from_hex(color["hex"]) for color in dominant]
    packed["family"] = families = [FAMILY_NUMBERS[color["family"]] for color in dominant]
    packed["name"] = names = [name_numbers().get(color["name"], UNKNOWN_NAME) for color in dominant]
    packed["percentage"] = [color["percentage"] for color in dominant]
    cells = cells_of(lab_from_rgb(packed["rgb"]))
    return [
        StoredColor(
            rank=int(color["rank"]),
            cell=int(cells[place]),
            name=names[place],
            family=families[place],
            percentage=float(color["percentage"]),
            leads=families[place] not in families[:place],
            packed=packed[place].tobytes(),
        )
        for place, color in enumerate(dominant)
    ]


@dataclass(frozen=True)
class Named:
    """What a name stands for: its shades (n, 3) in sRGB, and the numbers of it and of the names of its kinds."""

    shades: Pixels
    kinds: frozenset[int]


@dataclass(frozen=True)
class Wanted:
    """What a colour has to be: all that is given.

    near: within the difference of one of these (n, 3) sRGB colours. named: called so, or within it of one of the
    shades. family: of that number.
    """

    delta_e: float
    near: Pixels | None = None
    named: Named | None = None
    family: int | None = None

    def cells(self) -> list[int]:
        """The cells that hold every colour which is near enough."""
        centres = self.near if self.near is not None else self.named.shades if self.named else ()
        found = [cells_within(lab, self.delta_e) for lab in lab_from_rgb(centres)]
        return np.unique(np.concatenate(found)).tolist()


@dataclass(frozen=True)
class Match:
    """A file and the colour that it was found for."""

    file_id: UUID
    hex: str
    percentage: float
    delta_e: float | None


def unpacked(packed: bytes) -> list[Match]:
    """Packed colours as matches, in their order."""
    return [_match(row, None) for row in np.frombuffer(packed, COLOR)]


def large_enough(packed: Iterable[bytes], least: float) -> bytes:
    """Those of packed colours that have at least a share of their file, in percent."""
    colors = np.frombuffer(b"".join(packed), COLOR)
    return colors[colors["percentage"] >= least].tobytes()


class Matches:
    """The files that have a wanted colour, gathered piece by piece from packed colours."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._found: list[NDArray[np.void]] = []

    def add(self, packed: bytes) -> None:
        """Look at further colours; a colour may come twice."""
        colors = np.frombuffer(packed, COLOR)
        for start in range(0, len(colors), COMPARED_AT_ONCE):
            self._add(colors[start : start + COMPARED_AT_ONCE])
        if sum(map(len, self._found)) > MOST_KEPT:
            found = self._all()
            self._found = [found[_best_places(found)]]

    def _add(self, colors: NDArray[np.void]) -> None:
        if self._wanted.family is not None:
            colors = colors[colors["family"] == self._wanted.family]
        distance, passes = self._judge(colors)
        kept = np.flatnonzero(passes)
        found = np.empty(len(kept), MATCH)
        for field in ("high", "low", "rgb", "percentage"):
            found[field] = colors[field][kept]
        found["distance"] = distance[kept]
        self._found.append(found)

    def page(self, offset: int, limit: int) -> tuple[list[Match], int]:
        """A part of the files, the nearest first and of equals the larger share, newer file; and how many there are."""
        found = self._all()
        best = _best_places(found)
        distance = found["distance"][best]
        first = best
        if offset + limit < len(best):
            far = np.partition(distance, offset + limit - 1)[offset + limit - 1]
            first = best[distance <= far]
        near = found[first]
        order = np.lexsort((~near["low"], ~near["high"], -near["percentage"], near["distance"]))
        shown = near[order[offset : offset + limit]]
        return [_match(row, float(row["distance"])) for row in shown], len(best)

    def _all(self) -> NDArray[np.void]:
        return np.concatenate(self._found) if self._found else np.empty(0, MATCH)

    def _judge(self, colors: NDArray[np.void]) -> tuple[Floats, NDArray[np.bool_]]:
        """The difference of each colour from what it is wanted for, and whether it is wanted."""
        wanted, lab = self._wanted, lab_from_rgb(colors["rgb"])
        passes = np.ones(len(colors), dtype=np.bool_)
        distance = np.zeros(len(colors))
        if wanted.named is not None:
            distance = _least(wanted.named.shades, lab)
            passes &= (distance <= wanted.delta_e) | np.isin(colors["name"], list(wanted.named.kinds))
        if wanted.near is not None:
            distance = _least(wanted.near, lab)
            passes &= distance <= wanted.delta_e
        return distance, passes


def _best_places(found: NDArray[np.void]) -> NDArray[np.intp]:
    """Where the best of each file is: the nearest of its colours, of equals the one with the larger share."""
    # By columns: to put whole rows into order takes most of the time.
    high, low, distance, share = (found[name].copy() for name in ("high", "low", "distance", "percentage"))
    order, is_new = _by_file(high, low)
    starts = np.flatnonzero(is_new)
    if not len(starts):
        return order
    distance, sizes = distance[order], np.diff(starts, append=len(found))
    nearest = np.repeat(np.minimum.reduceat(distance, starts), sizes)
    share = np.where(distance == nearest, share[order], np.float32(-1))
    chosen = np.flatnonzero(share == np.repeat(np.maximum.reduceat(share, starts), sizes))
    return order[chosen[_steps(np.repeat(starts, sizes)[chosen])]]


def _by_file(high: NDArray[Any], low: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The order in which those of each file stand one after the other, and where in it a file begins."""
    # The lower half of an id is random: hardly ever two files share it, and only then the other half matters.
    order = np.argsort(low)
    high_steps, low_steps = _steps(high[order]), _steps(low[order])
    if np.any(high_steps & ~low_steps):
        order = np.lexsort((low, high))
        high_steps, low_steps = _steps(high[order]), _steps(low[order])
    return order, high_steps | low_steps


def _steps(sorted_values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a value differs from the one before it."""
    return np.concatenate([np.ones(min(1, len(sorted_values)), np.bool_), sorted_values[1:] != sorted_values[:-1]])


def _least(centres: Pixels, lab: Floats) -> Floats:
    return np.minimum.reduce([ciede2000(centre, lab) for centre in lab_from_rgb(centres)])


def _match(row: NDArray[np.void], delta_e: float | None) -> Match:
    file_id = UUID(int=int(row["high"]) << 64 | int(row["low"]))
    share = round(float(row["percentage"]), 2)
    return Match(file_id, hex_from_rgb(row["rgb"]), share, round(delta_e, 4) if delta_e is not None else None)
