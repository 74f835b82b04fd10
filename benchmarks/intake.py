"""Bytes a second into the library against bare sinks, and what they leave in the api's memory.

python benchmarks/intake.py [--photos 60] [--rounds 15]    long form: --photos 1000 (12 GB on the disk meanwhile)
"""

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from _processes import CpuClock, family
from _served import Server, free_port, fresh_server, photos, print_machine, wait_for_port
from _told import measure_description_progress, measure_progress

from aion import ClientConfig, InsecureTransportWarning, SyncAionVision
from aion._multipart import MultipartBody
from aion._requests import post
from aion._transport import HTTPClient
from aion.resources._batch_upload import chunks_of
from aion.resources._sources import file_parts

MB = 1_000_000
PIECE_BYTES = 8 * MB
PIECES = 6
PHOTO_BYTES = 3 * MB
DIFFERENT_PHOTOS = 20
DESCRIBED = 30
PHOTO_ROUNDS = 5
LARGE_BYTES = 100 * MB
# So much is sent once only: every round stays on the disk until the end.
LARGE_ROUND_BYTES = 1000 * MB
SETTLING_SECONDS = 5
PIECES_GOAL, PHOTOS_GOAL = 0.80, 0.70
# Of the default plan; the bare upload has as many requests under way, of as many photos.
CONCURRENT_UPLOADS, FILES_PER_REQUEST = 8, 200
STREAM = "/api/v2/user-files/upload/stream"
Upload = Callable[[], None]


@dataclass(frozen=True)
class Target:
    """Something that takes uploads: its name, address, key and process."""

    name: str
    url: str
    key: str
    process_id: int

    def cpu_seconds(self) -> float:
        """What the process has computed so far."""
        return CpuClock({self.name: [self.process_id]}).seconds()[self.name]


@dataclass(frozen=True)
class Outcome:
    """What came of a target's rounds. `ratio` is how much longer it took than the product, in the same round."""

    seconds: float
    cpu_seconds: float
    ratio: float


def padded_photo(number: int, size_bytes: int) -> bytes:
    """A photo with a long tail of other bytes: intake has much to take, and decoding little to do."""
    head = photos(1)[0].read_bytes()
    return head + random.Random(number).randbytes(size_bytes - len(head))


@contextmanager
def bare(application: str, folder: Path) -> Generator[Target]:
    """A sink in a process of its own, until leaving."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(Path(__file__).parent), f"_bare_sink:{application}"]
    options = ["--port", str(port), "--lifespan", "off", "--log-level", "error"]
    with subprocess.Popen([*command, *options], env={**os.environ, "AION_SINK_DIR": str(folder)}) as process:
        try:
            wait_for_port(port)
            yield Target(application, f"http://127.0.0.1:{port}", "none", process.pid)
        finally:
            process.terminate()


def product(server: Server) -> Target:
    """The server's api process."""
    process_id = next(pid for pid, line in family(server.process_id).items() if " api " in line)
    return Target("aionvision", server.url, server.key, process_id)


def send_pieces(target: Target, body: bytes, count: int = PIECES) -> None:
    """Uploads of the same picture, one after the other."""
    headers = {"Authorization": f"Bearer {target.key}"}
    with httpx2.Client(timeout=120, trust_env=False, headers=headers) as client:
        for number in range(count):
            part = {"file": (f"{number}.jpg", body)}
            client.post(target.url + STREAM, files=part, data={"auto_describe": "false"}).raise_for_status()


def send_photos(target: Target, folder: Path) -> None:
    """A folder through the SDK."""
    with SyncAionVision(api_key=target.key, base_url=f"{target.url}/api/v2", timeout=600) as client:
        client.upload(folder, wait_for_descriptions=False)


def send_photos_bare(target: Target, folder: Path) -> None:
    """The same requests without the SDK's questions and without its reading of answers."""
    asyncio.run(_send_bodies(target, folder))


async def _send_bodies(target: Target, folder: Path) -> None:
    http = HTTPClient(ClientConfig(api_key="aion_" + "0" * 40, base_url=target.url, timeout=600))
    parts = file_parts([folder], None, {".jpg": "image/jpeg"})
    free = asyncio.Semaphore(CONCURRENT_UPLOADS)

    async def send(body: MultipartBody) -> None:
        async with free:
            await http.send(post("/", body=body))

    chunks = chunks_of(parts, FILES_PER_REQUEST)
    await asyncio.gather(*(send(MultipartBody({}, "files", chunk.parts)) for chunk in chunks))
    await http.aclose()


def compare(own: Target, uploads: Mapping[Target, Upload], rounds: int, warm: int = 1) -> dict[Target, Outcome]:
    """The medians of interleaved rounds; the `warm` first ones are not counted."""
    times: dict[Target, list[tuple[float, float]]] = {target: [] for target in uploads}
    for number in range(rounds + warm):
        for target, upload in uploads.items():
            cpu, started = target.cpu_seconds(), time.perf_counter()
            upload()
            seconds = time.perf_counter() - started
            if number >= warm:
                times[target].append((seconds, target.cpu_seconds() - cpu))
    return {target: _outcome(found, times[own]) for target, found in times.items()}


