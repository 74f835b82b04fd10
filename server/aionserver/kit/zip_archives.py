"""Zip archives that are written while they are sent: their entries stand as they are, and nothing is kept of them."""

import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, Final, cast

LONGEST_NAME_BYTES: Final = 255
# What names of files may not have on one system or another, and what no reader shows.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u2028-\u202e\u2066-\u2069]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_YEARS: Final = (1980, 2107)


class _Drain:
    """Takes what is written, forwards only, until it is taken away."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


class ZipWriter:
    """An archive that grows: every method gives the bytes that have come to it. To be closed, finished or not."""

    def __init__(self) -> None:
        self._drain = _Drain()
        self._archive = zipfile.ZipFile(cast("IO[bytes]", self._drain), "w", zipfile.ZIP_STORED, allowZip64=True)
        self._entry: IO[bytes] | None = None

    def begin(self, name: str, made_at: datetime, size_bytes: int) -> bytes:
        """Begin an entry, the one before being whole."""
        self._finish_entry()
        info = zipfile.ZipInfo(name, _dos_time(made_at))
        info.external_attr = 0o644 << 16
        info.file_size = size_bytes
        self._entry = self._archive.open(info, "w", force_zip64=size_bytes >= zipfile.ZIP64_LIMIT)
        return self._drain.take()

    def write(self, data: bytes) -> bytes:
        """Further bytes of the entry."""
        assert self._entry is not None
        self._entry.write(data)
        return self._drain.take()

    def finish(self) -> bytes:
        """The end: the list of all entries."""
        self._finish_entry()
        self._archive.close()
        return self._drain.take()

    def close(self) -> None:
        """Let go of it."""
        self.finish()

    def _finish_entry(self) -> None:
        if self._entry is not None:
            self._entry.close()
            self._entry = None


def _dos_time(moment: datetime) -> tuple[int, int, int, int, int, int]:
    """The moment in UTC, in the years that archives know."""
    first, last = _YEARS
    at = moment.astimezone(UTC)
    if not first <= at.year <= last:
        return (first, 1, 1, 0, 0, 0) if at.year < first else (last, 12, 31, 23, 59, 58)
    return at.year, at.month, at.day, at.hour, at.minute, at.second


def entry_names(names: Iterable[str]) -> list[str]:
    """A name in one folder for each, that every system takes; of equal ones the later are numbered."""
    taken: set[str] = set()
    return [_numbered(entry_name(name), taken) for name in names]


def entry_name(name: str) -> str:
    """The name without what leads elsewhere or is not taken everywhere; of at most 255 bytes."""
    plain = _FORBIDDEN.sub("_", name).strip().rstrip(". ").lstrip(".") or "file"
    return _cut(f"_{plain}" if _DEVICES.match(plain) else plain, "")


def _numbered(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = _cut(name, f" ({number})")
    taken.add(free.casefold())
    return free


def _cut(name: str, ending: str) -> str:
    """The name with an ending before its suffix, cut so that both are whole."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix.encode()) > LONGEST_NAME_BYTES // 4:
        stem, dot, suffix = name, "", ""
    room = LONGEST_NAME_BYTES - len(f"{ending}{dot}{suffix}".encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + ending + dot + suffix
