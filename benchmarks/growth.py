"""What a photo, a search and a list cost while a tenant grows: measured at each size, printed, and drawn.

python benchmarks/growth.py [--sizes 1000 10000 100000] [--photos 10] [--rounds 1] [--chart docs/images/growth.png]

A server a size, all measured in turn, so that what else the machine does falls on all alike. The bare baseline is the
smallest size, and beside it what no size changes, the embedding alone of the same queries. Real photos are ingested;
the rest of each library is copied from real ones.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import psycopg
from _filling import fill
from _growth_chart import (
    EMBEDDING,
    LIST,
    LIST_CPU,
    MILLISECOND,
    PHOTO,
    PHOTO_CPU,
    SEARCH,
    SEARCH_BARE,
    SEARCH_CPU,
    Costs,
    draw,
)
from _processes import CpuClock
from _served import EVAL, ROOT, photos, print_machine, serving

from aionserver.domains.search.schemas import ImageQuery
from aionserver.domains.search.service import embed_query, find_images
from aionserver.infra.actors import system_actor
from aionserver.infra.building import build_infra
from aionserver.infra.embedded_postgres import DatabaseUrls, urls_of_running
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings
from aionserver.models.bundled import load_bundled
from aionserver.models.image_embedding import ImageEmbedder

SEEDS = 24
QUERIES = 40
LISTS = 10
TURNS = 10
# A turn searches for so large a part of all queries: one of so many.
SHARES = 4
FOUND = 20
# Logarithmic growth from the smallest size to the largest would be log(100,000) / log(1,000).
MOST_GROWTH = 5 / 3


@dataclass(frozen=True)
class Bench:
    """The server, a client of it, and the product's own parts in this process, over the same database."""

    client: httpx2.Client
    clock: CpuClock
    infra: Infra
    tenant: UUID
    files: Sequence[Path]
    queries: Sequence[str]

    def timed(self, costs: Costs, what: str, cpu: str, calls: Sequence[Callable[[], object]]) -> None:
        """Do each call once; keep how long each took, and the server's processor time for one on average."""
        before, seconds = self.clock.seconds()["server"], list[float]()
        for call in calls:
            started = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - started)
        costs.add(what, seconds)
        costs.add(cpu, [(self.clock.seconds()["server"] - before) / len(calls)])

    def ingest(self, path: Path) -> None:
        """Upload a photo and wait until it is described."""
        answer = self.client.post("/user-files/upload/stream", files={"file": (path.name, path.read_bytes())})
        status = f"/uploads/status/{answer.raise_for_status().json()['image_id']}"
        while not (found := self.client.get(status).json())["is_terminal"]:
            time.sleep(0.02)
        if found["unified_status"] != "completed":
            raise RuntimeError(f"{path.name}: {found['error_message']}")

    def search(self, query: str) -> None:
        """Search as a client does."""
        body = {"query": query, "limit": FOUND}
        self.client.post("/agents/search/images", json=body).raise_for_status()

    def list_files(self) -> None:
        """The newest 20."""
        self.client.get("/user-files", params={"limit": 20}).raise_for_status()


def captions() -> list[str]:
    """What people wrote about photos, one query each; words of our own where the evaluation data is absent."""
    manifest = EVAL / "img_captions_coco" / "dev" / "manifest.jsonl"
    if not manifest.exists():
        return ["a dog on the grass", "people at a table", "a red bus", "a cat", "snow on a mountain"] * 8
    rows = [json.loads(line) for line in manifest.read_text().splitlines()]
    return [str(row["gt"]["captions"][0]) for row in rows][:QUERIES]


async def search_inside(bench: Bench, costs: Costs, queries: Sequence[str]) -> None:
    """The same searches in this process: the embedding and all that follows it, each timed alone."""

    async def timed(what: str, work: Awaitable[Any]) -> Any:
        started = time.perf_counter()
        result = await work
        costs.add(what, [time.perf_counter() - started])
        return result

    for query in queries:
        vectors = await timed(EMBEDDING, embed_query(bench.infra, query))
        async with bench.infra.open_scope(system_actor(bench.tenant)) as scope:
            await timed(SEARCH_BARE, find_images(scope, ImageQuery(query), vectors, FOUND))


def measure(bench: Bench, costs: Costs, turn: int, loop: asyncio.Runner) -> None:
    """A turn: some of everything, so that a machine that is busier for a while is so for every size."""
    queries = bench.queries[turn % SHARES :: SHARES]
    bench.timed(costs, LIST, LIST_CPU, [bench.list_files] * LISTS)
    bench.timed(costs, SEARCH, SEARCH_CPU, [lambda query=query: bench.search(query) for query in queries])
    loop.run(search_inside(bench, costs, queries))
    path = bench.files[turn % len(bench.files)]
    bench.timed(costs, PHOTO, PHOTO_CPU, [lambda: bench.ingest(path)])


