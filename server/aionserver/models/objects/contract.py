"""Which things stand where in a picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aionserver.models.pixels import Pixels


@dataclass(frozen=True, slots=True)
class DetectedObject:
    """One thing, its confidence 0-1 and its box in fractions of width and height, clipped to 0-1."""

    label: str
    confidence: float
    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def area(self) -> float:
        """The box's share of the picture, 0-1."""
        return max(0.0, self.x2 - self.x1) * max(0.0, self.y2 - self.y1)


@dataclass(frozen=True, slots=True)
class Survey:
    """What a detector sees: objects sure enough to be stated, most confident first, and hints.

    `hints` are the best scores 0-1 by label, also of what is too unsure to be stated: for search only.
    """

    objects: tuple[DetectedObject, ...] = ()
    hints: Mapping[str, float] = field(default_factory=dict[str, float])


class ObjectDetector(Protocol):
    """Finds objects of a fixed set of classes; called from one thread at a time."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...

    def survey(self, image: Pixels) -> Survey: ...
