"""A server that is killed, part by part or as a whole, and restarted as a service manager would."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx2
from _served import free_port

RESTART_SECONDS = 0.2
START_SECONDS = 120
STOP_SECONDS = 20
KINDS = ("api", "worker", "backend", "postmaster", "supervisor")
WORDS = {"api": " api ", "worker": " worker ", "postmaster": "bin/postgres "}


class MortalServer:
    """`aionvision serve` over `folder`, started again whenever its supervisor ends."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = folder / "data"
        self.log = folder / "log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.starts = 0
        self._environment = {**os.environ, "AIONVISION_LOG_LEVEL": "warning", **settings}
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = threading.Event()
        self._manager = threading.Thread(target=self._keep, daemon=True, name="service manager")

    def start(self) -> str:
        """Serve; returns the first API key once requests are answered."""
        self._wanted.set()
        self._manager.start()
        deadline = time.monotonic() + START_SECONDS
        login = self.data / "first-login.json"
        while not (login.exists() and self.healthy()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not healthy after {START_SECONDS} s:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)
        return str(json.loads(login.read_text())["api_key"])

    def healthy(self) -> bool:
        """Whether /health answers 200."""
        with suppress(httpx2.TransportError):
            return httpx2.get(f"{self.url}/health", timeout=5, trust_env=False).status_code == 200
        return False

    def stop(self) -> None:
        """End in good order, and stay ended."""
        self._wanted.clear()
        if self._process is not None:
            self._process.terminate()
        self._manager.join(STOP_SECONDS)

    def _keep(self) -> None:
        command = [sys.executable, "-m", "aionserver", "serve", "--port", str(self.port)]
        while self._wanted.is_set():
            with self.log.open("ab") as log:
                command_line = [*command, "--data-dir", str(self.data)]
                self._process = subprocess.Popen(command_line, env=self._environment, stdout=log, stderr=log)
            self.starts += 1
            self._process.wait()
            time.sleep(RESTART_SECONDS)

    def kill(self, kind: str, chance: Random) -> bool:
        """SIGKILL to a random process of the kind; False when there is none at the moment."""
        victims = self._victims(kind)
        if not victims:
            return False
        with suppress(ProcessLookupError):
            os.kill(chance.choice(victims), signal.SIGKILL)
            return True
        return False

    def _victims(self, kind: str) -> list[int]:
        if self._process is None or self._process.poll() is not None:
            return []
        if kind == "supervisor":
            return [self._process.pid]
        if kind == "backend":
            return [pid for parent in self._victims("postmaster") for pid, _ in _children(parent)]
        return sorted(pid for pid, line in _children(self._process.pid) if WORDS[kind] in f"{line} ")


def _children(root: int) -> Iterator[tuple[int, str]]:
    """The process ids and command lines of a process's children."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if parent == root:
                    yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
