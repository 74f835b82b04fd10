"""How many people a query speaks of, and how many a picture shows: four weights on both sides."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aionserver.kit.words import tokens, word_set

DIMENSIONS = 4  # nobody, one, two, more
_ONE = word_set(
    "man woman boy girl child kid guy lady person player rider adult baby toddler skier surfer skateboarder "
    "snowboarder batter gentleman male female someone somebody chef worker"
)
_MORE = word_set(
    "men women boys girls children kids guys ladies people persons players riders adults babies skiers surfers "
    "skateboarders snowboarders family couple crowd friends team group males females workers"
)
_TWO = word_set("two couple pair both")
# How well each number of people seen (nobody, one, two, more) suits each number asked for.
_SUITS: dict[int, Sequence[float]] = {
    0: (0.0, -0.3, -0.6, -0.6),
    1: (-0.5, 1.0, 0.5, 0.0),
    2: (-0.5, 0.3, 1.0, 0.5),
    3: (-0.5, -0.2, 0.6, 1.0),
}


def people_asked(text: str) -> NDArray[np.float32]:
    """How well nobody, one, two or more people suit a query."""
    return np.asarray(_SUITS[_number_asked(set(tokens(text)))], np.float32)


def people_seen(count: int) -> NDArray[np.float32]:
    """1 at the number of people that a picture shows."""
    return np.eye(DIMENSIONS, dtype=np.float32)[min(count, DIMENSIONS - 1)]


def _number_asked(words: set[str]) -> int:
    if words & _MORE:
        return 2 if words & _TWO else 3
    return min(2, len(words & _ONE))
