"""Search among many vectors: time and recall by the size of a tenant, against exact search by plain SQL.

python benchmarks/search_scale.py [--vectors 1000000] [--queries 48] [--noise 0.3] [--all-spaces]

With 1,000,000 it takes half an hour on two cores, 7 GB of disk and 4 GB of memory. Only the space that has an index is
filled, unless all are asked for. On a machine that has other work, what is judged is the time its processors took.
"""

import argparse
import asyncio
import itertools
import os
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from _databases import fresh_database, product_over
from _served import percentile, print_machine
from _vectors import Rows, World, fill, noisy, real_world
from numpy.typing import NDArray
from pgvector import HalfVector

from aionserver.domains.search import queries
from aionserver.domains.search.matching import matching_words
from aionserver.domains.search.queries import SearchFilter
from aionserver.domains.search.schemas import ImageQuery
from aionserver.domains.search.service import CANDIDATES, find_images
from aionserver.domains.search.tables import INDEXED_SPACES
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.ids import new_id
from aionserver.kit.search_text import distinct_words

SHARES = {"50 %": 0.5, "10 %": 0.1, "1 %": 0.01, "0.2 %": 0.002}
OTHERS = 40
MEASURED = (*SHARES, "10 files")
BULK_BUILT = ("ix_search_vectors_words", "ix_files_words", "ix_files_tags")
GOAL_MS, GOAL_RECALL, TOP = 15.0, 0.99, 10
INSERTS_A_SECOND, WARMING = 20, 200
EXACT = """
select file_id from search_vectors where tenant_id = %s and name = 'words'
order by vector <=> cast(%s as halfvec) limit %s
"""
INSERT_FILE = """
insert into files (id, tenant_id, media_type, content_type, format, filename, object_key, storage_target,
    upload_method, size_bytes, sha256, variant_status, description_status, description)
values (%s, %s, 'image', 'image/jpeg', 'JPEG', 'new.jpg', '', 'default', 'stream', 1, '', 'completed', 'completed', %s)
"""
INSERT_VECTOR = "insert into search_vectors (file_id, tenant_id, name, model, vector) values (%s, %s, %s, '', %s)"


def sizes_of(count: int) -> dict[str, int]:
    """Files by tenant: those measured, and others of many sizes that hold the rest."""
    sizes = {name: int(share * count) for name, share in SHARES.items()} | {"10 files": 10}
    rest, weights = count - sum(sizes.values()), 1 / np.arange(1, OTHERS + 1)
    others = np.maximum(1, weights / weights.sum() * rest).astype(int)
    return sizes | {f"other {number}": int(size) for number, size in enumerate(others)}


@dataclass
class Timed:
    """Wall and processor times of calls, in milliseconds; the processors' of this process and its PostgreSQL's."""

    wall: list[float] = field(default_factory=list[float])
    busy: list[float] = field(default_factory=list[float])

    async def call(self, backend: int, work: Awaitable[Any]) -> Any:
        """The work's result."""
        busy, wall = busy_ms(backend), time.perf_counter()
        result = await work
        self.wall.append((time.perf_counter() - wall) * 1e3)
        self.busy.append(busy_ms(backend) - busy)
        return result

    def __str__(self) -> str:
        return (
            f"p50 {percentile(self.wall, 0.5):6.1f} p95 {percentile(self.wall, 0.95):6.1f} ms"
            f" (processor {percentile(self.busy, 0.5):5.1f}, {percentile(self.busy, 0.95):5.1f})"
        )

    def p95(self) -> float:
        """What is judged."""
        busy_machine = os.getloadavg()[0] > (os.cpu_count() or 1)
        return percentile(self.busy if busy_machine else self.wall, 0.95)


def busy_ms(backend: int) -> float:
    """Processor time that the thread here and PostgreSQL's process for it have taken."""
    return time.thread_time() * 1e3 + int(Path(f"/proc/{backend}/schedstat").read_text().split()[0]) / 1e6


