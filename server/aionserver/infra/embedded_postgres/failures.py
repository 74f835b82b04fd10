"""What went wrong with PostgreSQL, as one sentence that says what to do."""

import shutil
from pathlib import Path

from aionserver.infra.errors import Unavailable

ONE_WAL_SEGMENT_BYTES = 16 * 1024 * 1024
TAIL_BYTES = 16 * 1024

DISK_FULL = "the disk that holds {folder} is full: make room there, then start again"
KNOWN_CAUSES = {
    "No space left on device": DISK_FULL,
    "Disk quota exceeded": "the disk quota for {folder} is used up: make room there, then start again",
    "Read-only file system": "{folder} is on a read-only disk: choose another data folder",
    "Cannot allocate memory": "there is not enough free memory: stop other programs or add memory",
    "Operation not permitted": (
        "this environment does not let root become another user, and PostgreSQL refuses to run as root:"
        " start as an ordinary user, or set DATABASE_URL"
    ),
}


class EmbeddedPostgresError(Unavailable):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""

    code = "EMBEDDED_POSTGRES_FAILED"


def failure(log: str, folder: Path) -> EmbeddedPostgresError:
    """The error for a PostgreSQL program that ended badly and left `log`."""
    return EmbeddedPostgresError(f"PostgreSQL could not start: {cause(log, folder)}.")


def cause(log: str, folder: Path) -> str:
    """Why it failed: a known cause in plain words, or the log's own last severe line."""
    for phrase, sentence in KNOWN_CAUSES.items():
        if phrase in log:
            return sentence.format(folder=folder)
    if free_bytes(folder) < ONE_WAL_SEGMENT_BYTES:  # a full disk also swallows the message that says so
        return DISK_FULL.format(folder=folder)
    return f"{severe_line(log)} (its log is in {folder})"


def severe_line(log: str) -> str:
    """The last line of `log` that PostgreSQL marks as severe, or else the last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()] or ["it gave no reason"]
    severe = [line for line in lines if any(mark in line for mark in ("PANIC:", "FATAL:", "error:"))]
    return (severe or lines)[-1].rstrip(".")


def free_bytes(folder: Path) -> int:
    """Free space on the disk of `folder`, or of its nearest parent that exists."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def tail(file: Path) -> str:
    """The last few kilobytes of a log; nothing when there is none."""
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - TAIL_BYTES))
        return stream.read(TAIL_BYTES).decode(errors="replace")
