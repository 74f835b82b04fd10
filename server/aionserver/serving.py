"""What `aionvision serve` runs, and where the operator's commands find the database.

What loads slowly is imported where it is needed: `serve` starts its children before it does anything else.
"""

import json
import os
import socket
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module

from aionserver.infra.embedded_postgres import DatabaseUrls, EmbeddedPostgres, urls_of_running
from aionserver.infra.errors import NotFound
from aionserver.infra.settings import Settings, write_private
from aionserver.supervisor import Plan, Program, Supervisor

FIRST_LOGIN = "first-login.json"
# The first login from its making until it has been shown: a server killed in between shows it at its next start.
PENDING_LOGIN = "first-login.pending"


def serve_all(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    settings.root.mkdir(parents=True, exist_ok=True)
    settings.read_secret()
    threading.Thread(target=_import_ahead, args=(has_database(settings),), daemon=True, name="imports").start()
    plan = Plan(
        data_dir=settings.root,
        host=settings.host,
        port=settings.port,
        prepare=lambda urls: prepare(urls, settings),
        programs=lambda urls, listener: _programs(settings, urls, listener),
        on_ready=lambda url: announce(settings, url),
        database=_external(settings),
    )
    Supervisor(plan).run()
    print("  Aionvision has stopped.", flush=True)  # noqa: T201 - who pressed Ctrl-C waits for it


def prepare(urls: DatabaseUrls, settings: Settings) -> None:
    """Migrate the database and make the first login, where that is still to be done."""
    from aionserver.infra.schema_version import is_settled
    from aionserver.infra.telemetry import configure_logging

    configure_logging(settings)
    if is_settled(urls.owner):
        return
    from aionserver.preparing import prepare_database

    prepare_database(urls, settings, settings.root / PENDING_LOGIN)


def _import_ahead(is_first_start_over: bool) -> None:
    """Load what `prepare` needs while PostgreSQL starts: the check of the schema, on the first start what makes it."""
    import_module("aionserver.infra.telemetry")
    import_module("aionserver.infra.schema_version" if is_first_start_over else "aionserver.preparing")


def _external(settings: Settings) -> DatabaseUrls | None:
    if settings.database_url is None:
        return None
    url = settings.database_url.get_secret_value()
    owner = settings.owner_database_url.get_secret_value() if settings.owner_database_url else url
    return DatabaseUrls(owner=owner, application=url)


def _programs(settings: Settings, urls: DatabaseUrls, listener: int) -> Sequence[Program]:
    environment = {
        **os.environ,
        "AIONVISION_DATABASE_URL": urls.application,
        "AIONVISION_DATA_DIR": str(settings.root),
        "AIONVISION_HOST": settings.host,
        "AIONVISION_PORT": str(_port_of(listener)),
        "AIONVISION_WORKERS": str(settings.worker_count),
        # One thread for each network that does not say how many: the settings share the cores out.
        "OMP_NUM_THREADS": str(settings.threads),
    }
    command = [sys.executable, "-m", "aionserver"]
    apis = [
        Program(f"api-{number}", [*command, "api", "--fd", str(listener)], environment, listens=True)
        for number in range(1, settings.api_processes + 1)
    ]
    workers = [
        Program(f"worker-{number}", [*command, "worker"], environment) for number in range(1, settings.worker_count + 1)
    ]
    return [*apis, *workers]


def _port_of(listener: int) -> int:
    """The port that an inherited socket listens on: links in letters name it."""
    with socket.fromfd(listener, socket.AF_INET, socket.SOCK_STREAM) as copied:
        return int(copied.getsockname()[1])


def announce(settings: Settings, url: str) -> None:
    """Print where the server is, and the first login when it has not been shown."""
    lines = ["", f"  Aionvision is ready:  {url}", f"  API reference:        {url}/docs"]
    pending = settings.root / PENDING_LOGIN
    kept = settings.root / FIRST_LOGIN
    if pending.exists():
        lines += _first_login(settings, url)
        pending.unlink()
    elif kept.exists():
        lines.append(f"  First login and key:  {kept}")
    print("\n".join([*lines, ""]), flush=True)  # noqa: T201 - this is what the command is to show


def _first_login(settings: Settings, url: str) -> list[str]:
    made = {**json.loads((settings.root / PENDING_LOGIN).read_text()), "url": url}
    path = settings.root / FIRST_LOGIN
    write_private(path, json.dumps(made, indent=2) + "\n")
    return [
        f"  Owner's login:        {made['email']}  {made['password']}",
        f"  API key:              {made['api_key']}",
        f"  Kept in:              {path}",
    ]


def has_database(settings: Settings) -> bool:
    """Whether a server has been started on the data folder, or the database is somewhere else."""
    return settings.database_url is not None or (settings.root / "postgres" / "cluster").exists()


@contextmanager
def database_of(settings: Settings) -> Generator[DatabaseUrls]:
    """The database of a data folder: the one set, the running embedded one, or one started for the moment."""
    urls = _external(settings) or urls_of_running(settings.root)
    if urls is not None:
        yield urls
        return
    if not has_database(settings):
        raise NotFound(f"No server has been started on {settings.root} yet: start it with 'aionvision serve'.")
    postgres = EmbeddedPostgres(settings.root)
    urls = postgres.start()
    try:
        yield urls
    finally:
        postgres.stop()
