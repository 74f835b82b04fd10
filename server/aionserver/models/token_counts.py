"""What language models read and write, counted."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """What a model read and wrote, in how many requests; the cache's are parts of what it read.

    `own_key`: it was asked with a key of the tenant's own, who pays for it.
    """

    read: int = 0
    written: int = 0
    cache_read: int = 0
    cache_created: int = 0
    requests: int = 0
    own_key: bool = False


NO_TOKENS: Final = TokenCounts()


@dataclass(slots=True)
class Meter:
    """What a model took, as soon as it has ended, be it that nobody listened any more."""

    counts: TokenCounts = NO_TOKENS