def show(costs: Costs) -> None:
    """A line for each thing done."""
    print(f"\n{costs.files:,} files")
    for what, seconds in costs.seconds.items():
        middle, late = costs.at(what, 0.5) / MILLISECOND, costs.at(what, 0.95) / MILLISECOND
        print(f"  {what:30} p50 {middle:8.2f} ms   p95 {late:8.2f} ms   n {len(seconds)}", flush=True)


def judge(all_costs: Sequence[Costs]) -> None:
    """How much more each thing costs in the largest library than in the smallest."""
    first, last = all_costs[0], all_costs[-1]
    print(
        f"\ncost at {last.files:,} files over cost at {first.files:,}; goal: at most {MOST_GROWTH:.2f}, as logarithms"
    )
    for what in first.seconds:
        ratio = statistics.fmean(last.seconds[what]) / max(statistics.fmean(first.seconds[what]), 1e-9)
        verdict = "holds" if ratio <= MOST_GROWTH else "is missed"
        print(f"  {what:30} {ratio:6.2f}   {'the yardstick' if what == EMBEDDING else verdict}")


def seeded(folder: Path) -> None:
    """A library of a few real photos, described: what the large ones are copied from."""
    with serving(folder) as server, server.client() as client:
        for path in photos(SEEDS):
            part = {"file": (path.name, path.read_bytes())}
            client.post("/user-files/upload/stream", files=part).raise_for_status()
        while client.get("/user-files", params={"has_description": False, "limit": 1}).json()["total_count"]:
            time.sleep(0.2)


def infra_over(urls: DatabaseUrls, folder: Path) -> Infra:
    """The product's parts in this process, with what embeds queries."""
    settings = Settings.model_validate({"data_dir": folder / "data", "database_url": urls.application})
    infra = build_infra(settings, {})
    infra.models.update(load_bundled(1, ImageEmbedder))
    return infra


def grown(folder: Path, seeds: Path, files: int) -> None:
    """A copy of the small library, filled up to the size."""
    # Not `shutil`: the database's files belong to another user where this one is root.
    subprocess.run(["cp", "-a", str(seeds), str(folder)], check=True)
    with serving(folder, AIONVISION_WORKERS="0", AIONVISION_MODELS="deterministic"):
        started, urls = time.perf_counter(), urls_of(folder)
        with psycopg.connect(urls.owner, autocommit=True) as connection:
            fill(connection, files)
    print(f"{files:,} files, filled in {time.perf_counter() - started:.0f} s", flush=True)


def urls_of(folder: Path) -> DatabaseUrls:
    """The addresses of the database that runs in the folder."""
    urls = urls_of_running(folder / "data")
    assert urls is not None
    return urls


@contextmanager
def opened(folder: Path, most_photos: int, loop: asyncio.Runner) -> Generator[Bench]:
    """A server over the folder, warm: what a running one has read already is in memory."""
    with serving(folder, AIONVISION_WORKERS="1") as server, server.client() as client:
        urls, clock = urls_of(folder), CpuClock({"server": [server.process_id]})
        with psycopg.connect(urls.owner) as connection:
            row = connection.execute("select tenant_id from files limit 1").fetchone()
        assert row is not None
        infra = infra_over(urls, folder)
        bench = Bench(client, clock, infra, row[0], photos(SEEDS)[:most_photos], captions())
        for query in bench.queries:
            bench.search(query)
        bench.ingest(bench.files[0])
        yield bench
        loop.run(infra.close())


def run(folder: Path, options: argparse.Namespace) -> list[Costs]:
    """The costs at every size, all sizes in turn."""
    sizes: list[int] = sorted(options.sizes)
    seeded(folder / "seeds")
    for size in sizes:
        grown(folder / str(size), folder / "seeds", size)
    all_costs = [Costs(size) for size in sizes]
    with asyncio.Runner() as loop, ExitStack() as stack:
        benches = [stack.enter_context(opened(folder / str(size), options.photos, loop)) for size in sizes]
        for turn in range(TURNS * options.rounds):
            for bench, costs in zip(benches, all_costs, strict=True):
                measure(bench, costs, turn, loop)
    return all_costs


def main() -> None:
    """Measure, judge, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--photos", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--chart", type=Path, default=ROOT / "docs" / "images" / "growth.png")
    options = parser.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory(prefix="aionvision-bench-") as folder:
        all_costs = run(Path(folder), options)
    for costs in all_costs:
        show(costs)
    judge(all_costs)
    draw(all_costs, options.chart)
    print_machine()
    print(f"drawn: {options.chart}")


if __name__ == "__main__":
    main()
