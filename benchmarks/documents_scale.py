"""Search among many chunks of documents: time without the query's embedding, and recall against looking at all.

OPENBLAS_NUM_THREADS=1 python benchmarks/documents_scale.py [--chunks 100000] [--queries 60] [--noise 0.3]

The server sets that variable itself, and here numpy is there before the server. Chunks are made of those of the
evaluation data: a vector near a real one, the words of two. On a machine that has other work, what is judged is the
time its processors took.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from _databases import fresh_database, product_over
from _passages import chunks_of
from _remembered import RememberingEmbedder
from _served import EVAL, percentile, print_machine
from _vectors import noisy
from numpy.typing import NDArray
from pgvector import HalfVector, SparseVector
from search_scale import Timed, definition, recall, size_mb

from aionserver.domains.search import documents, passages, queries
from aionserver.domains.search.documents import Meant
from aionserver.domains.search.schemas import ChunkQuery
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.scope import Infra, Scope
from aionserver.kit.ids import new_id
from aionserver.kit.late_interaction import packed
from aionserver.kit.passage_queries import weighed
from aionserver.kit.passage_terms import DIMENSIONS, weights_of
from aionserver.kit.passage_words import words_of_passage
from aionserver.models.text_embedding.embedded import MiniLmTextEmbedder

SHARES = {"50 %": 0.5, "20 %": 0.2, "5 %": 0.05, "1 %": 0.01}
OTHERS, CHUNKS_A_DOCUMENT, TOP, WARMING = 20, 100, 10, 20
GOAL_MS, GOAL_RECALL = 25.0, 0.98
BULK_BUILT = ("ix_chunks_vector", "ix_chunks_terms")
FILE = """
insert into files (id, tenant_id, media_type, content_type, format, filename, object_key, storage_target,
    upload_method, size_bytes, sha256, variant_status, description_status, text_extraction_status)
values (%s, %s, 'document', 'application/pdf', 'PDF', %s, '', 'default', 'stream', 1, '', 'completed', 'completed',
    'completed')
"""
DOCUMENT = "insert into documents (file_id, tenant_id, version, language) values (%s, %s, '1', 'en')"
CHUNKS = """
copy chunks (id, tenant_id, file_id, position, content, page_numbers, token_count, kind, model, vector, terms, weights,
    word_vectors) from stdin
