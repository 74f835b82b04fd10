"""The memory of children that read files, as the kernel counts it while they run."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

POLL_SECONDS = 0.1
CHILD = b"aionserver.infra.sandbox_child"


def parsers_of(root: int) -> dict[int, int]:
    """Process ids of the sandbox children below a process, and the most bytes each has held."""
    parents = dict(_parents())
    return {pid: _peak_bytes(pid) for pid in parents if _below(pid, root, parents) and _parses(pid)}


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (words := _read(int(entry.name), "stat").rpartition(b")")[2].split()):
            yield int(entry.name), int(words[1])


def _below(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != root:
        pid = parents[pid]
    return pid == root


def _parses(pid: int) -> bool:
    return CHILD in _read(pid, "cmdline")


def _peak_bytes(pid: int) -> int:
    lines = [line.split() for line in _read(pid, "status").splitlines()]
    return next((int(words[1]) * 1024 for words in lines if words[:1] == [b"VmHWM:"]), 0)


def _read(pid: int, name: str) -> bytes:
    try:
        return (Path("/proc") / str(pid) / name).read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


class Watch:
    """Looks at the sandbox children below a process until left; `peak_bytes` is the most that one of them held."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look_on)
        self.peak_bytes = 0

    def _look_on(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            self.peak_bytes = max([self.peak_bytes, *parsers_of(self._root).values()])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.peak_bytes = max([self.peak_bytes, *parsers_of(self._root).values()])


def tell(config: pytest.Config, seconds: float, watch: Watch, outcome: str, what: str) -> None:
    """Print what a file cost while the tests go on."""
    plugins = config.pluginmanager
    with plugins.getplugin("capturemanager").global_and_fixture_disabled():
        line = f" {seconds:6.2f} s {watch.peak_bytes >> 20:5} MiB  {outcome:18} {what}"
        plugins.getplugin("terminalreporter").write_line(line)
