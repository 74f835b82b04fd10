"""How well a passage has the words of a query, each in what it means there: late interaction.

A word's vector is what a text's network makes of it in its place (`models/text_embedding`). Each word of the query
looks for the nearest of the passage's; rare words count more. A passage keeps its vectors in four bits a number.

Khattab and Zaharia, ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction, 2020.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

WORD_DIMENSIONS: Final = 96
_BYTES: Final = WORD_DIMENSIONS // 2
_LARGEST: Final = 7
_ZERO: Final = 8
# For each byte, the squares of its two numbers together.
_SQUARES: Final = (((np.arange(256) >> 4) - _ZERO) ** 2 + ((np.arange(256) & 15) - _ZERO) ** 2).astype(np.float32)


def packed(vectors: NDArray[np.float32]) -> bytes:
    """Word vectors [words, WORD_DIMENSIONS] as bytes, 48 a word; of each only the direction is kept."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    numbers = (np.rint(vectors / largest * _LARGEST) + _ZERO).astype(np.uint8)
    return (numbers[:, 0::2] << 4 | numbers[:, 1::2]).tobytes()


def matches(
    words: NDArray[np.float32], weights: NDArray[np.float32], passages: Sequence[bytes | None]
) -> list[float | None]:
    """For each passage, the mean over the query's words of the cosine of its nearest word; None where nothing is known.

    `words` [words, WORD_DIMENSIONS] are of length 1, `weights` [words] say how much each counts; `passages` are packed.
    """
    known = [number for number, one in enumerate(passages) if one]
    found: list[float | None] = [None] * len(passages)
    if not known or not weights.any():
        return found
    parts = [passages[number] or b"" for number in known]
    starts = np.cumsum([0, *(len(part) // _BYTES for part in parts[:-1])])
    nearest = np.maximum.reduceat(_cosines(words, b"".join(parts)), starts, axis=0)
    for number, value in zip(known, (nearest @ (weights / weights.sum())).tolist(), strict=True):
        found[number] = value
    return found


def _cosines(words: NDArray[np.float32], passage: bytes) -> NDArray[np.float32]:
    """Of each packed word with each of `words`; the halves of the bytes are multiplied as they lie."""
    pairs = np.frombuffer(passage, np.uint8).reshape(-1, _BYTES)
    first, second = (pairs >> 4).astype(np.float32), (pairs & 15).astype(np.float32)
    products = first @ words[:, 0::2].T + second @ words[:, 1::2].T - _ZERO * words.sum(axis=1)
    lengths = np.sqrt(_SQUARES[pairs].sum(axis=1, keepdims=True))
    return products / np.maximum(lengths, 1e-9)
