"""A disk of a few megabytes, where the system lets us mount one: what is full there is really full."""

import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SMALL_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class SmallDisk:
    """A disk of its own, and a file on it that takes up room."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    @property
    def free_bytes(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self, but_bytes: int = 0) -> None:
        """Leave no more than so many bytes free."""
        self.clear()
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, self.free_bytes - but_bytes)

    def clear(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def mounted(folder: Path, size_bytes: int) -> Generator[SmallDisk]:
    """A disk of this size at the folder, until leaving; the test is skipped where nobody may mount."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("a small disk can be mounted by root on Linux only")
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        pytest.skip(f"a small disk can't be mounted here: {found.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 8 MiB with nothing on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted(folder, SMALL_BYTES) as disk:
        yield disk