@dataclass(frozen=True)
class Bench:
    """A filled database and what is asked of it."""

    infra: Infra
    urls: DatabaseUrls
    world: World
    tenants: dict[str, UUID]

    async def measured(self, tenant: str, work: Callable[[Scope, Any, Any], Awaitable[Any]]) -> tuple[Timed, list[Any]]:
        """Every query once, each in a transaction of its own."""
        timed, found = Timed(), list[Any]()
        for text, vectors in self.world.queries:
            async with self.infra.open_system_scope(self.tenants[tenant]) as scope:
                ((row,),) = await queries.select(scope, "select pg_backend_pid() as backend")
                found.append(await timed.call(row.backend, work(scope, text, vectors)))
        return timed, found

    async def warm(self, tenant: str) -> None:
        """Other searches, as of a server that has been up for some minutes: exact scans have emptied the buffers."""
        base = self.world.spaces["words"]
        places = np.random.default_rng(4).integers(len(base), size=WARMING)
        for vector in noisy(base, places, 4, 0.3).astype(np.float32):
            async with self.infra.open_system_scope(self.tenants[tenant]) as scope:
                await nearest(scope, "", {"words": vector})

    def exact(self, tenant: str) -> tuple[Timed, list[list[UUID]]]:
        """What plain SQL finds that looks at everything, without row-level security and parallel workers."""
        timed = Timed()
        with psycopg.connect(self.urls.owner, autocommit=True) as owner:
            for switch in ("enable_bitmapscan = off", "max_parallel_workers_per_gather = 0"):
                owner.execute(f"set {switch}".encode())
            found = list[list[UUID]]()
            for _, vectors in self.world.queries:
                busy, wall = busy_ms(owner.info.backend_pid), time.perf_counter()
                query = HalfVector(vectors["words"]).to_text()
                rows = owner.execute(EXACT, (self.tenants[tenant], query, TOP)).fetchall()
                timed.wall.append((time.perf_counter() - wall) * 1e3)
                timed.busy.append(busy_ms(owner.info.backend_pid) - busy)
                found.append([row[0] for row in rows])
        return timed, found


async def nearest(scope: Scope, _: str, vectors: Any) -> list[UUID]:
    """Candidates by the space that has an index."""
    return await queries.nearest(scope, "words", vectors["words"], SearchFilter(), CANDIDATES)


async def words(scope: Scope, text: str, _: Any) -> list[UUID]:
    """Candidates by words."""
    return await matching_words(scope, distinct_words(text), SearchFilter(), CANDIDATES)


async def whole(scope: Scope, text: str, vectors: Any) -> Any:
    """A whole search, without the query's embedding."""
    return await find_images(scope, ImageQuery(text), vectors, 20)


def recall(found: Sequence[Sequence[UUID]], truth: Sequence[Sequence[UUID]]) -> float:
    """The share of the true nearest that are among as many found."""
    hits = sum(len(set(one[:TOP]) & set(true)) for one, true in zip(found, truth, strict=True))
    return hits / sum(len(true) for true in truth)


class Inserts:
    """Files with vectors that go on coming in, in a thread and a connection of their own."""

    def __init__(self, bench: Bench, tenant: str, a_second: float) -> None:
        self._bench, self._tenant, self._pause = bench, bench.tenants[tenant], 1 / a_second
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.seconds: list[float] = []

    def __enter__(self) -> "Inserts":
        self._started = time.perf_counter()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.rate = len(self.seconds) / (time.perf_counter() - self._started)

    def _run(self) -> None:
        world, count = self._bench.world, 500
        texts = np.random.default_rng(9).integers(len(world.texts), size=count)
        made = {name: noisy(base, texts, 9, 0.3) for name, base in world.spaces.items()}
        with psycopg.connect(self._bench.urls.application) as connection:
            for number in itertools.cycle(range(count)):
                if self._stop.wait(self._pause):
                    break
                started = time.perf_counter()
                vectors = {name: every[number] for name, every in made.items()}
                self._insert(connection, world.texts[int(texts[number])], vectors)
                self.seconds.append(time.perf_counter() - started)

    def _insert(self, connection: psycopg.Connection, text: str, made: dict[str, NDArray[np.float16]]) -> None:
        file_id = new_id()
        with connection.transaction():
            connection.execute("select set_config('aion.tenant_id', %s, true)", (str(self._tenant),))
            connection.execute(INSERT_FILE, (file_id, self._tenant, text))
            for name, vector in made.items():
                values = (file_id, self._tenant, name, HalfVector(vector).to_text())
                connection.execute(INSERT_VECTOR, values)


