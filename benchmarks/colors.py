"""Searching pictures by colour in a large tenant, against looking at every colour.

python benchmarks/colors.py [--images 100000] [--colors 8] [--queries 20] [--rounds 3]

The colours are those of sample photos, each a little off. Queries are hex codes, half of them colours of pictures,
half any. There are two bare baselines, both exact: one reads every colour of the tenant from the same table, as plain
SQL, and takes the difference from each; the other has all colours in memory as Lab already, and knows no database.
Every answer is compared to theirs: as many pictures, at the same distances.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import numpy as np
import psycopg
from _filling import fill
from _processes import CpuClock, family
from _served import Server, percentile, photos, print_machine, serving
from numpy.typing import NDArray
from PIL import Image

from aionserver.infra.embedded_postgres import urls_of_running
from aionserver.kit import colors as kit_colors
from aionserver.kit.color_matching import stored_colors
from aionserver.kit.color_names import nearest_names
from aionserver.kit.color_spaces import Floats, ciede2000, hex_from_rgb, lab_from_rgb, rgb_from_hex
from aionserver.kit.palettes import palette

SEEDS = 6
PALETTES = 120
OFF_BY = 14.0
THRESHOLDS = (5.0, 15.0)
LEAST = 5.0
GOAL_MILLISECONDS = 100
# Nothing but searching goes on: no worker, and no networks that load beside.
IDLE = {"AIONVISION_WORKERS": "0", "AIONVISION_MODELS": "deterministic", "AIONVISION_API_PROCESSES": "1"}
COPY = "copy image_colors (tenant_id, file_id, rank, cell, name, family, percentage, leads, packed) from stdin"
EVERYTHING = "select file_id, packed from image_colors where tenant_id = %s and percentage >= %s::real"


@dataclass(frozen=True)
class Everything:
    """All colours with a large enough share: their Lab (n, 3), and the number (n,) of the picture each is of."""

    lab: Floats
    picture: NDArray[np.int64]

    def distances(self, code: str, threshold: float) -> list[float]:
        """The distance of each picture that is near enough, the nearest first."""
        apart = ciede2000(lab_from_rgb(rgb_from_hex(code)), self.lab)
        near = np.flatnonzero(apart <= threshold)
        order = near[np.argsort(apart[near], kind="stable")]
        _, first = np.unique(self.picture[order], return_index=True)
        return apart[order[np.sort(first)]].tolist()


def seeded(folder: Path) -> None:
    """Upload a few photos and wait until they are described: what the many files are copied from."""
    with serving(folder) as server, server.client() as client:
        parts = [("files", (file.name, file.read_bytes())) for file in photos(SEEDS)]
        client.post("/user-files/upload/stream-batch", files=parts).raise_for_status()
        while client.get("/user-files", params={"has_description": False, "limit": 1}).json()["total_count"]:
            time.sleep(0.2)


def palettes_of(count: int) -> list[tuple[Floats, list[float]]]:
    """The colours (count, 3) of photos, and their shares as percentages."""
    found: list[tuple[Floats, list[float]]] = []
    for path in dict.fromkeys(photos(PALETTES)):
        with Image.open(path) as image:
            image.thumbnail((512, 512))
            swatches = palette(np.asarray(image.convert("RGB")), count)
        rgb = np.array([swatches[place % len(swatches)].rgb for place in range(count)], dtype=np.float64)
        shares = [round(swatches[place % len(swatches)].share * 100, 2) for place in range(count)]
        found.append((rgb, sorted(shares, reverse=True)))
    return found


def analyses(ids: Sequence[UUID], count: int) -> Iterator[tuple[UUID, list[dict[str, Any]]]]:
    """Colours for each of the pictures, in the form of an analysis."""
    dice, known = np.random.default_rng(1), palettes_of(count)
    for number, file_id in enumerate(ids):
        base, shares = known[number % len(known)]
        off = dice.normal(0, OFF_BY, (1, 3)) + dice.normal(0, OFF_BY, base.shape)
        rgb = np.clip(np.rint(base + off), 0, 255).astype(np.uint8)
        lab = lab_from_rgb(rgb)
        names = nearest_names(lab) if number < 1000 else ["blue"] * count  # a name costs more than all the rest
        yield (
            file_id,
            [
                {
                    "rank": rank,
                    "hex": hex_from_rgb(rgb[rank - 1]),
                    "percentage": shares[rank - 1],
                    "name": names[rank - 1],
                    "family": kit_colors.family(lab[rank - 1]) if number < 1000 else "neutral",
                }
                for rank in range(1, count + 1)
            ],
        )


def put_colors(connection: psycopg.Connection, count: int) -> UUID:
    """Give every picture its colours; the tenant's id."""
    rows = connection.execute("select id, tenant_id from files order by id").fetchall()
    tenant = rows[0][1]
    connection.execute("truncate image_colors")
    with connection.cursor() as cursor, cursor.copy(COPY) as target:
        for file_id, dominant in analyses([row[0] for row in rows], count):
            for one in stored_colors(file_id, dominant):
                values = (one.rank, one.cell, one.name, one.family, one.percentage, one.leads, one.packed)
                target.write_row((tenant, file_id, *values))
    connection.execute("vacuum analyze image_colors")
    return tenant


