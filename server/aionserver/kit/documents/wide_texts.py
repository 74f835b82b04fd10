"""Texts in two or four bytes a letter that have no mark to say so."""

import re
import unicodedata
from typing import Final

# Western letters leave every second byte zero, or three of four.
_LEAST_ZEROS: Final = 0.4
_QUARTERS: Final = {(True, True, True, False): "utf-32-be", (False, True, True, True): "utf-32-le"}
_HALVES: Final = {(True, False, True, False): "utf-16-be", (False, True, False, True): "utf-16-le"}
# Bytes that texts in one byte a letter do not have; of letters of other scripts many are among them.
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LEAST_CONTROLS: Final = 0.02
# A text in UTF-8 may have some that strayed there.
_LEAST_IN_UTF8: Final = 0.25
_LEAST_BYTES: Final = 16
_SAMPLE_BYTES: Final = 4096
# Unassigned, private and control signs, which no text has.
_UNWRITTEN: Final = frozenset({"Cn", "Co", "Cc"})
_BREAKS: Final = frozenset("\t\n\r\f")


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 where the bytes are a text in it; None of any other."""
    head = data[:_SAMPLE_BYTES]
    return _by_zeros(head) or _by_letters(head)


def _by_zeros(head: bytes) -> str | None:
    quarter = len(head) // 4
    if not quarter or 0 not in head:
        return None
    full = [head[at::4].count(0) > _LEAST_ZEROS * quarter for at in range(4)]
    return (_QUARTERS | _HALVES).get((full[0], full[1], full[2], full[3]))


def _by_letters(head: bytes) -> str | None:
    """The order of two bytes in which all are letters, of the fewest scripts."""
    least = _LEAST_IN_UTF8 if _is_utf8(head) else _LEAST_CONTROLS
    if len(head) < _LEAST_BYTES or len(_CONTROL.findall(head)) <= least * len(head):
        return None
    spread = {encoding: _blocks_of(head, encoding) for encoding in ("utf-16-le", "utf-16-be")}
    fitting = {encoding: blocks for encoding, blocks in spread.items() if blocks}
    return min(fitting, key=lambda encoding: fitting[encoding]) if fitting else None


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as fault:
        return fault.start > len(head) - 4
    return True


def _blocks_of(head: bytes, encoding: str) -> int:
    """How many blocks of 256 letters the text needs; 0 where it is none."""
    try:
        text = head[: len(head) // 2 * 2].decode(encoding)
    except UnicodeDecodeError as fault:
        if fault.start < len(head) - 3:
            return 0
        text = head[: fault.start].decode(encoding)
    if any(unicodedata.category(letter) in _UNWRITTEN and letter not in _BREAKS for letter in text):
        return 0
    return len({ord(letter) >> 8 for letter in text})
