"""Whether people and animals in a picture stand on grass, told by the colour under them."""

import numpy as np

from aionserver.models.captioning.contract import PictureFacts
from aionserver.models.captioning.scenes import Scene
from aionserver.models.captioning.things import Thing

_SIDE_PX = 96
# Over 119 photos: with people or such animals in them, 9 of 9 above this were on grass.
_GREEN_SHARE = 0.6
_HUES = (28, 83)  # of 180, as OpenCV counts
_LEAST_SATURATION, _LEAST_VALUE = 46, 31
_STANDING = frozenset({"person", "dog", "cat", "horse", "sheep", "cow", "elephant", "zebra", "giraffe", "bear"})
_GRASS = Scene("on grass", "a view of grass", ("grass",), 0.9)


def ground_of(facts: PictureFacts, things: list[Thing]) -> Scene | None:
    """ "on grass", where the lower third is mostly green and somebody is there to stand on it."""
    if facts.pixels is None or not any(thing.label in _STANDING and thing.boxes for thing in things):
        return None
    return _GRASS if _green_share(facts) >= _GREEN_SHARE else None


def _green_share(facts: PictureFacts) -> float:
    """The share of green in the lower third, 0-1."""
    import cv2

    assert facts.pixels is not None
    small = cv2.resize(facts.pixels, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    hue, saturation, value = (np.asarray(plane) for plane in cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2HSV)))
    green = (hue >= _HUES[0]) & (hue <= _HUES[1]) & (saturation >= _LEAST_SATURATION) & (value >= _LEAST_VALUE)
    return float(green[_SIDE_PX * 2 // 3 :].mean())
