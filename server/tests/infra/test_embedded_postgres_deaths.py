"""PostgreSQL, the process that runs it, or the machine's order of things, killed at bad moments."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from aionserver.infra.embedded_postgres import DatabaseUrls, EmbeddedPostgres

SERVE = """
import sys, time
from pathlib import Path
from aionserver.infra.embedded_postgres import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
print(postgres.start().owner, flush=True)
time.sleep(60)
"""


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path, durable=False)
    yield server
    server.stop()


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that starts PostgreSQL in the test's folder."""
    with subprocess.Popen([sys.executable, "-c", SERVE, tmp_path], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def rows(urls: DatabaseUrls, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(urls.owner) as connection:
        return connection.execute(query).fetchall()


def eventually(fact: Callable[[], bool], timeout_seconds: float = 15) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.01)
    return fact()


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])


def test_a_killed_postgres_starts_again_with_all_that_was_committed(postgres: EmbeddedPostgres) -> None:
    run(postgres.start().owner, "CREATE TABLE kept AS SELECT 7 AS seven")
    assert postgres.pid is not None
    os.kill(postgres.pid, signal.SIGKILL)
    assert eventually(lambda: not postgres.alive())
    assert rows(postgres.start(), "SELECT seven FROM kept") == [(7,)]


def test_work_that_outlives_a_killed_postgres_does_not_block_the_next(postgres: EmbeddedPostgres) -> None:
    urls = postgres.start()
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        started = threading.Event()

        def count_for_long() -> None:
            started.set()
            with suppress(psycopg.OperationalError):
                connection.execute("SELECT count(*) FROM generate_series(1, 10000000000)")

        counting = threading.Thread(target=count_for_long)
        counting.start()
        started.wait()
        busy = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%10000000000)'"
        assert eventually(lambda: bool(rows(urls, busy)))
        assert postgres.pid is not None
        os.kill(postgres.pid, signal.SIGKILL)
        assert eventually(lambda: not postgres.alive())
        postgres.start()
        counting.join()


def test_postgres_ends_with_its_killed_parent_and_the_next_one_takes_over(
    parent: subprocess.Popen[str], postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    run(first_line(parent), "CREATE TABLE kept AS SELECT 7 AS seven")
    orphan = Path(f"/proc/{postmaster_pid(tmp_path)}")
    parent.kill()
    parent.wait()
    assert rows(postgres.start(), "SELECT seven FROM kept") == [(7,)]
    assert eventually(lambda: not orphan.exists())


def test_a_start_waits_for_a_predecessor_that_is_still_shutting_down(
    parent: subprocess.Popen[str], postgres: EmbeddedPostgres
) -> None:
    with psycopg.connect(first_line(parent)) as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
        found = connection.execute(query).fetchone()
    assert found is not None
    os.kill(found[0], signal.SIGSTOP)  # no shutdown can end without its last checkpoint
    parent.kill()
    parent.wait()
    threading.Timer(0.5, os.kill, (found[0], signal.SIGCONT)).start()
    began = time.monotonic()
    postgres.start()
    assert time.monotonic() - began > 0.4


def test_a_first_start_killed_half_way_does_not_spoil_the_folder(
    parent: subprocess.Popen[str], postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    half_made = tmp_path / "postgres" / "cluster.new" / "PG_VERSION"
    assert eventually(half_made.exists)
    parent.kill()
    parent.wait()
    assert not (tmp_path / "postgres" / "cluster").exists()
    assert rows(postgres.start(), "SELECT 1") == [(1,)]
    assert not (tmp_path / "postgres" / "cluster.new").exists()


@pytest.mark.parametrize("pid_of", ["a dead process", "an unrelated process", "nothing"])
def test_a_stale_pid_file_is_no_obstacle(postgres: EmbeddedPostgres, tmp_path: Path, pid_of: str) -> None:
    postgres.start()
    pid_file = tmp_path / "postgres" / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    postgres.stop()
    with subprocess.Popen(["sleep", "60"]) as unrelated:
        stale = {"a dead process": "4194000", "an unrelated process": str(unrelated.pid), "nothing": ""}[pid_of]
        pid_file.write_text("\n".join([stale, *lines[1:]]))
        assert rows(postgres.start(), "SELECT 1") == [(1,)]
        assert unrelated.poll() is None
        unrelated.kill()
