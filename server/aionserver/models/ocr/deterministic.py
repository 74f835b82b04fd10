"""Text for tests: `written` draws bytes as black and white squares, `SquareReader` reads them back."""

import numpy as np
from numpy.typing import NDArray

from aionserver.models.ocr.contract import NO_TEXT, TextLine, TextLines
from aionserver.models.pixels import Pixels, checked

_SIDE_PX = 8
_MARK = b"TXT:"
_QUAD = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.1), (0.0, 0.1))


def written(text: str, width_squares: int = 32, shade: int = 200) -> Pixels:
    """A grey picture that `SquareReader` reads as `text`; it survives JPEG, but no scaling."""
    data = _MARK + text.encode() + b"\x00"
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    rows = -(-len(bits) // width_squares)
    squares = np.full((rows + 2, width_squares), shade, np.uint8)
    squares.flat[: len(bits)] = bits * 255
    return np.repeat(np.kron(squares, np.ones((_SIDE_PX, _SIDE_PX), np.uint8))[:, :, None], 3, axis=2)


class SquareReader:
    """`TextReader` of the squares that `written` draws; every other picture has no text."""

    name = "deterministic-squares"
    version = "1"

    def read(self, image: Pixels) -> TextLines:
        """The written lines, one a row."""
        data = np.packbits(_squares(checked(image)) > 127).tobytes()
        if not data.startswith(_MARK):
            return NO_TEXT
        text = data[len(_MARK) :].partition(b"\x00")[0].decode(errors="replace")
        return TextLines(tuple((TextLine(line, 0.99, _QUAD),) for line in text.splitlines() if line.strip()))


def _squares(image: Pixels) -> NDArray[np.uint8]:
    middle = _SIDE_PX // 2
    return image[middle::_SIDE_PX, middle::_SIDE_PX, 1].reshape(-1)
