"""What the processes take: seconds from start to healthy, memory at rest and at work, and how it grows.

python benchmarks/footprint.py [--first 3] [--warm 5] [--photos 80] [--searches 80] [--files 300] [--only start memory]

`--files 10000` is the long form; growth counts from the hundredth file, when every network has run on many shapes.
The bare baseline is a process that imports fastapi, sqlalchemy and pydantic and answers one route with uvicorn.
"""

import argparse
import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx2
from _processes import family
from _served import Server, free_port, photos, print_machine, serving
from PIL import Image

FIRST_GOAL_SECONDS, WARM_GOAL_SECONDS = 6.0, 2.0
API_GOAL_BYTES, WORKER_GOAL_BYTES = 250e6, 900e6
GROWTH_GOAL = 0.05
WARM_UP_FILES = 100
BATCH = 20
MEGABYTE = 1e6
QUERIES = ("a dog on the beach", "two people at a table", "red bus in a street", "snow", "food on a plate, no people")
BARE = """
import sys
import fastapi, pydantic, sqlalchemy, uvicorn
app = fastapi.FastAPI()
app.get("/health")(lambda: {"status": "healthy"})
uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
"""


@dataclass(frozen=True)
class Memory:
    """Bytes of one process: resident, its share of what it has in common with others, the most it ever had."""

    resident: int
    proportional: int
    peak: int


def bare_start() -> float:
    """Seconds until the bare process answers."""
    port = free_port()
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", BARE, str(port)]) as process:
        try:
            _answered(f"http://127.0.0.1:{port}/health")
            return time.perf_counter() - started
        finally:
            process.terminate()


def _answered(url: str) -> None:
    deadline = time.monotonic() + 60
    with httpx2.Client(trust_env=False) as client:
        while time.monotonic() < deadline:
            try:
                client.get(url).raise_for_status()
                return
            except httpx2.ConnectError:
                time.sleep(0.02)
    raise TimeoutError(f"nobody answers at {url}")


def own_start(folder: Path) -> float:
    """Seconds until our server is healthy over the folder."""
    with serving(folder) as server:
        return server.seconds_to_healthy


def measure_starts(first: int, warm: int) -> None:
    """Print first and warm starts, each taken in turn with the bare one."""

    def first_start() -> float:
        with tempfile.TemporaryDirectory(prefix="aionvision-bench-") as folder:
            return own_start(Path(folder))

    _print_starts("first start", first_start, first, FIRST_GOAL_SECONDS)
    with tempfile.TemporaryDirectory(prefix="aionvision-bench-") as folder:
        own_start(Path(folder))
        _print_starts("warm start", lambda: own_start(Path(folder)), warm, WARM_GOAL_SECONDS)


def _print_starts(name: str, start: Callable[[], float], rounds: int, goal_seconds: float) -> None:
    pairs = [(start(), bare_start()) for _ in range(rounds)]
    own, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    held = _verdict(own <= goal_seconds)
    print(f"{name:<12}{own:6.2f} s   bare {bare:5.2f} s   ratio {own / bare:5.2f}   goal {goal_seconds:.0f} s: {held}")


def _verdict(holds: bool) -> str:
    return "holds" if holds else "MISSED"


def memory_of(server: Server) -> dict[str, Memory]:
    """Supervisor, api, worker and its child that reads files; processes that have ended are left out."""
    named = {server.process_id: "supervisor"}
    for process, command in family(server.process_id).items():
        for name, mark in (("api", " api "), ("worker", "aionserver worker"), ("reader", "sandbox_child")):
            if mark in command:
                named[process] = name
    return {name: _memory(process) for process, name in named.items()}


def _memory(process: int) -> Memory:
    rollup = _kilobytes(Path(f"/proc/{process}/smaps_rollup"))
    peak = _kilobytes(Path(f"/proc/{process}/status"))["VmHWM"]
    return Memory(rollup["Rss"] * 1024, rollup["Pss"] * 1024, peak * 1024)


def _kilobytes(file: Path) -> dict[str, int]:
    lines = [line.split() for line in file.read_text().splitlines()]
    return {words[0].rstrip(":"): int(words[1]) for words in lines if words[-1] == "kB"}


