"""Files of a local folder while they are written: nowhere to be seen first, then whole, and on the disk to stay."""

import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from aionserver.infra.durable_files import sync_folder

UNFINISHED = ".unfinished"
# Names that end like this are in no listing of the store, which has the same custom.
HIDDEN = "#0"
START_WRITEBACK = 2  # SYNC_FILE_RANGE_WRITE of linux/fs.h


class FolderFile:
    """One file under way. Its methods block, for one thread at a time."""

    def __init__(self, folder: Path, path: Path) -> None:
        self._path = path
        self._staged = folder / UNFINISHED / f"{uuid4().hex}{HIDDEN}"
        self._descriptor: int | None = None
        self._is_staged = False
        self._size_bytes = 0

    def append(self, data: memoryview) -> None:
        """Write further bytes; the disk begins with them at once, so that little is left for the end."""
        descriptor = self._open()
        written = 0
        while written < len(data):
            with data[written:] as rest:
                written += os.write(descriptor, rest)
        _start_writeback(descriptor, self._size_bytes, len(data))
        self._size_bytes += len(data)

    def finish(self) -> None:
        """Give the file its name, and return once neither a crash nor a power cut can take it away."""
        descriptor = self._open()
        os.fsync(descriptor)
        self._close()
        changed = _make_folder(self._path.parent)
        self._staged.rename(self._path)
        self._is_staged = False
        for folder in changed:
            sync_folder(folder)

    def abandon(self) -> None:
        """Remove what was written of an unfinished file."""
        self._close()
        if self._is_staged:
            self._staged.unlink(missing_ok=True)

    def _open(self) -> int:
        if self._descriptor is None:
            self._staged.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            self._is_staged = True
        return self._descriptor

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def move(source: Path, target: Path) -> None:
    """Give a file another name, and return once neither a crash nor a power cut can take it back."""
    if not source.exists():
        raise FileNotFoundError(source)
    changed = _make_folder(target.parent)
    source.rename(target)
    for folder in (*changed, source.parent):
        sync_folder(folder)


def remove_unfinished(folder: Path, before: datetime) -> None:
    """Remove what processes left that were killed while they wrote, and wrote last before this moment."""
    for path in (folder / UNFINISHED).glob(f"*{HIDDEN}"):
        with suppress(FileNotFoundError):  # finished meanwhile
            if path.stat().st_mtime < before.timestamp():
                path.unlink()


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder; those in which a name is new, or about to be."""
    changed = [folder]
    while not changed[-1].exists():
        changed.append(changed[-1].parent)
    folder.mkdir(parents=True, exist_ok=True)
    return changed


def _writeback() -> Callable[[int, int, int], object]:
    if sys.platform != "linux":
        return lambda descriptor, start, size: None
    call = ctypes.CDLL(None).sync_file_range
    call.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]
    return lambda descriptor, start, size: call(descriptor, start, size, START_WRITEBACK)


_start_writeback = _writeback()
