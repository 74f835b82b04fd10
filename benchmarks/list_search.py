"""Search in the list of files of a large library: what the further text of documents costs beside what it was without.

python benchmarks/list_search.py [--files 100000] [--documents 3000] [--rounds 30]

Two tenants have the same pictures, one of them documents of 100,000 characters too, made of passages of the evaluation
data. Each search is asked with and without what the documents have beyond their beginning, in turn.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString, cast
from uuid import UUID

import psycopg
from _databases import fresh_database, product_over
from _served import EVAL, percentile, print_machine
from psycopg import sql
from search_scale import definition, size_mb

from aionserver.domains.files import queries, service
from aionserver.domains.files.queries import FileFilter, FilePage
from aionserver.infra.actors import system_actor
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.scope import Reader
from aionserver.kit.document_texts import parts_beyond
from aionserver.kit.ids import new_id

BEGINNING, PART, CHARACTERS = 20_000, 30_000, 100_000
# So many different texts; a document has one of them.
TEXTS, SENTENCES = 200, 5_000
SEARCHES = {
    "no file": "zyzzyva",
    "few pictures": "1042",
    "few documents": "quokka",
    "1 document in 10": "wombat",
    "every document": "company",
    "two words": "company water",
    "three words": "company water insurance",
    "a phrase": '"united states"',
    "every picture": "img",
    "one letter": "c",
}
GOAL_MS, GOAL_RATIO = 100.0, 1.3
# Fewer milliseconds are nothing that somebody notices.
NOTICED_MS = 1.0
BULK_BUILT = ("ix_files_words", "ix_text_words_words")
PICTURES = """
insert into files (id, tenant_id, media_type, content_type, format, filename, object_key, storage_target, upload_method,
    size_bytes, sha256, variant_status, description_status, description, tags, created_at, words)
select gen_random_uuid(), '{tenant}', 'image', 'image/jpeg', 'JPEG', 'IMG_' || n || '.jpg', '', 'default', 'stream', n,
    md5(n::text), 'completed', 'completed', content, array['photo'], now() - n * interval '1 minute',
    array_to_tsvector(array['@{tenant}']) || setweight(stems_and_words('photo IMG_' || n || '.jpg'), 'B') || s.words
from generate_series(1, {count}) as n join sentences s on s.number = n * 7919 % {sentences}
"""
DOCUMENTS = """
insert into files (id, tenant_id, media_type, content_type, format, filename, object_key, storage_target, upload_method,
    size_bytes, sha256, variant_status, description_status, text_extraction_status, created_at, words)
select gen_random_uuid(), '{tenant}', 'document', 'application/pdf', 'PDF', 'report-' || n || '.pdf', '', 'default',
    'stream', n, md5(n::text), 'completed', 'skipped', 'completed', now() - n * interval '30 minutes',
    array_to_tsvector(array['@{tenant}']) || setweight(stems_and_words('report-' || n || '.pdf'), 'B') || t.words
from generate_series(1, {count}) as n join beginnings t on t.number = n % {texts}
"""
FURTHER = """
insert into text_words (tenant_id, file_id, part, words)
select f.tenant_id, f.id, p.part, p.words
    || array_to_tsvector(case when f.size_bytes <= 5 then array['quokka'] else array[]::text[] end)
    || array_to_tsvector(case when f.size_bytes % 10 = 0 then array['wombat'] else array[]::text[] end)
