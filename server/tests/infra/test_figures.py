"""Figures of several processes add up, and what the dead have counted stays."""

import os
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aionserver.infra.figure_folder import LARGEST_BYTES, FigureFolder
from aionserver.infra.figures import BOUNDS_SECONDS, IN_PROGRESS, Figures, added
from plugins.disks import SmallDisk

REQUESTS = ("requests", "files.list", "GET", "2xx")

# Counts three requests of which one is not over, says so, and waits to be killed.
DYING = f"""
import sys
from pathlib import Path
from aionserver.infra.figure_folder import FigureFolder
from aionserver.infra.figures import Figures
figures = Figures()
figures.add({REQUESTS!r}, 3)
figures.add(({IN_PROGRESS!r},), 1)
FigureFolder(Path(sys.argv[1])).write({{"role": "api"}}, figures.copy())
print("counted", flush=True)
sys.stdin.read()
"""


@contextmanager
def counting(folder: Path) -> Generator[None]:
    """A process that has counted; killed on leaving."""
    command = [sys.executable, "-c", DYING, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"counted\n"
            yield
        finally:
            process.kill()


def count_and_die(folder: Path) -> None:
    with counting(folder):
        pass


def requests_of(folder: FigureFolder) -> tuple[float, float]:
    """Requests that are counted, and in progress, by all but the one who asks."""
    others, past = folder.read_all()
    total: dict[tuple[str, ...], list[float]] = {}
    for series in (past, *(one.series for one in others)):
        added(total, series)
    return total.get(REQUESTS, [0.0])[0], total.get((IN_PROGRESS,), [0.0])[0]


def test_a_time_falls_under_the_smallest_bound_that_it_does_not_exceed() -> None:
    figures = Figures()
    for seconds in (0.001, 0.0011, 1000.0):
        figures.time(("took",), seconds)
    total, *counts = figures.copy()["took",]
    assert total == pytest.approx(1000.0021)
    assert (counts[0], counts[1], counts[-1], sum(counts)) == (1, 1, 1, 3)
    assert len(counts) == len(BOUNDS_SECONDS) + 1


def test_a_copy_can_be_taken_while_another_thread_counts() -> None:
    figures, stop = Figures(), threading.Event()

    def count() -> None:
        for number in range(20_000):
            figures.add(("n", str(number % 3000)))
        stop.set()

    thread = threading.Thread(target=count)
    thread.start()
    while not stop.is_set():
        figures.copy()
    thread.join()
    assert sum(values[0] for values in figures.copy().values()) == 20_000


def test_what_a_killed_process_has_counted_stays_and_what_it_was_doing_does_not(tmp_path: Path) -> None:
    watcher = FigureFolder(tmp_path)
    with counting(tmp_path):
        assert requests_of(watcher) == (3, 1)
    assert requests_of(watcher) == (3, 0)
    assert requests_of(watcher) == (3, 0)
    watcher.close()


def test_files_of_the_dead_are_gone_after_a_look(tmp_path: Path) -> None:
    watcher = FigureFolder(tmp_path)
    watcher.write({}, {})
    before = sorted(path.name for path in tmp_path.iterdir())
    for _ in range(3):
        count_and_die(tmp_path)
    assert requests_of(watcher) == (9, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "past.json"])
    watcher.close()


def test_a_burial_that_was_broken_off_counts_nobody_twice(tmp_path: Path) -> None:
    watcher = FigureFolder(tmp_path)
    count_and_die(tmp_path)
    left = {path: path.read_bytes() for path in tmp_path.iterdir() if path.suffix in (".alive", ".json")}
    assert requests_of(watcher) == (3, 0)
    for path, content in left.items():  # as if it had been killed before it removed them
        if not path.exists():
            path.write_bytes(content)
    assert requests_of(watcher) == (3, 0)
    count_and_die(tmp_path)
    assert requests_of(watcher) == (6, 0)
    watcher.close()


def test_files_that_are_not_ours_count_for_nothing(tmp_path: Path) -> None:
    watcher = FigureFolder(tmp_path)
    for name, content in (("a", "[]"), ("b", '{"about": {}, "series": [["n", ["x"]]]}'), ("c", "{" * 10)):
        (tmp_path / f"{name}.json").write_text(content)
        (tmp_path / f"{name}.alive").touch()
    (tmp_path / "d.alive").touch()
    with (tmp_path / "d.json").open("wb") as file:
        os.truncate(file.fileno(), LARGEST_BYTES + 1)
    assert requests_of(watcher) == (0, 0)
    watcher.close()


def test_on_a_full_disk_what_was_written_before_stays_whole(small_disk: SmallDisk) -> None:
    watcher, writer = FigureFolder(small_disk.folder), FigureFolder(small_disk.folder)
    writer.write({}, {REQUESTS: [3.0]})
    small_disk.fill()
    with pytest.raises(OSError, match="No space left"):
        writer.write({}, {(f"{'n' * 100}{number}",): [1.0] for number in range(1000)})
    small_disk.clear()
    assert requests_of(watcher) == (3, 0)
    writer.close()
    watcher.close()
