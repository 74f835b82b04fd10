"""What is done to a database by the operator's commands: migrations, the first login, keys."""

import asyncio
import json
import secrets
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from aionserver.domains.accounts import service as accounts
from aionserver.domains.api_keys import service as api_keys
from aionserver.domains.audit import service as audit
from aionserver.infra.actors import Role
from aionserver.infra.auditing import Audited
from aionserver.infra.database import Session, database_faults, migrate, open_engine, open_session
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.settings import Settings, write_private
from aionserver.kit.api_keys import shown_prefix
from aionserver.kit.passwords import hash_password

OWNER_EMAIL = "owner@aionvision.local"
Made = TypeVar("Made")


def prepare_database(urls: DatabaseUrls, settings: Settings, pending_login: Path) -> None:
    """The newest schema, and a first login where there is no tenant; it is on disk before it is in the database."""

    async def make_first_login(session: Session) -> None:
        if not await accounts.has_tenants(session):
            made = await _first_login(session, settings.default_tier)
            write_private(pending_login, json.dumps(made))

    migrate(urls.owner)
    in_database(urls, make_first_login)


async def _first_login(session: Session, tier: str) -> dict[str, str]:
    """The first tenant with its owner and a key: what the operator is shown once."""
    password = secrets.token_urlsafe(12)
    owner = await accounts.create_user(session, OWNER_EMAIL, "Owner", hash_password(password))
    owner.email_verified_at = owner.created_at
    tenant_id = await accounts.found_tenant(session, owner, "My organisation", tier)
    key = api_keys.create_key(session, tenant_id, owner.id, "First key", Role.ADMIN)
    return {"email": OWNER_EMAIL, "password": password, "api_key": key}


def make_operator_key(urls: DatabaseUrls, name: str, role: str) -> str:
    """A new key of the first tenant."""

    async def make(session: Session) -> str:
        key = await api_keys.create_operator_key(session, name, Role(role))
        details = {"name": name, "role": role, "key_prefix": shown_prefix(key), "by": "operator"}
        tenant = await accounts.first_tenant(session)
        await audit.record_operators(
            session, tenant.id, Audited("api_key.created", "create", "api_key", details=details)
        )
        return key

    return in_database(urls, make)


def in_database(urls: DatabaseUrls, work: Callable[[Session], Coroutine[Any, Any, Made]]) -> Made:
    """What `work` makes, in a transaction of its own."""

    async def run() -> Made:
        engine = open_engine(urls.application, pool_size=1)
        try:
            with database_faults():
                async with open_session(engine) as session, session.begin():
                    return await work(session)
        finally:
            await engine.dispose()

    return asyncio.run(run())
