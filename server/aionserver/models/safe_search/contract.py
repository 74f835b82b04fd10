"""How likely a picture is unfit for work."""

from typing import Protocol

from aionserver.models.pixels import Pixels


class SafeSearch(Protocol):
    """Scores a picture from 0 (harmless) to 1 (explicit); called from one thread at a time."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...

    def score(self, image: Pixels) -> float: ...
