"""Objects for tests: the shape that stands out from the colour of the picture's corner."""

import numpy as np

from aionserver.models.objects.contract import DetectedObject, Survey
from aionserver.models.pixels import Pixels, checked, colour_shares

_STANDS_OUT_FROM = 60


class ShapeDetector:
    """`ObjectDetector` that finds one "<colour> shape", or a "<colour> surface" where all is alike."""

    name = "deterministic-shapes"
    version = "1"

    def survey(self, image: Pixels) -> Survey:
        """The one object."""
        found = self._stands_out(image)
        return Survey((found,), {found.label: found.confidence})

    def _stands_out(self, image: Pixels) -> DetectedObject:
        """The object, with the box of all pixels that differ from the top left one."""
        picture = checked(image)
        distance = np.abs(picture.astype(np.int16) - picture[0, 0].astype(np.int16)).max(axis=2)
        differing = np.argwhere(distance >= _STANDS_OUT_FROM)
        if not len(differing):
            return DetectedObject(f"{colour_shares(picture)[0][0]} surface", 0.9, 0.0, 0.0, 1.0, 1.0)
        height, width = picture.shape[:2]
        (y1, x1), (y2, x2) = differing.min(axis=0).tolist(), (differing.max(axis=0) + 1).tolist()
        inside = picture[distance >= _STANDS_OUT_FROM][None]
        label = f"{colour_shares(inside)[0][0]} shape"
        return DetectedObject(label, 0.9, x1 / width, y1 / height, x2 / width, y2 / height)
