"""A real PostgreSQL of its own, in all the ways it can start, end and be ended."""

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from aionserver.infra.embedded_postgres import (
    DatabaseUrls,
    EmbeddedPostgres,
    EmbeddedPostgresError,
    urls_of_running,
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, DatabaseUrls]]:
    data_dir = tmp_path_factory.mktemp("data")
    postgres = EmbeddedPostgres(data_dir, durable=False)
    try:
        yield data_dir, postgres.start()
    finally:
        postgres.stop()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path, durable=False)
    yield server
    server.stop()


def answer(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return row and row[0]


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def socket_folder(urls: DatabaseUrls) -> Path:
    return Path(parse_qs(urlsplit(urls.owner).query)["host"][0])


def test_the_owner_may_do_everything(running: tuple[Path, DatabaseUrls]) -> None:
    assert answer(running[1].owner, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is True


def test_the_application_owns_nothing_and_is_bound_by_row_level_security(
    running: tuple[Path, DatabaseUrls],
) -> None:
    url = running[1].application
    powers = "rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
    assert answer(url, f"SELECT {powers} FROM pg_roles WHERE rolname = current_user") is False
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(url, "CREATE TABLE mine (id int)")


def test_vectors_are_at_hand_for_the_application(running: tuple[Path, DatabaseUrls]) -> None:
    assert answer(running[1].application, "SELECT '[1,2]'::halfvec(2) <-> '[1,5]'::halfvec(2)") == 3.0


def test_text_is_sorted_alike_on_every_machine(running: tuple[Path, DatabaseUrls]) -> None:
    provider = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'aion'"
    assert answer(running[1].owner, provider) == "bC.UTF-8"


def test_it_listens_on_one_private_socket_and_on_no_network(running: tuple[Path, DatabaseUrls]) -> None:
    folder = socket_folder(running[1])
    assert answer(running[1].owner, "SELECT current_setting('listen_addresses')") == ""
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [entry.name for entry in folder.iterdir() if entry.is_socket()] == [".s.PGSQL.5432"]


def test_it_does_not_run_as_root(running: tuple[Path, DatabaseUrls]) -> None:
    pid = int((running[0] / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{pid}").stat().st_uid != 0


def test_another_process_finds_the_running_server_by_its_data_folder(
    running: tuple[Path, DatabaseUrls], tmp_path: Path
) -> None:
    assert urls_of_running(running[0]) == running[1]
    assert urls_of_running(tmp_path) is None


def test_a_second_server_on_the_same_folder_is_refused(running: tuple[Path, DatabaseUrls]) -> None:
    with pytest.raises(EmbeddedPostgresError, match="already run by another process"):
        EmbeddedPostgres(running[0]).start()
    assert answer(running[1].owner, "SELECT 1") == 1


def test_what_was_written_is_there_after_a_stop_and_a_start(postgres: EmbeddedPostgres) -> None:
    run(postgres.start().owner, "CREATE TABLE kept AS SELECT 7 AS seven")
    postgres.stop()
    assert not postgres.alive()
    assert answer(postgres.start().owner, "SELECT seven FROM kept") == 7


def test_a_stop_leaves_no_process_no_socket_and_no_pid_file(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    urls, pid = postgres.start(), postgres.pid
    with psycopg.connect(urls.application):  # a client that does not let go
        postgres.stop()
    assert not Path(f"/proc/{pid}").exists()
    assert not socket_folder(urls).parent.exists()
    assert not (tmp_path / "postgres" / "cluster" / "postmaster.pid").exists()


def test_a_data_folder_with_a_very_long_path_works(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a folder with a long name, and ünïcode" * 2] * 3)
    postgres = EmbeddedPostgres(deep, durable=False)
    try:
        assert answer(postgres.start().application, "SELECT 1") == 1
    finally:
        postgres.stop()


def test_a_cluster_of_another_version_is_left_alone(tmp_path: Path, postgres: EmbeddedPostgres) -> None:
    postgres.start()
    postgres.stop()
    (tmp_path / "postgres" / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedPostgresError, match="made by PostgreSQL 17"):
        postgres.start()


def test_settings_of_the_operator_win(tmp_path: Path, postgres: EmbeddedPostgres) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "custom.conf").write_text("work_mem = '7MB'\n")
    assert answer(postgres.start().owner, "SELECT current_setting('work_mem')") == "7MB"


def test_a_setting_it_cannot_start_with_is_in_the_log_that_the_error_names(
    tmp_path: Path, postgres: EmbeddedPostgres
) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "custom.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match=rf"contains errors \(its log is in {tmp_path}/postgres\)"):
        postgres.start()
    assert "no_such_setting" in (tmp_path / "postgres" / "start.log").read_text()


def test_only_the_newest_logs_are_kept(tmp_path: Path, postgres: EmbeddedPostgres) -> None:
    postgres.start()
    logs = tmp_path / "postgres" / "log"
    for number in range(8):
        (logs / f"postgresql-2001010{number}-000000.log").touch()
    postgres.prune_logs()
    assert len(list(logs.iterdir())) == 5
    assert "postgresql-20010101-000000.log" not in [log.name for log in logs.iterdir()]
