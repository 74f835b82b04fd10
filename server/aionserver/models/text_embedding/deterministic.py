"""Text vectors for tests: a hashed bag of word stems."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aionserver.kit.words import content_stems, word_count


class StemTextEmbedder:
    """`TextEmbedder` in which texts are as near as the words they share."""

    name = "deterministic-stems"
    version = "1"
    dimensions = 384

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, one row a text; a text without words points along the first axis."""
        return np.stack([self._embed_one(text) for text in texts]) if texts else self._none()

    def count_tokens(self, text: str) -> int:
        """How many words separated by white space the text has."""
        return word_count(text)

    def _none(self) -> NDArray[np.float32]:
        return np.empty((0, self.dimensions), np.float32)

    def _embed_one(self, text: str) -> NDArray[np.float32]:
        vector = np.zeros(self.dimensions, np.float32)
        for word in set(content_stems(text)):
            vector[self._place(word)] += 1.0
        if not vector.any():
            vector[0] = 1.0
        return vector / np.float32(np.linalg.norm(vector))

    def _place(self, word: str) -> int:
        return int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % self.dimensions
