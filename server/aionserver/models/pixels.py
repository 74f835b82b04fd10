"""The one form of picture the networks take: RGB uint8, H x W x 3, upright, sRGB."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def checked(image: Pixels) -> Pixels:
    """The picture itself, made contiguous; ValueError when it is not RGB uint8 with at least one pixel."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"expected H x W x 3 uint8 with pixels in it, got {image.shape} {image.dtype}")
    return np.ascontiguousarray(image)


def shrunk(image: Pixels, max_side_px: int) -> Pixels:
    """The picture scaled down by area until its longer side is at most `max_side_px`; never enlarged."""
    import cv2

    height, width = image.shape[:2]
    scale = max_side_px / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


_COLOURS = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "gray": (128, 128, 128),
    "red": (220, 30, 30),
    "orange": (240, 140, 20),
    "yellow": (240, 220, 40),
    "green": (40, 160, 60),
    "blue": (30, 70, 220),
    "purple": (130, 40, 160),
    "pink": (245, 150, 180),
    "brown": (120, 75, 40),
}
_SAMPLED_SIDE_PX = 64


def colour_shares(image: Pixels) -> list[tuple[str, float]]:
    """Plain colour names by their share 0-1 of the picture, largest first; a rough look at sampled pixels."""
    height, width = image.shape[:2]
    steps = (max(1, height // _SAMPLED_SIDE_PX), max(1, width // _SAMPLED_SIDE_PX))
    sample = image[:: steps[0], :: steps[1]].reshape(-1, 1, 3).astype(np.int32)
    nearest = ((sample - np.array(list(_COLOURS.values()))) ** 2).sum(axis=2).argmin(axis=1)
    shares = np.bincount(nearest, minlength=len(_COLOURS)) / len(nearest)
    named = zip(_COLOURS, shares.tolist(), strict=True)
    return sorted(((name, share) for name, share in named if share > 0), key=lambda pair: (-pair[1], pair[0]))
