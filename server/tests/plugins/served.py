"""A real server: `aionvision serve` in a process of its own, with instant networks."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

START_SECONDS = 60
STOP_SECONDS = 15


@dataclass(frozen=True)
class Served:
    """A running server, by its supervisor's process."""

    process: subprocess.Popen[bytes]
    folder: Path
    url: str
    key: str

    @property
    def api(self) -> str:
        """Where the API begins."""
        return f"{self.url}/api/v2"

    def kill(self, word: str) -> None:
        """SIGKILL to the first child with the word in its command line; one that just died is begun again soon."""
        until = time.monotonic() + START_SECONDS
        while not (found := [pid for pid, line in _children(self.process.pid) if word in line]):
            assert time.monotonic() < until, f"There is no child {word}."
            time.sleep(0.05)
        os.kill(found[0], signal.SIGKILL)


def _children(root: int) -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == root and line:
                yield int(entry.name), line


def clean_environment() -> dict[str, str]:
    """The environment without settings of the server."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AIONVISION_", "DATABASE_"))}


@contextmanager
def serving(folder: Path, **settings: str) -> Generator[Served]:
    """A server over an empty folder, until leaving; `settings` are its environment's."""
    command = [sys.executable, "-m", "aionserver", "serve", "--data-dir", str(folder / "data"), "--port", "0"]
    with (folder / "log").open("wb") as log:
        environment = {**clean_environment(), "AIONVISION_MODELS": "deterministic", **settings}
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        login = _first_login(process, folder)
        yield Served(process, folder / "data", login["url"], login["api_key"])
    finally:
        process.terminate()
        process.wait(timeout=STOP_SECONDS)


def _first_login(process: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    path, deadline = folder / "data" / "first-login.json", time.monotonic() + START_SECONDS
    while not path.exists():
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.05)
    return json.loads(path.read_text())


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One real server for all journeys that leave it running."""
    with serving(tmp_path_factory.mktemp("served")) as found:
        yield found
