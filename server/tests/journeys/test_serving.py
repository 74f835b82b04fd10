"""What a start prepares and shows."""

import json
from pathlib import Path

import psycopg
import pytest

from aionserver.infra.database import psycopg_url
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.schema_version import is_settled
from aionserver.infra.settings import Settings
from aionserver.serving import FIRST_LOGIN, PENDING_LOGIN, announce, prepare
from plugins.database import Database
from plugins.product import settings_for


def urls_of(database: Database) -> DatabaseUrls:
    return DatabaseUrls(owner=psycopg_url(database.owner_url), application=psycopg_url(database.app_url))


def shown(settings: Settings, capsys: pytest.CaptureFixture[str]) -> str:
    announce(settings, "http://127.0.0.1:1")
    return capsys.readouterr().out


def test_the_first_login_is_shown_once_and_kept(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_for(database, tmp_path)
    prepare(urls_of(database), settings)
    first = shown(settings, capsys)
    kept = json.loads((tmp_path / FIRST_LOGIN).read_text())
    assert kept["api_key"] in first
    assert (tmp_path / FIRST_LOGIN).stat().st_mode & 0o777 == 0o600
    assert kept["api_key"] not in shown(settings, capsys)


def test_a_login_that_a_killed_server_did_not_show_is_shown_at_the_next_start(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_for(database, tmp_path)
    prepare(urls_of(database), settings)
    made = json.loads((tmp_path / PENDING_LOGIN).read_text())
    prepare(urls_of(database), settings)
    assert made["api_key"] in shown(settings, capsys)


def test_a_database_is_settled_once_it_has_the_schema_and_a_tenant(
    database: Database, empty_database: Database, tmp_path: Path
) -> None:
    assert not is_settled(urls_of(empty_database).owner)
    assert not is_settled(urls_of(database).owner)
    prepare(urls_of(database), settings_for(database, tmp_path))
    assert is_settled(urls_of(database).owner)
    with psycopg.connect(psycopg_url(database.owner_url)) as connection:
        connection.execute("update alembic_version set version_num = '0000'")
    assert not is_settled(urls_of(database).owner)
