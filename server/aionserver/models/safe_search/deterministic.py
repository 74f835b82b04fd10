"""Safe-search for tests: pure magenta stands for what is unfit for work."""

import numpy as np

from aionserver.models.pixels import Pixels, checked

_MAGENTA = (255, 0, 255)


class MagentaSafeSearch:
    """`SafeSearch` whose score is the share of magenta pixels."""

    name = "deterministic-magenta"
    version = "1"

    def score(self, image: Pixels) -> float:
        """The share, 0-1, of pixels within a few steps of pure magenta."""
        distance = np.abs(checked(image).astype(np.int16) - np.array(_MAGENTA, np.int16)).max(axis=2)
        return float((distance < 16).mean())
