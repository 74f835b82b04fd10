"""What is done to a database by the operator's commands: migrations, the first login, keys."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from aionserver.domains.accounts import service as accounts
from aionserver.infra.actors import Role
from aionserver.infra.database import Session, database_faults, migrate, open_engine, open_session
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.settings import Settings, write_private

Made = TypeVar("Made")


def prepare_database(urls: DatabaseUrls, settings: Settings, pending_login: Path) -> None:
    """The newest schema, and a first login where there is no tenant; it is on disk before it is in the database."""

    async def make_first_login(session: Session) -> None:
        made = await accounts.create_first_login(session, settings.default_tier)
        if made:
            content = {"email": made.email, "password": made.password, "api_key": made.api_key}
            write_private(pending_login, json.dumps(content))

    migrate(urls.owner)
    _in_database(urls, make_first_login)


def make_operator_key(urls: DatabaseUrls, name: str, role: str) -> str:
    """A new key of the first tenant."""
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
