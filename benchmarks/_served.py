"""A server to measure, over a folder of its own; and what every benchmark prints first."""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parents[1]
EVAL = Path(os.environ.get("AION_EVAL_DIR", ROOT.parent / "shared" / "eval"))


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    key: str
    folder: Path
    seconds_to_healthy: float
    process_id: int

    def client(self) -> httpx2.Client:
        """A client with its key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx2.Client(base_url=f"{self.url}/api/v2", headers=headers, timeout=600, trust_env=False)


@contextmanager
def serving(folder: Path, **settings: str) -> Generator[Server]:
    """`aionvision serve` on a free port, until leaving."""
    command = [sys.executable, "-m", "aionserver", "serve", "--data-dir", str(folder / "data"), "--port", "0"]
    environment = {**os.environ, "AIONVISION_LOG_LEVEL": "warning", **settings}
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = next(line.split()[-1] for line in process.stdout if "is ready" in line)
        seconds = time.perf_counter() - started
        try:
            login = json.loads((folder / "data" / "first-login.json").read_text())
            yield Server(url, login["api_key"], folder, seconds, process.pid)
        finally:
            process.terminate()
            process.stdout.read()


@contextmanager
def fresh_server(**settings: str) -> Generator[Server]:
    """A server over an empty folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="aionvision-bench-") as folder, serving(Path(folder), **settings) as server:
        yield server


def photos(count: int) -> list[Path]:
    """Real photos: of the evaluation data where it is there, else the samples; repeated up to `count`."""
    found = sorted((EVAL / "img_captions_coco" / "dev" / "files").glob("*.jpg"))
    found = found or sorted((ROOT / "examples" / "photos").glob("*.jpg"))
    return [found[number % len(found)] for number in range(count)]


def median_seconds(work: Callable[[], object], rounds: int) -> float:
    """The median time of a call."""
    return statistics.median(_seconds(work) for _ in range(rounds))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def print_machine() -> None:
    """The cores and how busy they are: absolute times mean little without."""
    print(f"{os.cpu_count()} cores, load {' '.join(f'{load:.2f}' for load in os.getloadavg())}")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of all lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Return once somebody listens on the port."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")
