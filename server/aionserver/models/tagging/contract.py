"""What a picture shows as a whole: one probability for every class of a fixed vocabulary."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from aionserver.models.pixels import Pixels

SHOWN_FROM = 0.3
KEPT_FOR_SEARCH = 20


@dataclass(frozen=True, slots=True)
class Tag:
    """An everyday word for what the picture shows, with its probability 0-1 and its class number."""

    label: str
    confidence: float
    index: int


@dataclass(frozen=True, slots=True)
class ImageTags:
    """Probabilities of all classes (float32, sum 1) and the most probable ones, best first."""

    probabilities: NDArray[np.float32]
    top: tuple[Tag, ...]

    @property
    def shown(self) -> tuple[Tag, ...]:
        """The tags that may be stated as facts: probability of `SHOWN_FROM` or more."""
        return tuple(tag for tag in self.top if tag.confidence >= SHOWN_FROM)


class Tagger(Protocol):
    """A classifier of whole pictures; called from one thread at a time."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...

    def tag(self, image: Pixels) -> ImageTags: ...
