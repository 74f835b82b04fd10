"""Free memory is what the machine and every group around the process leave."""

from pathlib import Path

import pytest

from aionserver.infra.free_memory import free_memory_bytes

MEMINFO = "MemTotal:       2000 kB\nMemFree:  10 kB\nMemAvailable:   1000 kB\n"
MACHINE = 1000 * 1024


def write(root: Path, files: dict[str, str]) -> Path:
    """The files of a system, below a folder."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def group(folder: str, limit: str, usage: int, cache: int, *, old: bool = False) -> dict[str, str]:
    """A group's files, in the second version of groups or the first."""
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if old else ("memory.max", "memory.current")
    word = "total_inactive_file" if old else "inactive_file"
    return {f"{folder}/{name}": f"{value}\n" for name, value in zip(names, (limit, usage), strict=True)} | {
        f"{folder}/memory.stat": f"anon 5\n{word} {cache}\n"
    }


def test_without_groups_it_is_what_the_machine_says(tmp_path: Path) -> None:
    assert free_memory_bytes(write(tmp_path, {"proc/meminfo": MEMINFO})) == MACHINE


def test_a_system_that_does_not_say_is_not_asked(tmp_path: Path) -> None:
    assert free_memory_bytes(tmp_path) is None


def test_the_container_counts_where_it_is_smaller_and_its_cache_can_be_given_back(tmp_path: Path) -> None:
    own = group("sys/fs/cgroup", "9000", 8000, 500)
    root = write(tmp_path, {"proc/meminfo": MEMINFO, "proc/self/cgroup": "0::/\n", **own})
    assert free_memory_bytes(root) == 1500


def test_a_group_without_a_limit_is_bound_by_the_one_around_it(tmp_path: Path) -> None:
    inner = group("sys/fs/cgroup/service/one", "max", 8000, 0)
    outer = group("sys/fs/cgroup/service", "9000", 8900, 0)
    root = write(tmp_path, {"proc/meminfo": MEMINFO, "proc/self/cgroup": "0::/service/one\n", **inner, **outer})
    assert free_memory_bytes(root) == 100


def test_the_first_version_of_groups_is_understood(tmp_path: Path) -> None:
    own = group("sys/fs/cgroup/memory/one", "9000", 8000, 200, old=True)
    names = "9:cpu:/else\n4:memory:/one\n0::/\n"
    root = write(tmp_path, {"proc/meminfo": MEMINFO, "proc/self/cgroup": names, **own})
    assert free_memory_bytes(root) == 1200


def test_a_group_over_its_limit_leaves_nothing(tmp_path: Path) -> None:
    own = group("sys/fs/cgroup", "9000", 9500, 0)
    root = write(tmp_path, {"proc/meminfo": MEMINFO, "proc/self/cgroup": "0::/\n", **own})
    assert free_memory_bytes(root) == 0


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="this system has no /proc")
def test_this_machine_has_some() -> None:
    assert (free_memory_bytes() or 0) > 0
