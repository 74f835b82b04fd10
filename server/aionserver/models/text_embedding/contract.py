"""Texts turned into vectors whose cosine says how near their meanings are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """A text's vector, and those of its words in their places: `word_vectors` [words, WORD_DIMENSIONS] of length 1.

    `words` are as they stand in the text, without those that say nothing and those the network does not know.
    """

    vector: NDArray[np.float32]
    words: Sequence[str]
    word_vectors: NDArray[np.float32]


class TextEmbedder(Protocol):
    """Embeds texts as float32 [n, dimensions], each row of length 1; called from one thread at a time."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...
    def embed_with_words(self, texts: Sequence[str]) -> Sequence[EmbeddedText]:
        """Texts and their words at once, which takes hardly longer than texts alone."""
        ...

    def count_tokens(self, text: str) -> int:
        """How much of what it reads at once a text takes: parts with white space between them add up."""
        ...
