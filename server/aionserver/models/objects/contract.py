"""Which things stand where in a picture."""

from dataclasses import dataclass
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


class ObjectDetector(Protocol):
    """Finds objects of a fixed set of classes, most confident first; called from one thread at a time."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...

    def detect(self, image: Pixels) -> list[DetectedObject]: ...