def print_memory(moment: str, server: Server) -> dict[str, Memory]:
    """Print resident, proportional and peak megabytes of every process."""
    found = memory_of(server)
    parts = [
        f"{name} {one.resident / MEGABYTE:.0f}/{one.proportional / MEGABYTE:.0f}/{one.peak / MEGABYTE:.0f}"
        for name, one in found.items()
    ]
    print(f"{moment:<20}" + "   ".join(parts), flush=True)
    return found


def search(server: Server, count: int) -> None:
    """That many searches, one after the other."""
    with server.client() as client:
        for number in range(count):
            body = {"query": QUERIES[number % len(QUERIES)]}
            client.post("/agents/search/images", json=body).raise_for_status()


def picture(number: int) -> bytes:
    """A photo like no other: cut by a few pixels, so that it has a shape of its own too."""
    files = photos(number + 1)
    with Image.open(files[number]) as image:
        turn = number // len(set(files))
        cut = image.convert("RGB").crop((turn % 40, turn // 40, image.width, image.height))
    written = io.BytesIO()
    cut.save(written, "JPEG", quality=90)
    return written.getvalue() + number.to_bytes(4, "big")


def describe(server: Server, numbers: range) -> None:
    """Upload the pictures of these numbers and wait until each is described."""
    with server.client() as client:
        for start in range(numbers.start, numbers.stop, BATCH):
            some = range(start, min(start + BATCH, numbers.stop))
            parts = [("files", (f"{number}.jpg", picture(number))) for number in some]
            client.post("/user-files/upload/stream-batch", files=parts).raise_for_status()
        while client.get("/user-files", params={"has_description": False, "limit": 1}).json()["total_count"]:
            time.sleep(0.5)


def measure_memory(server: Server, searches: int, pictures: int) -> None:
    """Print memory at rest, after searches and after pictures, and whether the goals hold."""
    print("megabytes: resident/proportional/peak")
    print_memory("after start", server)
    search(server, searches)
    print_memory(f"after {searches} searches", server)
    describe(server, range(pictures))
    found = print_memory(f"after {pictures} photos", server)
    for name, goal in (("api", API_GOAL_BYTES), ("worker", WORKER_GOAL_BYTES)):
        own = found[name].resident
        print(f"{name:<7}{own / MEGABYTE:5.0f} MB   goal {goal / MEGABYTE:.0f} MB: {_verdict(own <= goal)}")


def measure_growth(server: Server, done: int, files: int) -> None:
    """Print memory at every tenth of the files, and what it grew from the end of the warm-up."""
    warm = min(max(WARM_UP_FILES, done), files)
    describe(server, range(done, warm))
    before = print_memory(f"after {warm} files", server)
    latest: Mapping[str, Memory] = before
    marks = [warm + (files - warm) * tenth // 10 for tenth in range(11)]
    for start, stop in pairwise(marks):
        describe(server, range(start, stop))
        search(server, BATCH)
        latest = print_memory(f"after {stop} files", server)
    for name in ("api", "worker"):
        growth = latest[name].resident / before[name].resident - 1
        print(f"{name:<7}grew {growth:+6.1%} over {files - warm} files   goal 5%: {_verdict(growth <= GROWTH_GOAL)}")


def main() -> None:
    """Print starts, memory and growth."""
    parser = argparse.ArgumentParser(description="Start and memory of the processes.")
    for name, default in (("first", 3), ("warm", 5), ("photos", 80), ("searches", 80), ("files", 300)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--only", nargs="+", choices=("start", "memory"), default=("start", "memory"))
    chosen = parser.parse_args()
    print_machine()
    if "start" in chosen.only:
        measure_starts(chosen.first, chosen.warm)
    if "memory" in chosen.only:
        with tempfile.TemporaryDirectory(prefix="aionvision-bench-") as folder, serving(Path(folder)) as server:
            search(server, 1)  # returns once the query's network is loaded
            measure_memory(server, chosen.searches, chosen.photos)
            measure_growth(server, chosen.photos, chosen.files)
    print_machine()


if __name__ == "__main__":
    main()
