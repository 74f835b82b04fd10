"""What `aionvision serve` and the other commands of the operator do."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from aionserver.domains.accounts import service as accounts
from aionserver.domains.accounts.service import FirstLogin
from aionserver.infra.actors import Role
from aionserver.infra.database import Session, database_faults, migrate, open_engine, open_session
from aionserver.infra.embedded_postgres import DatabaseUrls, EmbeddedPostgres, urls_of_running
from aionserver.infra.settings import Settings, write_private
from aionserver.infra.telemetry import configure_logging
from aionserver.supervisor import Plan, Program, Supervisor

FIRST_LOGIN = "first-login.json"
Made = TypeVar("Made")


def serve_all(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    configure_logging(settings)
    settings.root.mkdir(parents=True, exist_ok=True)
    settings.read_secret()
    login: list[FirstLogin] = []

    def prepare(urls: DatabaseUrls) -> None:
        migrate_database(urls)
        made = _in_database(urls, lambda session: accounts.create_first_login(session, settings.default_tier))
        if made:
            login.append(made)

    plan = Plan(
        data_dir=settings.root,
        host=settings.host,
        port=settings.port,
        prepare=prepare,
        programs=lambda urls, listener: _programs(settings, urls, listener),
        on_ready=lambda url: _announce(settings, url, login),
        database=_external(settings),
    )
    Supervisor(plan).run()


def migrate_database(urls: DatabaseUrls) -> None:
    """Bring the schema up to date."""
    migrate(urls.owner)


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


def _announce(settings: Settings, url: str, login: Sequence[FirstLogin]) -> None:
    lines = ["", f"  Aionvision is ready:  {url}", f"  API reference:        {url}/docs"]
    path = settings.root / FIRST_LOGIN
    for made in login:
        content = {"email": made.email, "password": made.password, "api_key": made.api_key, "url": url}
        write_private(path, json.dumps(content, indent=2) + "\n")
        lines += [
            f"  Owner's login:        {made.email}  {made.password}",
            f"  API key:              {made.api_key}",
            f"  Kept in:              {path}",
        ]
    print("\n".join([*lines, ""]), flush=True)  # noqa: T201 - this is what the command is to show


@contextmanager
def database_of(settings: Settings) -> Generator[DatabaseUrls]:
    """The database of a data folder: the one set, the running embedded one, or one started for the moment."""
    urls = _external(settings) or urls_of_running(settings.root)
    if urls is not None:
        yield urls
        return
    postgres = EmbeddedPostgres(settings.root)
    urls = postgres.start()
    try:
        yield urls
    finally:
        postgres.stop()


def make_operator_key(settings: Settings, name: str, role: str) -> str:
    """A new key of the first tenant."""
    with database_of(settings) as urls:
        return _in_database(urls, lambda session: accounts.create_operator_key(session, name, Role(role)))


def _in_database(urls: DatabaseUrls, work: Callable[[Session], Coroutine[Any, Any, Made]]) -> Made:
    async def run() -> Made:
        engine = open_engine(urls.application, pool_size=1)
        try:
            with database_faults():
                async with open_session(engine) as session, session.begin():
                    return await work(session)
        finally:
            await engine.dispose()

    return asyncio.run(run())
