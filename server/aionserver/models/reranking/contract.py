"""How well each of some texts answers a query, judged by a network that reads both together."""

from collections.abc import Sequence
from typing import Protocol


class RerankingError(Exception):
    """The texts could not be judged; the text says why and never holds a key."""


class Reranker(Protocol):
    """Judges texts: a number of 0-1 for each, in their order. Waits, so it is called from a thread of its own."""

    @property
    def name(self) -> str: ...

    def judge(self, query: str, texts: Sequence[str]) -> list[float]: ...
