"""The tree and the breadcrumbs of 100,000 folders: by their parents, as the server does it, and by stored ways.

python benchmarks/folders.py [--folders 100000] [--files 100000] [--rounds 9]

Everything is a ratio to the plainest query that fetches as much. The stored ways are the usual alternative: each
folder has the ids of all it lies in, so that nothing is climbed, and a move rewrites all that is moved.
"""

import argparse
import asyncio
import random
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import psycopg
from _databases import fresh_database, product_over
from _served import print_machine
from sqlalchemy import text

from aionserver.domains.folders.queries import BREADCRUMBS, LEVELS, MOMENT, TREE, TREE_TEXT
from aionserver.infra.actors import system_actor
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.reading import Query
from aionserver.infra.scope import Infra, Reader
from aionserver.kit.ids import new_id

# Of the time by stored ways: more would be worth what they cost to keep.
GOAL = 1.25
BREADCRUMBS_AT_ONCE = 200
ADD = "copy folders (id, tenant_id, parent_id, name) from stdin"
ADD_FILES = """
insert into files (id, tenant_id, media_type, content_type, format, filename, object_key, storage_target, upload_method,
    size_bytes, sha256, variant_status, description_status, folder_id)
select gen_random_uuid(), %(tenant)s, 'image', 'image/jpeg', 'JPEG', 'a.jpg', '', 'default', 'stream', 1, '',
    'completed', 'completed', (%(folders)s::uuid[])[1 + n %% array_length(%(folders)s::uuid[], 1)]
from generate_series(1, %(count)s) n
"""
STORE_WAYS = """
create table ways as with recursive tree as (
    select id, array[]::uuid[] as way from folders where parent_id is null
    union all select f.id, tree.way || tree.id from tree join folders f on f.parent_id = tree.id
) select f.*, tree.way from folders f join tree using (id);
alter table ways add primary key (id);
create index on ways (tenant_id, parent_id);
create index on ways using gin (way);
grant select, update on ways to aion_app;
analyze
"""
PLAIN = Query(text("select json_agg(f)::text from folders f where tenant_id = :tenant_id"))
PLAIN_ONE = Query(text("select id, name from folders where tenant_id = :tenant_id and id = :folder_id"), kept=True)
# The same but for how depths are known.
TREE_BY_WAYS = Query(
    text(
        re.sub(r"with recursive tree as \(.*?\n    \),", "with", TREE_TEXT, count=1, flags=re.DOTALL)
        .replace("tree.depth", "cardinality(f.way)")
        .replace("from tree join folders f on f.id = tree.id", "from ways f")
        + "where f.tenant_id = :tenant_id"
    )
)
BREADCRUMBS_BY_WAYS = Query(
    text("""
    select f.id, f.name, cardinality(f.way) as depth from ways itself
    join ways f on f.tenant_id = :tenant_id and f.id = any(itself.way || itself.id)
    where itself.tenant_id = :tenant_id and itself.id = :folder_id order by depth
    """),
    kept=True,
)
MOVES = {
    "by parents": "update folders set parent_id = null where id = %(id)s",
    "by stored ways": "update ways set way = way[array_position(way, %(id)s):] where way @> array[%(id)s]",
}


def grow(count: int, tenant: UUID) -> list[tuple[UUID, UUID, UUID | None, str]]:
    """Folders of a tenant, each in one that chance chooses, to the deepest level."""
    chance = random.Random(0)
    rows: list[tuple[UUID, UUID, UUID | None, str]] = []
    depths: dict[UUID, int] = {}
    for number in range(count):
        parent = chance.choice(rows)[0] if rows and chance.random() > 0.01 else None
        if parent is not None and depths[parent] == LEVELS - 1:
            parent = None
        folder = new_id()
        depths[folder] = 0 if parent is None else depths[parent] + 1
        rows.append((folder, tenant, parent, f"Folder {number}"))
    return rows


