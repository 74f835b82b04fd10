"""Places where PostgreSQL can hardly run: full disks, closed folders, other users' folders."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from aionserver.infra.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from aionserver.infra.embedded_postgres.account import Account, unprivileged_account
from aionserver.infra.embedded_postgres.configuration import configuration, memory_settings
from aionserver.infra.embedded_postgres.failures import cause
from aionserver.infra.embedded_postgres.folders import Home, runtime_folder
from aionserver.infra.embedded_postgres.programs import installed_binaries

MEBIBYTE = 1024**2
GIBIBYTE = 1024**3
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make this situation")

SERVE = """
import sys
from pathlib import Path
from aionserver.infra.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
postgres = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
try:
    print(postgres.start().owner)
except EmbeddedPostgresError as error:
    print(error.message)
postgres.stop()
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 30 MB, too small for a new cluster."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m", "none", disk], capture_output=True).returncode:
        pytest.skip("this environment does not allow mounts")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter."""
    folder = Path("/var/tmp", f"aionvision-test-{os.getpid()}")
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


def can_query(postgres: EmbeddedPostgres) -> bool:
    try:
        with psycopg.connect(postgres.start().application) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        postgres.stop()


def test_a_folder_that_all_may_enter_and_one_below_a_closed_folder_both_work(open_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    assert can_query(EmbeddedPostgres(open_folder, durable=False))
    assert can_query(EmbeddedPostgres(tmp_path / "closed" / "data", durable=False))


@as_root
def test_a_full_disk_is_named_in_one_sentence(small_disk: Path) -> None:
    with pytest.raises(EmbeddedPostgresError) as caught:
        EmbeddedPostgres(small_disk).start()
    assert caught.value.message == (
        f"PostgreSQL could not start: the disk that holds {small_disk}/postgres is full:"
        " make room there, then start again."
    )


@as_root
def test_a_cluster_starts_again_once_the_full_disk_has_room(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    postgres = EmbeddedPostgres(small_disk, durable=False)
    assert can_query(postgres)
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(200 * MEBIBYTE))
    with pytest.raises(EmbeddedPostgresError, match="is full"):
        postgres.start()
    ballast.unlink()
    assert can_query(postgres)


@as_root
def test_binaries_in_a_closed_folder_are_used_all_the_same(tmp_path: Path) -> None:
    """As in a virtual environment below /root."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = installed_binaries().parent
    for part in (wheel.name, f"{wheel.name}.libs"):
        shutil.copytree(wheel.parent / part, closed / part, ignore=shutil.ignore_patterns("pginstall", "*.a"))
    search_path = os.pathsep.join([str(closed), *sys.path])
    words = subprocess.run(
        [sys.executable, "-c", SERVE, tmp_path / "data"],
        env={**os.environ, "PYTHONPATH": search_path},
        capture_output=True,
        text=True,
    )
    assert words.stdout.startswith("postgresql://aion_owner@"), words.stdout + words.stderr


@as_root
def test_an_ordinary_user_runs_it_as_that_user(open_folder: Path) -> None:
    nobody = unprivileged_account()
    if not nobody.may_execute(Path(sys.executable)) or not nobody.may_execute(Path(__file__).parent):
        pytest.skip(f"the user {nobody.uid} may not run {sys.executable} or enter this repository")
    os.chown(open_folder, nobody.uid, nobody.gid)
    words = run_as(nobody, open_folder)
    assert words.startswith("postgresql://aion_owner@")
    assert (open_folder / "postgres" / "cluster").stat().st_uid == nobody.uid


@as_root
def test_root_keeps_the_user_that_a_cluster_belongs_to(open_folder: Path) -> None:
    postgres = EmbeddedPostgres(open_folder, durable=False)
    assert can_query(postgres)
    daemon = Account(1, 1)
    for path in (open_folder / "postgres").rglob("*"):
        os.chown(path, daemon.uid, daemon.gid)
    assert can_query(postgres)
    assert (open_folder / "postgres" / "cluster" / "base").stat().st_uid == daemon.uid


@as_root
def test_a_cluster_of_roots_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "cluster").mkdir(parents=True)
    with pytest.raises(EmbeddedPostgresError, match="belongs to the user root"):
        EmbeddedPostgres(tmp_path).start()


@as_root
def test_a_socket_folder_that_another_user_made_first_is_not_used(tmp_path: Path) -> None:
    squatted = runtime_folder(Home(tmp_path / "postgres"), unprivileged_account())
    squatted.mkdir()
    os.chown(squatted, 1, 1)
    try:
        with pytest.raises(EmbeddedPostgresError, match="belongs to another user"):
            EmbeddedPostgres(tmp_path).start()
    finally:
        squatted.rmdir()


def run_as(account: Account, data_dir: Path) -> str:
    """What SERVE prints as that user."""
    finished = subprocess.run(
        [sys.executable, "-c", SERVE, data_dir],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        cwd="/",
        capture_output=True,
        text=True,
    )
    return finished.stdout or finished.stderr


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ("FATAL:  could not write lock file: No space left on device", "is full: make room there"),
        ("could not write: Disk quota exceeded", "quota for"),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "not enough free memory"),
        ("cannot run postgres as user id 65534: Operation not permitted", "start as an ordinary user"),
        ("LOG:  one\nFATAL:  something new.\nLOG:  two\n", "FATAL:  something new (its log is in"),
        ("", "it gave no reason"),
    ],
)
def test_a_failure_says_what_to_do(tmp_path: Path, log: str, sentence: str) -> None:
    assert sentence in cause(log, tmp_path)


def test_memory_is_shared_out_within_bounds() -> None:
    assert memory_settings(GIBIBYTE // 4)["shared_buffers"] == "64MB"
    assert memory_settings(4 * GIBIBYTE)["shared_buffers"] == "512MB"
    assert memory_settings(256 * GIBIBYTE)["shared_buffers"] == "2048MB"


def test_a_quote_in_a_path_does_not_break_the_configuration() -> None:
    text = configuration(Path("/it's/log"), Path("/tmp/x"), durable=True)
    assert "log_directory = '/it''s/log'" in text
    assert "fsync" not in text
