"""What the SDK costs beside bare httpx2, what blocking calls cost beside awaited ones, and the memory of uploads.

    python benchmarks/sdk_overhead.py [--rounds 40] [--calls 60] [--files 2000]

A server that answers at once runs in a process of its own. Figures are milliseconds of processor time of this process
for one call, in all its threads: the SDK waits for nothing but the network, and a busy machine does not change them
much. Wall time is printed beside. Rounds are short and measure the kinds of call in turn; of each kind the quiet rounds
count. Targets: at most 0.3 ms a call more than bare httpx2, at most 0.1 ms more when blocking; memory that hardly
grows with the number of files.
"""

import argparse
import asyncio
import socket
import statistics
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from aion import AionVision, ClientConfig, SyncAionVision

KEY = "aion_" + "k" * 40
FILE = b'{"id":"f1","object_key":"k","size_bytes":9,"content_type":"image/jpeg","hash":"h","tags":["a"],"title":"T"}'
QUOTA = (
    b'{"can_proceed":true,"requested":1,"available":-1,"monthly_limit":-1,"current_usage":0,'
    b'"max_batch_size":200,"max_concurrent_uploads":4}'
)
MIB = 1024 * 1024
MAX_OVERHEAD_MS, MAX_BLOCKING_MS, MAX_GROWTH_MIB = 0.3, 0.1, 4.0


async def _answer(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Any]) -> None:
    files = 0
    while True:
        message = await receive()
        files += message.get("body", b"").count(b'name="files"')
        if not message.get("more_body"):
            break
    body = QUOTA if "quota" in scope["path"] else _stored(files) if files else FILE
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _stored(files: int) -> bytes:
    results = ",".join(f'{{"image_id":"i{n}","filename":"f","object_key":"k"}}' for n in range(files))
    return f'{{"session_id":"s","immediate_results":[{results}]}}'.encode()


def _serve(told: Connection) -> None:
    config = uvicorn.Config(_answer, lifespan="off", log_level="warning", access_log=False)
    server = uvicorn.Server(config)

    listening = socket.create_server(("127.0.0.1", 0))
    told.send(listening.getsockname()[1])
    server.run([listening])


@dataclass(frozen=True)
class Cost:
    """What a call costs, in milliseconds."""

    processor: float
    wall: float


class Watch:
    """Measures what happens between its making and `cost`."""

    def __init__(self) -> None:
        self._processor, self._wall = time.process_time(), time.perf_counter()

    def cost(self, calls: int) -> Cost:
        """The cost of one of `calls` calls."""
        processor, wall = time.process_time() - self._processor, time.perf_counter() - self._wall
        return Cost(processor * 1000 / calls, wall * 1000 / calls)


async def awaited(call: Callable[[], Awaitable[object]], calls: int) -> Cost:
    """The cost of a call, over `calls` of them."""
    watch = Watch()
    for _ in range(calls):
        await call()
    return watch.cost(calls)


def blocked(call: Callable[[], object], calls: int) -> Cost:
    """The cost of a blocking call, over `calls` of them."""
    watch = Watch()
    for _ in range(calls):
        call()
    return watch.cost(calls)


async def async_round(config: ClientConfig, calls: int) -> tuple[Cost, Cost]:
    """The cost of a bare request and of a call."""
    url, headers = f"{config.base_url}/user-files/f1", {"Authorization": f"Bearer {KEY}"}
    async with httpx2.AsyncClient() as bare, AionVision.from_config(config) as client:

        async def request() -> object:
            return (await bare.get(url, headers=headers)).json()

        for warm_up in (request, lambda: client.files.get("f1")):
            await awaited(warm_up, 20)
        return await awaited(request, calls), await awaited(lambda: client.files.get("f1"), calls)


def measure_calls(config: ClientConfig, rounds: int, calls: int) -> tuple[float, float]:
    """What a call costs beyond a bare request, and a blocking one beyond an awaited one, in milliseconds."""
    bares: list[Cost] = []
    awaits: list[Cost] = []
    blocks: list[Cost] = []
    with SyncAionVision.from_config(config) as blocking:
        blocked(lambda: blocking.files.get("f1"), 20)
        for _ in range(rounds):
            bare, call = asyncio.run(async_round(config, calls))
            bares.append(bare)
            awaits.append(call)
            blocks.append(blocked(lambda: blocking.files.get("f1"), calls))
    for name, costs in (("bare", bares), ("awaited", awaits), ("blocking", blocks)):
        print(f"{name}: {quiet([one.processor for one in costs]):.3f} ms", end=" ")
        print(f"(wall {quiet([one.wall for one in costs]):.3f} ms)")
    bare, call, block = (quiet([one.processor for one in costs]) for costs in (bares, awaits, blocks))
    return call - bare, block - call


def quiet(figures: list[float]) -> float:
    """The figure that a fifth of the rounds stay below: what it takes when nobody disturbs."""
    return statistics.quantiles(figures, n=5)[0]


async def upload_peak_mib(config: ClientConfig, folder: Path) -> float:
    """The most memory, in MiB, that Python held while all files of `folder` were uploaded."""
    async with AionVision.from_config(config) as client:
        await client.uploads.check_quota(1)
        tracemalloc.start()
        results = await client.upload(folder, wait_for_descriptions=False)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(results) == len(list(folder.iterdir()))
    return peak / MIB


def measure_memory(config: ClientConfig, files: int) -> tuple[float, float]:
    """The peak for a tenth of the files, and for all of them, in MiB; each file has 100 kB."""
    peaks: list[float] = []
    for count in (files // 10, files):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for number in range(count):
                (folder / f"{number:05}.jpg").write_bytes(bytes(100_000))
            peaks.append(asyncio.run(upload_peak_mib(config, folder)))
    return peaks[0], peaks[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--files", type=int, default=2000)
    options = parser.parse_args()
    context = get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(there,), daemon=True)
    server.start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        config = ClientConfig(KEY, base_url=f"http://127.0.0.1:{here.recv()}/api/v2", enable_logging=False)
    try:
        overhead, hop = measure_calls(config, options.rounds, options.calls)
        few, many = measure_memory(config, options.files)
    finally:
        server.kill()
    print(f"overhead of a call: {overhead:.3f} ms (target {MAX_OVERHEAD_MS})")
    print(f"blocking beside awaited: {hop:+.3f} ms (target {MAX_BLOCKING_MS})")
    print(f"memory: {few:.1f} MiB for {options.files // 10} files, {many:.1f} MiB for {options.files}")
    met = overhead <= MAX_OVERHEAD_MS and hop <= MAX_BLOCKING_MS and many - few <= MAX_GROWTH_MIB
    print("met" if met else "NOT MET")
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
