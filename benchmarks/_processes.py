"""Processor time of processes and of all their descendants, from /proc."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def family(root: int) -> dict[int, str]:
    """The descendants of a process, with their command lines."""
    parents = dict(_parents())
    found: dict[int, str] = {}
    for pid in parents:
        above = pid
        while above in parents and above != root:
            above = parents[above]
        if above == root and pid != root:
            found[pid] = _read(pid, "cmdline").replace("\0", " ")
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _fields(int(entry.name))
            if fields:
                yield int(entry.name), int(fields[1])


def _fields(pid: int) -> list[str]:
    """What follows the name in /proc/<pid>/stat; nothing once the process has ended."""
    return _read(pid, "stat").rpartition(")")[2].split()


def _read(pid: int, name: str) -> str:
    try:
        return (Path("/proc") / str(pid) / name).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


class CpuClock:
    """Processor seconds used so far, by named part: a part is processes with all their descendants."""

    def __init__(self, parts: Mapping[str, Sequence[int]]) -> None:
        self._parts = parts

    def seconds(self) -> dict[str, float]:
        """User and system time of each part; that of ended children is with their parents."""
        return {name: sum(map(_tree_seconds, roots)) for name, roots in self._parts.items()}


def _tree_seconds(root: int) -> float:
    own = [_fields(pid) for pid in (root, *family(root))]
    return sum(sum(map(int, fields[11:13])) for fields in own if fields) / TICKS_A_SECOND