async def measure(bench: Bench) -> None:
    """Print every tenant's figures, then the same while files come in."""
    exact = {name: await asyncio.to_thread(bench.exact, name) for name in MEASURED}
    for name in MEASURED:
        plain, truth = exact[name]
        await bench.warm(name)
        timed, found = await bench.measured(name, nearest)
        by_words, everything = [(await bench.measured(name, work))[0] for work in (words, whole)]
        share, ratio = recall(found, truth), percentile(plain.busy, 0.5) / percentile(timed.busy, 0.5)
        print(f"\n{name}\n  nearest            {timed}   recall@{TOP} {share:.4f}")
        print(f"  plain SQL, exact   {plain}   {ratio:.1f} times as long")
        print(f"  words              {by_words}\n  whole search       {everything}")
        holds = timed.p95() <= GOAL_MS and share >= GOAL_RECALL
        print(f"  goal: p95 of nearest <= {GOAL_MS:.0f} ms, recall >= {GOAL_RECALL}: {'holds' if holds else 'missed'}")
        print(f"  whole search within {GOAL_MS:.0f} ms: {'yes' if everything.p95() <= GOAL_MS else 'no'}", flush=True)
    print(f"\nwhile files come in, {INSERTS_A_SECOND} a second asked for")
    for name in MEASURED:
        with Inserts(bench, "50 %", INSERTS_A_SECOND) as inserts:
            timed, found = await bench.measured(name, nearest)
        share, each = recall(found, exact[name][1]), percentile(inserts.seconds, 0.5) * 1e3
        print(f"  {name:9} nearest {timed}   recall@{TOP} {share:.4f}", end="")
        print(f"   {inserts.rate:.1f} inserts/s, {each:.0f} ms each", flush=True)


def filled(urls: DatabaseUrls, world: World, count: int, noise: float) -> dict[str, UUID]:
    """The tenants; rows are copied without the large indexes, which are built afterwards."""
    sizes = sizes_of(count)
    tenants = {name: new_id() for name in sizes}
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        made = {name: definition(owner, name) for name in BULK_BUILT}
        owner.execute(f"drop index {', '.join(BULK_BUILT)}".encode())
        started = time.perf_counter()
        fill(owner, world, Rows.of({tenants[name]: size for name, size in sizes.items()}, len(world.texts)), noise)
        print(f"copied in {time.perf_counter() - started:.0f} s", flush=True)
        for name, statement in made.items():
            started = time.perf_counter()
            owner.execute(statement.encode())
            print(
                f"{name:24} built in {time.perf_counter() - started:5.0f} s  {size_mb(owner, name):6.0f} MB", flush=True
            )
        owner.execute("vacuum analyze")
        owner.execute("checkpoint")
        for table in ("search_vectors", "files"):
            print(f"{table:24} with its indexes {size_mb(owner, table):6.0f} MB")
    return tenants


def definition(owner: psycopg.Connection, index: str) -> str:
    """The statement that makes an index."""
    row = owner.execute("select pg_get_indexdef(%s::regclass)", (index,)).fetchone()
    assert row
    return str(row[0])


def size_mb(owner: psycopg.Connection, name: str) -> float:
    """What a table or index takes on disk."""
    row = owner.execute("select pg_total_relation_size(%s::regclass)", (name,)).fetchone()
    assert row
    return row[0] / 1e6


def main(count: int, query_count: int, noise: float, *, all_spaces: bool) -> None:
    """Make the database, measure, remove it."""
    print_machine()
    world = real_world(query_count)
    world = world if all_spaces else world.within(INDEXED_SPACES)
    print(f"{count} files; {len(world.texts)} real texts, noise {noise}, {len(world.queries)} queries; spaces", end=" ")
    print(", ".join(f"{name} ({base.shape[1]})" for name, base in world.spaces.items()), flush=True)
    with fresh_database() as (folder, urls):
        tenants = filled(urls, world, count, noise)
        print_machine()
        asyncio.run(searched(folder, urls, world, tenants))
        print_machine()


async def searched(folder: Path, urls: DatabaseUrls, world: World, tenants: dict[str, UUID]) -> None:
    """Measure as the product does: its connections, its role, its transactions."""
    async with product_over(folder, urls) as infra:
        await measure(Bench(infra, urls, world, tenants))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=48)
    parser.add_argument("--noise", type=float, default=0.3)
    parser.add_argument("--all-spaces", action="store_true")
    given = parser.parse_args()
    main(given.vectors, given.queries, given.noise, all_spaces=given.all_spaces)
