"""What stands in a picture's file besides pixels, counted before a decoder goes through it section by section.

Kilobytes of such sections keep a decoder busy for minutes: scans of a JPEG without data, comments, empty chunks.
"""

import re
from typing import BinaryIO, Final

from aionserver.kit.media_types import GIF, JPEG, PNG, MediaType
from aionserver.kit.picture_faults import CorruptPicture

# A camera writes 10 to 30; its largest extras, depth maps and panoramas, some 200 more.
MOST_JPEG_SECTIONS: Final = 512
# Encoders write 10; each costs a pass over all pixels.
MOST_JPEG_SCANS: Final = 64
MOST_JPEG_FILLING_BYTES: Final = 1 << 16
MOST_PNG_CHUNKS: Final = 100_000
MOST_GIF_EXTENSIONS: Final = 256
MOST_GIF_BLOCKS: Final = 200_000

MARKER: Final = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
ALONE: Final = frozenset(b"\x01\xd8")
END_OF_IMAGE: Final = 0xD9
START_OF_SCAN: Final = 0xDA
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - frozenset(b"\xc4\xc8\xcc")
PROGRESSIVE: Final = frozenset(b"\xc2\xc6\xca\xce")


def check_sections(kind: MediaType, file: BinaryIO) -> None:
    """CorruptPicture for a file of far more sections than any honest one has."""
    file.seek(0)
    if kind == JPEG:
        _check_jpeg(file.read())
    elif kind == PNG:
        _check_png(file)
    elif kind == GIF:
        _check_gif(file)


def _require(kind: MediaType, count: int, most: int, what: str) -> None:
    if count > most:
        raise CorruptPicture(f"The {kind.format} is damaged: it has more than {most:,} {what}.")


def _check_jpeg(data: bytes) -> None:
    at = sections = scans = filling = components = 0
    in_passes = False
    while found := MARKER.search(data, at):
        marker, start = found[1][0], found.end()
        sections, scans = sections + 1, scans + (marker == START_OF_SCAN)
        filling += 0 if scans else found.start() - at
        if marker in FRAMES:
            components, in_passes = int.from_bytes(data[start + 7 : start + 8]), marker in PROGRESSIVE
        elif marker == START_OF_SCAN:
            # A scan of all components in a single pass is the last thing a decoder reads.
            in_passes = in_passes or int.from_bytes(data[start + 2 : start + 3]) < components
        if marker == END_OF_IMAGE or (scans and not in_passes):
            break
        _require(JPEG, sections, MOST_JPEG_SECTIONS, "sections")
        _require(JPEG, scans, MOST_JPEG_SCANS, "scans")
        _require(JPEG, filling, MOST_JPEG_FILLING_BYTES, "bytes between its sections")
        at = start if marker in ALONE else start + max(2, int.from_bytes(data[start : start + 2]))
    else:
        _require(JPEG, 0 if scans else len(data) - at, MOST_JPEG_FILLING_BYTES, "bytes between its sections")


def _check_png(file: BinaryIO) -> None:
    at = 8
    for _ in range(MOST_PNG_CHUNKS):
        file.seek(at)
        header = file.read(8)
        if len(header) < 8 or header[4:] == b"IEND":
            return
        at += int.from_bytes(header[:4]) + 12
    _require(PNG, MOST_PNG_CHUNKS + 1, MOST_PNG_CHUNKS, "chunks")


def _check_gif(file: BinaryIO) -> None:
    """What comes before the first frame; the frames after it are not read."""
    file.seek(10)
    flags = file.read(1)
    file.seek(13 + (3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0))
    extensions = blocks = 0
    while file.read(1) == b"\x21":
        extensions += 1
        file.seek(1, 1)
        while blocks <= MOST_GIF_BLOCKS and (length := file.read(1)) not in (b"", b"\0"):
            blocks += 1
            file.seek(length[0], 1)
        _require(GIF, extensions, MOST_GIF_EXTENSIONS, "extensions")
        _require(GIF, blocks, MOST_GIF_BLOCKS, "blocks before its first frame")