def everything(connection: psycopg.Connection, tenant: UUID) -> Everything:
    """All colours, read as rows."""
    rows = connection.execute(EVERYTHING, (tenant, LEAST)).fetchall()
    rgb = np.frombuffer(b"".join(row[1][16:19] for row in rows), dtype=np.uint8).reshape(-1, 3)
    numbers: dict[UUID, int] = {}
    picture = np.array([numbers.setdefault(row[0], len(numbers)) for row in rows])
    return Everything(lab_from_rgb(rgb), picture)


def queries_of(known: Everything, connection: psycopg.Connection, tenant: UUID, count: int) -> list[str]:
    """Hex codes: colours that pictures have, and any."""
    dice = np.random.default_rng(2)
    query = "select packed from image_colors where tenant_id = %s order by md5(packed) limit %s"
    stored = [hex_from_rgb(list(row[0][16:19])) for row in connection.execute(query, (tenant, count // 2)).fetchall()]
    return [*stored, *(hex_from_rgb(dice.integers(0, 256, 3)) for _ in range(count - len(stored)))]


def ask(client: httpx2.Client, code: str, threshold: float, expected: Sequence[float]) -> float:
    """Milliseconds that the search took; RuntimeError when it found anything else than what is there."""
    started = time.perf_counter()
    body = {"hex_code": code, "delta_e_threshold": threshold, "min_percentage": LEAST}
    answer = client.post("/colors/search", json=body).raise_for_status()
    took = (time.perf_counter() - started) * 1000
    found = answer.json()
    apart = [one["delta_e"] for one in found["results"]]
    if found["total_count"] != len(expected) or not np.allclose(apart, expected[:50], atol=1e-4):
        raise RuntimeError(f"{code} within {threshold}: {found['total_count']} found, {len(expected)} are there")
    return took


def timed(known: Everything, code: str, threshold: float) -> float:
    """Milliseconds of looking at all colours in memory."""
    started = time.perf_counter()
    known.distances(code, threshold)
    return (time.perf_counter() - started) * 1000


def timed_with_rows(connection: psycopg.Connection, tenant: UUID, code: str, threshold: float) -> float:
    """Milliseconds of reading all colours and looking at them."""
    started = time.perf_counter()
    everything(connection, tenant).distances(code, threshold)
    return (time.perf_counter() - started) * 1000


def compare(server: Server, connection: psycopg.Connection, tenant: UUID, options: argparse.Namespace) -> None:
    """Ask all in turn and print what came of it."""
    known = everything(connection, tenant)
    codes = queries_of(known, connection, tenant, options.queries)
    postgres = [pid for pid, line in family(server.process_id).items() if "postgres" in line.split()[0]][:1]
    clock = CpuClock({"server": [server.process_id], "database": postgres})
    with server.client() as client:
        for threshold in THRESHOLDS:
            expected = {code: known.distances(code, threshold) for code in codes}
            took: dict[str, list[float]] = {"ours": [], "memory": [], "rows": []}
            cpu = 0.0
            for turn in range(options.rounds):
                before = clock.seconds()["server"]
                took["ours"] += [ask(client, code, threshold, expected[code]) for code in codes]
                cpu += clock.seconds()["server"] - before
                took["memory"] += [timed(known, code, threshold) for code in codes]
                took["rows"].append(timed_with_rows(connection, tenant, codes[turn % len(codes)], threshold))
            show(threshold, took, cpu * 1000 / len(took["ours"]), [len(one) for one in expected.values()])


def show(threshold: float, took: dict[str, list[float]], cpu: float, counts: Sequence[int]) -> None:
    """The figures for a threshold."""
    middle = {name: statistics.median(times) for name, times in took.items()}
    print(
        f"within {threshold:4.0f}: p50 {middle['ours']:6.1f} ms  p95 {percentile(took['ours'], 0.95):6.1f} ms  "
        f"CPU {cpu:6.1f} ms   {statistics.median(counts):.0f} pictures found (most {max(counts)})\n"
        f"  bare, every row read: p50 {middle['rows']:7.1f} ms, ratio {middle['rows'] / middle['ours']:5.1f}   "
        f"bare, all in memory: p50 {middle['memory']:6.1f} ms, ratio {middle['memory'] / middle['ours']:4.1f}"
    )
    verdict = "holds" if middle["ours"] < GOAL_MILLISECONDS else "is missed"
    print(f"  goal: p50 < {GOAL_MILLISECONDS} ms: {verdict}; every answer was that of looking at every colour")


def main() -> None:
    """Fill a tenant, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--colors", type=int, default=8)
    parser.add_argument("--queries", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="a folder to keep and use again; default: one that is gone after")
    options = parser.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory(prefix="aionvision-bench-") as temporary:
        folder = options.folder or Path(temporary)
        if not (folder / "data").exists():
            seeded(folder)
        with serving(folder, **IDLE) as server:
            urls = urls_of_running(folder / "data")
            assert urls is not None
            with psycopg.connect(urls.owner, autocommit=True) as connection:
                fill(connection, options.images, vectors=False)
                tenant = put_colors(connection, options.colors)
                row = connection.execute(
                    "select count(*), pg_total_relation_size('image_colors') from image_colors"
                ).fetchone()
                assert row is not None
                print(
                    f"{row[0]:,} colours of {options.images:,} pictures, {row[1] / row[0]:.0f} bytes each with indexes"
                )
                compare(server, connection, tenant, options)


if __name__ == "__main__":
    main()
