"""Why a picture can't be taken, as an error with a stable code and one sentence for people.

PictureError
├── CorruptPicture      corrupt_file
├── PictureTooLarge     too_large
└── UnsupportedPicture  unsupported_format
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from aionserver.kit.media_types import AVIF, HEIC, JPEG, PNG, WEBP, MediaType

# What Pillow and its plugins raise on damaged data; memory errors are not among them.
DECODE_FAULTS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    EOFError,
    AssertionError,
    struct.error,
    zlib.error,
)
MOST_CHUNKS: Final = 100_000
BLOCK_BYTES: Final = 1 << 20
JPEG_FILLING: Final = 128
# Bits a pixel by PNG colour type, for one bit of depth.
PNG_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


class PictureError(Exception):
    """A picture that can't be taken: `code` for programs, `sentence` for people."""

    code: ClassVar[str] = "corrupt_file"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CorruptPicture(PictureError):
    """The picture's data is damaged or incomplete."""

    code = "corrupt_file"

    @classmethod
    def after(cls, kind: MediaType, file: BinaryIO, fault: Exception) -> Self:
        """The error for a picture whose decoder gave up, saying how much of the file is missing if it is."""
        missing = missing_share(kind, file)
        if missing is not None and missing >= 0.005:
            return cls(f"The {kind.format} ends early: {_percent(missing)} of it is missing.")
        if missing is not None or "truncated" in str(fault):
            return cls(f"The {kind.format} ends early: its last part is missing.")
        return cls(f"The {kind.format} is damaged: its data can't be decoded.")


class PictureTooLarge(PictureError):
    """The picture has more pixels than are taken."""

    code = "too_large"

    @classmethod
    def pixels(cls, width: int, height: int, most: int) -> Self:
        size = f"{width:,} x {height:,} pixels ({width * height / 1e6:,.0f} megapixels)"
        return cls(f"The picture is {size}; at most {most / 1e6:,.0f} megapixels are taken.")


class UnsupportedPicture(PictureError):
    """The file is no picture of a known format."""

    code = "unsupported_format"


def _percent(share: float) -> str:
    return f"{min(99, max(1, round(share * 100)))} %"


def missing_share(kind: MediaType, file: BinaryIO) -> float | None:
    """The share 0..1 of a cut-off file that is missing; None where it is whole or nothing tells."""
    size = file.seek(0, 2)
    if kind == PNG:
        return _missing_of_png(file)
    if kind == JPEG:
        return _missing_of_jpeg(file)
    declared = None
    if kind == WEBP:
        declared = _declared_by_riff(file)
    elif kind in (HEIC, AVIF):
        declared = _declared_by_boxes(file, size)
    return 1 - size / declared if declared and declared > size else None


def _declared_by_riff(file: BinaryIO) -> int:
    file.seek(4)
    return int.from_bytes(file.read(4), "little") + 8


def _declared_by_boxes(file: BinaryIO, size: int) -> int:
    """Where the last box of an ISO base media file ends by its own account."""
    at = 0
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if len(header) < 8 or length < 8 or at + length > 1 << 40:
            break
        at += length
        if at >= size:
            break
    return at


def _missing_of_jpeg(file: BinaryIO) -> float | None:
    """The share of rows below the last one that could be decoded; None where that can't be told."""
    rows = _partial_rows(file)
    if rows is None or not rows.any() or rows[-1]:
        return None
    return 1 - (int(np.flatnonzero(rows)[-1]) + 1) / len(rows)


def _partial_rows(file: BinaryIO) -> NDArray[np.bool_] | None:
    """Whether each row of a broken JPEG, an eighth of its size, is more than the decoder's grey filling."""
    file.seek(0)
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        with suppress(*DECODE_FAULTS), Image.open(file, formats=["JPEG"]) as image:
            image.draft("L", (max(1, image.width // 8), max(1, image.height // 8)))
            image.load()
            return (np.asarray(image) != JPEG_FILLING).reshape(image.height, -1).any(axis=1)
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    return None


def _missing_of_png(file: BinaryIO) -> float | None:
    """The share of pixel data that the IDAT chunks do not hold; None where that can't be told."""
    file.seek(16)
    header = file.read(13)
    if len(header) < 13 or header[12] or header[9] not in PNG_CHANNELS:
        return None
    width, height = struct.unpack(">II", header[:8])
    expected = height * (1 + (width * header[8] * PNG_CHANNELS[header[9]] + 7) // 8)
    held = _inflated_bytes(_png_data(file), expected)
    return 1 - held / expected if held is not None and held < expected else None


def _png_data(file: BinaryIO) -> Iterator[bytes]:
    at = 8
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        header = file.read(8)
        if len(header) < 8:
            return
        length = int.from_bytes(header[:4], "big")
        if header[4:] == b"IDAT":
            yield from _blocks(file, length)
        at += length + 12


def _blocks(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0 and (block := file.read(min(length, BLOCK_BYTES))):
        length -= len(block)
        yield block


def _inflated_bytes(blocks: Iterator[bytes], most: int) -> int | None:
    """How much a deflate stream gives before it ends or reaches `most`; None where it breaks."""
    inflate, held = zlib.decompressobj(), 0
    for block in blocks:
        try:
            while block and held < most:
                held += len(inflate.decompress(block, BLOCK_BYTES))
                block = inflate.unconsumed_tail
        except zlib.error:
            return None
    return held
