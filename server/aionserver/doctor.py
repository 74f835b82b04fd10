"""`aionvision doctor`: what the server needs, checked one by one."""

import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from aionserver.infra.database import psycopg_url
from aionserver.infra.embedded_postgres import EmbeddedPostgresError, urls_of_running
from aionserver.infra.errors import AionError
from aionserver.infra.settings import Settings
from aionserver.models.loading import check_weights
from aionserver.serving import database_of, has_database

LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing that was checked."""

    subject: str
    is_fine: bool
    text: str


def examine(settings: Settings) -> list[Finding]:
    """Every check, whether it passed or not."""
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("Python", _python),
        ("data folder", _folder),
        ("disk", _disk),
        ("port", _port),
        ("models", _models),
        ("database", _database),
    ]
    return [_checked(subject, check, settings) for subject, check in checks]


def _checked(subject: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(subject, True, check(settings))
    except (AionError, EmbeddedPostgresError, OSError, psycopg.Error) as error:
        return Finding(subject, False, str(error).strip().splitlines()[0])


def _python(_: Settings) -> str:
    if sys.version_info < (3, 11):  # noqa: UP036 - said in words to who runs it with an older one
        raise OSError(f"{sys.version.split()[0]} is too old: install Python 3.11 or newer")
    return sys.version.split()[0]


def _existing(path: Path) -> Path:
    return path if path == path.parent or path.exists() else _existing(path.parent)


def _folder(settings: Settings) -> str:
    try:
        probe = _existing(settings.root) / ".aionvision-doctor"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OSError(f"{settings.root} can't be written ({error.strerror}): choose another with --data-dir") from None
    return str(settings.root)


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(_existing(settings.root)).free
    if free < max(LEAST_FREE_BYTES, settings.least_free_disk_bytes):
        raise OSError(f"only {free / 1e9:.1f} GB are free: make room, or choose another folder with --data-dir")
    return f"{free / 1e9:.1f} GB free"


def _port(settings: Settings) -> str:
    if urls_of_running(settings.root) is not None:
        return "the server of this folder is running"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise OSError(
                f"{settings.host}:{settings.port} is taken (perhaps by this server): choose another with --port"
            ) from None
    return f"{settings.host}:{settings.port} is free"


def _models(settings: Settings) -> str:
    if settings.models == "deterministic":
        return "deterministic stand-ins are set (AIONVISION_MODELS)"
    return f"{check_weights()} weight files are whole"


def _database(settings: Settings) -> str:
    if not has_database(settings):
        return "is made at the first start"
    with database_of(settings) as urls, psycopg.connect(psycopg_url(urls.owner)) as connection:
        row = connection.execute("select extversion from pg_extension where extname = 'vector'").fetchone()
        version = connection.info.server_version // 10000
        return f"PostgreSQL {version}, pgvector {row[0] if row else 'comes with the first migration'}"
