"""Texts turned into vectors whose cosine says how near their meanings are."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class TextEmbedder(Protocol):
    """Embeds texts as float32 [n, dimensions], each row of length 1; called from one thread at a time."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...
    def count_tokens(self, text: str) -> int:
        """How much of what it reads at once a text takes: parts with white space between them add up."""
        ...
