"""How much memory can still be taken: the machine's, or the container's where that is less. Linux only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class GroupFiles:
    """Where a version of control groups says limit and use, and what of the use can be given back."""

    root: str
    limit: str
    usage: str
    reclaimable: str


VERSION_1 = GroupFiles("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
VERSION_2 = GroupFiles("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file")


def free_memory_bytes(root: Path = Path("/")) -> int | None:
    """Bytes that can be taken before the kernel has to kill; None where the system does not say."""
    machine = _fields(root / "proc/meminfo").get("MemAvailable")
    groups = [*_groups(root)]
    if machine is None:
        return min(groups, default=None)
    return min([machine * 1024, *groups])


def _groups(root: Path) -> Iterator[int]:
    """What is left in each group with a limit that this process is in, from its own to the outermost."""
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        files = VERSION_1 if controllers else VERSION_2
        top = root / files.root
        own = top / path.strip("/")
        for folder in (own, *own.parents):
            if folder.is_relative_to(top) and (left := _left(folder, files)) is not None:
                yield left


def _left(folder: Path, files: GroupFiles) -> int | None:
    limit, usage = _number(folder / files.limit), _number(folder / files.usage)
    if limit is None or usage is None:
        return None
    reclaimable = _fields(folder / "memory.stat").get(files.reclaimable, 0)
    return max(0, limit - usage + reclaimable)


def _number(path: Path) -> int | None:
    """The file's number; None for a missing file and for `max`."""
    lines = _lines(path)
    return int(lines[0]) if lines and lines[0].isdecimal() else None


def _fields(path: Path) -> dict[str, int]:
    """Lines such as `MemFree:  17 kB` or `inactive_file 17` as names and numbers."""
    words = [line.replace(":", " ").split() for line in _lines(path)]
    return {found[0]: int(found[1]) for found in words if len(found) > 1 and found[1].isdecimal()}


def _lines(path: Path) -> Sequence[str]:
    try:
        return path.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
