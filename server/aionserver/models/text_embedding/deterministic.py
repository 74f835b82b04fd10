"""Text vectors for tests: a hashed bag of word stems."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aionserver.kit.late_interaction import WORD_DIMENSIONS
from aionserver.kit.words import content_stems, word_count
from aionserver.models.text_embedding.contract import EmbeddedText

_IN_COMMON = 0.5


class StemTextEmbedder:
    """`TextEmbedder` in which texts are as near as the words they share."""

    name = "deterministic-stems"
    version = "1"
    dimensions = 384

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, one row a text; a text without words points along the first axis."""
        return np.stack([self._embed_one(text) for text in texts]) if texts else self._none()

    def embed_with_words(self, texts: Sequence[str]) -> Sequence[EmbeddedText]:
        """Words are near that have one stem."""
        return [self._with_words(text) for text in texts]

    def _with_words(self, text: str) -> EmbeddedText:
        words = content_stems(text)
        vectors = [self._word_vector(word) for word in words]
        return EmbeddedText(self._embed_one(text), words, np.array(vectors, np.float32).reshape(-1, WORD_DIMENSIONS))

    def _word_vector(self, word: str) -> NDArray[np.float32]:
        # As a network's words, any two have something in common.
        own = np.random.default_rng(self._number(word)).normal(size=WORD_DIMENSIONS)
        vector = _IN_COMMON * np.ones(WORD_DIMENSIONS) / WORD_DIMENSIONS**0.5 + own / np.linalg.norm(own)
        return (vector / np.linalg.norm(vector)).astype(np.float32)

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
        return self._number(word) % self.dimensions

    def _number(self, word: str) -> int:
        return int.from_bytes(hashlib.sha256(word.encode()).digest()[:4])