def fill(owner_url: str, tenant: UUID, folder_count: int, file_count: int) -> list[UUID]:
    """Write folders and files, once more with stored ways; the deepest folders."""
    rows = grow(folder_count, tenant)
    with psycopg.connect(owner_url, autocommit=True) as connection:
        with connection.cursor() as cursor, cursor.copy(ADD) as copy:
            for row in rows:
                copy.write_row(row)
        values = {"tenant": tenant, "folders": [row[0] for row in rows], "count": file_count}
        connection.execute(ADD_FILES, values)
        for statement in STORE_WAYS.split(";"):
            connection.execute(statement.encode())
        connection.execute("vacuum (analyze) files")
        deepest = connection.execute("select id from ways order by cardinality(way) desc, id limit %s", (1000,))
        return [row[0] for row in deepest]


def seconds_to_move(owner_url: str) -> dict[str, float]:
    """How long it takes to move the largest folder at the root, each way; nothing is kept of it."""
    found: dict[str, float] = {}
    with psycopg.connect(owner_url) as connection:
        largest = "select way[1] from ways where cardinality(way) > 0 group by 1 order by count(*) desc limit 1"
        row = connection.execute(largest).fetchone()
        assert row is not None
        for name, statement in MOVES.items():
            started = time.perf_counter()
            connection.execute(statement.encode(), {"id": row[0]})
            found[name] = time.perf_counter() - started
            connection.rollback()
    return found


async def interleaved(works: dict[str, Callable[[], Awaitable[object]]], rounds: int) -> dict[str, float]:
    """The median time of each, in seconds; they take turns, after a turn that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            started = time.perf_counter()
            await work()
            if turn:
                times[name].append(time.perf_counter() - started)
    return {name: statistics.median(found) for name, found in times.items()}


def show(title: str, medians: dict[str, float], share: int = 1) -> dict[str, float]:
    """A line for each, as a ratio to the first; the ratios."""
    base = next(iter(medians.values()))
    print(title)
    for name, seconds in medians.items():
        print(f"  {name:44} {seconds / share * 1000:9.2f} ms   ratio {seconds / base:.2f}")
    return {name: seconds / base for name, seconds in medians.items()}


def _compared(ratios: dict[str, float]) -> float:
    _, by_parents, by_ways = ratios.values()
    return by_parents / by_ways


async def measure(infra: Infra, tenant: UUID, deepest: list[UUID], rounds: int) -> None:
    """Print what the queries take, and whether the goal holds."""
    reader = Reader(system_actor(tenant), infra)
    some = deepest[:BREADCRUMBS_AT_ONCE]

    def ask(query: Query, **values: str) -> Callable[[], Awaitable[object]]:
        return lambda: reader.fetch([query], **values)

    def ask_each(query: Query) -> Callable[[], Awaitable[object]]:
        async def work() -> None:
            for folder_id in some:
                await reader.fetch([query], folder_id=folder_id)

        return work

    tree = {
        "plain: the rows as they are, as JSON": ask(PLAIN),
        "the tree by parents, as JSON": ask(TREE, moment=MOMENT),
        "the tree by stored ways, as JSON": ask(TREE_BY_WAYS, moment=MOMENT),
    }
    crumbs = {
        "plain: one folder": ask_each(PLAIN_ONE),
        "breadcrumbs by parents": ask_each(BREADCRUMBS),
        "breadcrumbs by stored ways": ask_each(BREADCRUMBS_BY_WAYS),
    }
    trees = show("The tree", await interleaved(tree, rounds))
    ways = show(f"Breadcrumbs of the deepest folders ({LEVELS} levels)", await interleaved(crumbs, rounds), len(some))
    more = [_compared(trees), _compared(ways)]
    held = max(more) <= GOAL
    print(f"by parents against by stored ways: tree {more[0]:.2f}, breadcrumbs {more[1]:.2f}")
    print(f"goal: at most {GOAL}: {'holds' if held else 'is missed'}")


async def run(postgres: DatabaseUrls, folder: Path, options: argparse.Namespace) -> None:
    """Fill a database, measure, print."""
    tenant = new_id()
    deepest = fill(postgres.owner, tenant, options.folders, options.files)
    print(f"{options.folders:,} folders to {LEVELS} levels, {options.files:,} files in them")
    async with product_over(folder, postgres) as infra:
        await measure(infra, tenant, deepest, options.rounds)
    show("A move of the largest folder at the root", seconds_to_move(postgres.owner))


def main() -> None:
    """Start a database, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folders", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    print_machine()
    with fresh_database() as (folder, urls):
        asyncio.run(run(urls, folder, options))


if __name__ == "__main__":
    main()