from files f join parts p on p.number = f.size_bytes % {texts} where f.media_type = 'document'
"""


def run_sql(owner: psycopg.Connection, statement: str, **values: object) -> None:
    """Run a statement with values put in as they are."""
    owner.execute(sql.SQL(cast(LiteralString, statement.format(**values))))


def real_texts() -> tuple[list[str], list[str]]:
    """Sentences, and long texts of passages."""
    lines = (EVAL / "conv_mtrag" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    passages, chance, texts = [json.loads(line)["text"] for line in lines], random.Random(1), list[str]()
    sentences = [one for passage in passages for one in passage.split(". ") if 60 < len(one) < 400]
    for _ in range(TEXTS):
        text = ""
        while len(text) < CHARACTERS:
            text += chance.choice(passages) + "\n\n"
        texts.append(text[:CHARACTERS])
    return [chance.choice(sentences) for _ in range(SENTENCES)], texts


def pooled(owner: psycopg.Connection, tenant: UUID) -> None:
    """The words of sentences, and of texts: of their beginnings and of the parts after it, computed once each."""
    sentences, texts = real_texts()
    owner.execute("create temp table sentences (number int, content text, words tsvector)")
    owner.execute("create temp table beginnings (number int, content text, words tsvector)")
    owner.execute("create temp table parts (number int, part int, content text, words tsvector)")
    with owner.cursor() as cursor:
        cursor.executemany("insert into sentences values (%s, %s)", list(enumerate(sentences)))
        cursor.executemany("insert into beginnings values (%s, %s)", [(n, t[:BEGINNING]) for n, t in enumerate(texts)])
        parts = [(n, at, p) for n, t in enumerate(texts) for at, p in enumerate(parts_beyond(t, BEGINNING, PART))]
        cursor.executemany("insert into parts values (%s, %s, %s)", parts)
    owner.execute("update sentences set words = setweight(stems_and_words(content), 'C')")
    owner.execute("update beginnings set words = setweight(stems_and_words(content), 'D')")
    started = time.perf_counter()
    run_sql(owner, "update parts set words = further_words('{tenant}', content)", tenant=tenant)
    print(f"{1000 * (time.perf_counter() - started) / len(parts):.0f} ms for the words of {PART} characters")


def filled(urls: DatabaseUrls, files: int, documents: int) -> dict[str, UUID]:
    """The two tenants."""
    tenants = {"with documents": new_id(), "pictures alone": new_id()}
    mixed = tenants["with documents"]
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        pooled(owner, mixed)
        indexes = [definition(owner, name) for name in BULK_BUILT]
        owner.execute(f"drop index {', '.join(BULK_BUILT)}".encode())
        owner.execute("set session_replication_role = replica")
        for tenant in tenants.values():
            run_sql(owner, PICTURES, tenant=tenant, count=files - documents, sentences=SENTENCES)
        run_sql(owner, DOCUMENTS, tenant=mixed, count=documents, texts=TEXTS)
        run_sql(owner, FURTHER, texts=TEXTS)
        for statement in indexes:
            owner.execute(statement.encode())
        owner.execute("vacuum analyze")
        owner.execute("checkpoint")
        for table in ("files", "text_words"):
            print(f"{table:12} with its indexes {size_mb(owner, table):5.0f} MB", flush=True)
    return tenants


@contextmanager
def beginnings_alone() -> Generator[None]:
    """Lists look at the beginnings of documents only."""
    looking = queries._found_apart  # pyright: ignore[reportPrivateUsage]

    async def nothing(*_: object) -> dict[str, str]:
        return {}

    queries._found_apart = nothing  # pyright: ignore[reportPrivateUsage]
    try:
        yield
    finally:
        queries._found_apart = looking  # pyright: ignore[reportPrivateUsage]


async def asked(reader: Reader, words: str, took: list[float]) -> int:
    """How many files are found; the milliseconds are added to `took`."""
    started = time.perf_counter()
    found = await service.list_files(reader, FileFilter(search=words), FilePage())
    took.append(1000 * (time.perf_counter() - started))
    return found.total_count


async def compare(reader: Reader, rounds: int) -> None:
    """Print what each search finds and takes, with the further text and without."""
    for name, words in SEARCHES.items():
        before, after, found, found_before = list[float](), list[float](), 0, 0
        for _ in range(rounds):
            with beginnings_alone():
                found_before = await asked(reader, words, before)
            found = await asked(reader, words, after)
        middles = [statistics.median(took) for took in (before, after)]
        ratio, p95 = middles[1] / middles[0], percentile(after, 0.95)
        fits = p95 <= GOAL_MS and (ratio <= GOAL_RATIO or middles[1] - middles[0] <= NOTICED_MS)
        print(
            f"  {name:17} {found_before:6} files in {middles[0]:6.1f} ms (p95 {percentile(before, 0.95):6.1f})   "
            f"{found:6} in {middles[1]:6.1f} ms (p95 {p95:6.1f})   ratio {ratio:.2f}   {'' if fits else 'over'}",
            flush=True,
        )


async def searched(folder: Path, urls: DatabaseUrls, tenants: dict[str, UUID], rounds: int) -> None:
    """Measure as the product does: its connections, its role, its transactions."""
    async with product_over(folder, urls) as infra:
        for name, tenant in tenants.items():
            print(f"\n{name}: beginnings alone, then all text", flush=True)
            await compare(Reader(system_actor(tenant), infra), rounds)


def main(files: int, documents: int, rounds: int) -> None:
    """Make the database, measure, remove it."""
    if not (EVAL / "conv_mtrag").is_dir():
        sys.exit(f"AION_EVAL_DIR does not lead to the evaluation data (tried {EVAL})")
    print_machine()
    with fresh_database() as (folder, urls):
        tenants = filled(urls, files, documents)
        asyncio.run(searched(folder, urls, tenants, rounds))
        print_machine()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--documents", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=30)
    given = parser.parse_args()
    main(given.files, given.documents, given.rounds)
