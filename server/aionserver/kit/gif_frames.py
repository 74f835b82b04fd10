"""The frames of a GIF, counted by walking its blocks; nothing is decoded."""

from typing import BinaryIO, Final

MOST_BLOCKS: Final = 2_000_000


def count_frames(file: BinaryIO, most: int) -> int:
    """How many frames there are, at least 1 and at most `most`; a damaged tail ends the count."""
    file.seek(10)
    file.seek(13 + _table_bytes(file.read(1)))
    frames = blocks = 0
    while frames < most and blocks < MOST_BLOCKS:
        match file.read(1):
            case b"\x21":
                file.seek(1, 1)
            case b"\x2c":
                frames += 1
                file.seek(8, 1)
                file.seek(_table_bytes(file.read(1)) + 1, 1)
            case _:
                break
        blocks += _skip_blocks(file)
    return max(1, frames)


def _table_bytes(flags: bytes) -> int:
    """The size of the colour table that a flags byte announces."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _skip_blocks(file: BinaryIO) -> int:
    """Goes past a chain of data blocks to its empty end; gives their number."""
    blocks = 1
    while (length := file.read(1)) and length != b"\0" and blocks < MOST_BLOCKS:
        file.seek(length[0], 1)
        blocks += 1
    return blocks