"""
COUNTS = """
insert into chunk_terms select tenant_id, term, count(*) from chunks, unnest(array[0] || terms) as term group by 1, 2
"""


@dataclass(frozen=True)
class World:
    """Real chunks, their words and vectors, and questions as they are meant."""

    texts: Sequence[str]
    words: list[list[str]]
    vectors: NDArray[np.float32]
    word_vectors: Sequence[bytes]
    questions: Sequence[tuple[str, Meant]]


def real_world(query_count: int) -> World:
    """The passages and questions of the conversations."""
    folder = EVAL / "conv_mtrag"
    embedder = RememberingEmbedder(MiniLmTextEmbedder(1))
    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = [text for row in corpus for text in chunks_of(embedder, row["title"], row["text"])]
    turns = [json.loads(line) for line in (folder / "dev" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    asked = list(dict.fromkeys(turn["gt"]["question"] for turn in turns))[:query_count]
    model = f"{embedder.name}@{embedder.version}"
    read = zip(asked, embedder.embed_with_words(asked), strict=True)
    meant = [Meant(weighed(text), one.vector, model, [one]) for text, one in read]
    words = [words_of_passage(text) for text in texts]
    embedded = embedder.embed_with_words(texts)
    vectors, packs = np.stack([one.vector for one in embedded]), [packed(one.word_vectors) for one in embedded]
    return World(texts, words, vectors, packs, list(zip(asked, meant, strict=True)))


def sizes_of(count: int) -> dict[str, int]:
    """Chunks by tenant: those measured, and others of many sizes that hold the rest."""
    sizes = {name: int(share * count) for name, share in SHARES.items()}
    weights = 1 / np.arange(1, OTHERS + 1)
    others = np.maximum(1, weights / weights.sum() * (count - sum(sizes.values()))).astype(int)
    return sizes | {f"other {number}": int(size) for number, size in enumerate(others)}


def rows_of(world: World, tenant: UUID, size: int, seed: int, noise: float) -> Iterator[tuple[Any, ...]]:
    """A tenant's chunks, in documents of a hundred."""
    chance = np.random.default_rng(seed)
    like, other = chance.integers(len(world.texts), size=(2, size))
    vectors = noisy(world.vectors, like, seed, noise)
    model, file_id = world.questions[0][1].model, new_id()
    for number in range(size):
        if number % CHUNKS_A_DOCUMENT == 0:
            file_id = new_id()
        first, second = world.words[int(like[number])], world.words[int(other[number])]
        mixed = [*first[: len(first) * 2 // 3], *second[: len(second) // 3]]
        weights = weights_of(mixed, tenant.bytes)
        position, text = number % CHUNKS_A_DOCUMENT, world.texts[like[number]]
        yield (
            new_id(),
            tenant,
            file_id,
            position,
            text,
            [position // 3 + 1],
            120,
            "paragraph",
            model,
            HalfVector(vectors[number]).to_text(),
            list(weights),
            SparseVector(weights, DIMENSIONS).to_text(),
            world.word_vectors[like[number]],
        )


def filled(urls: DatabaseUrls, world: World, count: int, noise: float) -> dict[str, UUID]:
    """The tenants; rows are copied without the large indexes, which are built afterwards."""
    sizes = sizes_of(count)
    tenants = {name: new_id() for name in sizes}
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        made = {name: definition(owner, name) for name in BULK_BUILT}
        owner.execute(f"drop index {', '.join(BULK_BUILT)}".encode())
        owner.execute("set session_replication_role = replica")
        started = time.perf_counter()
        for seed, (name, size) in enumerate(sizes.items()):
            copied(owner, world, tenants[name], size, seed, noise)
        owner.execute("select set_config('row_security', 'off', false)")
        for table in ("chunks", "chunk_terms"):
            owner.execute(f"alter table {table} no force row level security".encode())
        owner.execute(COUNTS)
        for table in ("chunks", "chunk_terms"):
            owner.execute(f"alter table {table} force row level security".encode())
        print(f"copied in {time.perf_counter() - started:.0f} s", flush=True)
        for name, statement in made.items():
            started = time.perf_counter()
            owner.execute(statement.encode())
            seconds = time.perf_counter() - started
            print(f"{name:24} built in {seconds:5.0f} s  {size_mb(owner, name):6.0f} MB", flush=True)
        owner.execute("vacuum analyze")
        owner.execute("checkpoint")
        for table in ("chunks", "chunk_terms"):
            print(f"{table:24} with its indexes {size_mb(owner, table):6.0f} MB")
    return tenants


def copied(owner: psycopg.Connection, world: World, tenant: UUID, size: int, seed: int, noise: float) -> None:
    """Copy a tenant's documents."""
    owner.execute("select set_config('aion.tenant_id', %s, false)", (str(tenant),))
    files = dict[UUID, None]()
    with owner.cursor() as cursor, cursor.copy(CHUNKS) as target:
        for row in rows_of(world, tenant, size, seed, noise):
            files[row[2]] = None
            target.write_row(row)
    for number, file_id in enumerate(files):
        owner.execute(FILE, (file_id, tenant, f"report-{number}.pdf"))
        owner.execute(DOCUMENT, (file_id, tenant))


async def exact(scope: Scope, meant: Meant, limit: int) -> list[UUID]:
    """The best of all chunks, each looked at."""
    limit_before, passages.EXACT_UP_TO = passages.EXACT_UP_TO, sys.maxsize
    try:
        found = await documents.find_chunks(scope, ChunkQuery("", limit, 0.0), meant)
    finally:
        passages.EXACT_UP_TO = limit_before
    return [one.id for one in found]


async def measure(infra: Infra, world: World, tenants: dict[str, UUID]) -> None:
    """Print each tenant's figures."""
    for name in SHARES:
        timed, near = Timed(), Timed()
        found, truth = list[list[UUID]](), list[list[UUID]]()
        for _, meant in world.questions[:WARMING]:
            async with infra.open_system_scope(tenants[name]) as scope:
                await documents.find_chunks(scope, ChunkQuery("", 20, 0.0), meant)
        for _, meant in world.questions:
            async with infra.open_system_scope(tenants[name]) as scope:
                ((row,),) = await queries.select(scope, "select pg_backend_pid() as backend")
                work = documents.find_chunks(scope, ChunkQuery("", 20, 0.0), meant)
                found.append([one.id for one in await timed.call(row.backend, work)])
                truth.append(await near.call(row.backend, exact(scope, meant, TOP)))
        share = recall(found, truth)
        print(f"\n{name}\n  whole search        {timed}   recall@{TOP} {share:.4f}")
        print(f"  looking at every one {near}   {percentile(near.busy, 0.5) / percentile(timed.busy, 0.5):.1f} times")
        holds = timed.p95() <= GOAL_MS and share >= GOAL_RECALL
        print(f"  goal: p95 <= {GOAL_MS:.0f} ms, recall >= {GOAL_RECALL}: {'holds' if holds else 'MISSED'}", flush=True)


async def searched(folder: Path, urls: DatabaseUrls, world: World, tenants: dict[str, UUID]) -> None:
    """Measure as the product does: its connections, its role, its transactions."""
    async with product_over(folder, urls) as infra:
        await measure(infra, world, tenants)


def main(count: int, query_count: int, noise: float) -> None:
    """Make the database, measure, remove it."""
    if not (EVAL / "conv_mtrag").is_dir():
        sys.exit(f"AION_EVAL_DIR does not lead to the evaluation data (tried {EVAL})")
    print_machine()
    world = real_world(query_count)
    print(
        f"{count} chunks like {len(world.texts)} real ones, noise {noise}, {len(world.questions)} questions", flush=True
    )
    with fresh_database() as (folder, urls):
        tenants = filled(urls, world, count, noise)
        print_machine()
        asyncio.run(searched(folder, urls, world, tenants))
        print_machine()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--noise", type=float, default=0.3)
    given = parser.parse_args()
    main(given.chunks, given.queries, given.noise)