def _outcome(found: Sequence[tuple[float, float]], own: Sequence[tuple[float, float]]) -> Outcome:
    return Outcome(
        statistics.median(seconds for seconds, _ in found),
        statistics.median(cpu for _, cpu in found),
        statistics.median(seconds / mine for (seconds, _), (mine, _) in zip(found, own, strict=True)),
    )


def report(title: str, outcomes: Mapping[Target, Outcome], megabytes: float, goal: float) -> None:
    """Print a line for each target; a ratio above 1 says that the product is faster."""
    print(title)
    for target, one in outcomes.items():
        speed, cost = megabytes / one.seconds, one.cpu_seconds / megabytes * 1000
        print(f"  {target.name:13}{speed:6.0f} MB/s   {cost:5.2f} CPU s/GB of its process   ratio {one.ratio:.2f}")
    ratio = next(one.ratio for target, one in outcomes.items() if target.name == "sink")
    print(f"  goal >= {goal:.2f} of the sink that leaves the bytes in memory: {'holds' if ratio >= goal else 'missed'}")


def resident_mb(target: Target, field: str) -> float:
    """VmRSS or VmHWM of the process."""
    status = Path(f"/proc/{target.process_id}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(field))) * 1024 / MB


def wait_for_rest(target: Target) -> None:
    """Return once the process's memory stands still: after its start the networks are loaded."""
    before = 0.0
    while abs(resident_mb(target, "VmRSS") - before) > 1:
        before = resident_mb(target, "VmRSS")
        time.sleep(SETTLING_SECONDS)


@contextmanager
def watched_memory(target: Target) -> Generator[None]:
    """Print the process's memory before, at its most meanwhile, and a while after."""
    Path(f"/proc/{target.process_id}/clear_refs").write_text("5")  # the peak begins anew
    before = resident_mb(target, "VmRSS")
    yield
    peak = resident_mb(target, "VmHWM")
    time.sleep(SETTLING_SECONDS)
    after = resident_mb(target, "VmRSS")
    print(f"  api memory    {before:.1f} MB before, {peak:.1f} at its most, {after:.1f} {SETTLING_SECONDS} s after")


def fill(folder: Path, count: int) -> None:
    """Photos of 3 MB; beyond the first twenty, other names of the same ones."""
    for number in range(count):
        path = folder / f"{number:05}.jpg"
        if number < DIFFERENT_PHOTOS:
            path.write_bytes(padded_photo(number, PHOTO_BYTES))
        else:
            path.hardlink_to(folder / f"{number % DIFFERENT_PHOTOS:05}.jpg")


def measure_pieces(targets: Sequence[Target], rounds: int) -> None:
    """Single pictures, one after the other."""
    body = padded_photo(1, PIECE_BYTES)
    outcomes = compare(targets[0], {one: (lambda one=one: send_pieces(one, body)) for one in targets}, rounds)
    report(f"pictures of {PIECE_BYTES // MB} MB, one a request", outcomes, PIECES * PIECE_BYTES / MB, PIECES_GOAL)


def measure_photos(own: Target, sinks: Sequence[Target], folder: Path, count: int) -> None:
    """A folder through `client.upload`."""
    fill(folder, count)
    uploads = {own: lambda: send_photos(own, folder)}
    uploads |= {one: (lambda one=one: send_photos_bare(one, folder)) for one in sinks}
    rounds, warm = (PHOTO_ROUNDS, 1) if count * PHOTO_BYTES < LARGE_ROUND_BYTES else (1, 0)
    with watched_memory(own):
        outcomes = compare(own, uploads, rounds, warm)
        report(f"{count} photos of 3 MB by client.upload(folder)", outcomes, count * PHOTO_BYTES / MB, PHOTOS_GOAL)


def measure_large(own: Target) -> None:
    """The largest picture, once and once more."""
    for number in range(2):
        body = padded_photo(number, LARGE_BYTES)
        print(f"one picture of {LARGE_BYTES // MB} MB")
        with watched_memory(own):
            send_pieces(own, body, 1)


def main(count: int, rounds: int) -> None:
    """Print all figures."""
    print_machine()
    with (
        # Without workers: what comes in is not being decoded beside.
        fresh_server(AIONVISION_WORKERS="0") as server,
        tempfile.TemporaryDirectory(prefix="aionvision-bench-") as folder,
        bare("sink", server.folder) as sink,
        bare("durable_sink", server.folder) as durable,
    ):
        own = product(server)
        send_pieces(own, padded_photo(0, PIECE_BYTES))
        wait_for_rest(own)
        measure_large(own)
        measure_pieces([own, sink, durable], rounds)
        measure_photos(own, [sink, durable], Path(folder), count)
        # With a worker, and without networks: it is about when they get their work.
        with fresh_server(AIONVISION_MODELS="deterministic") as working:
            measure_description_progress(working, photos(DESCRIBED))
        with fresh_server(AIONVISION_MODELS="deterministic") as working:
            measure_progress(working, Path(folder))


if __name__ == "__main__":
    warnings.simplefilter("ignore", InsecureTransportWarning)
    options = argparse.ArgumentParser()
    options.add_argument("--photos", type=int, default=60)
    options.add_argument("--rounds", type=int, default=15)
    given = options.parse_args()
    main(given.photos, given.rounds)
