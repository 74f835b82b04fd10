"""The product in one process: its API over a test's database, and its jobs done on request."""

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest_asyncio
from fastapi import FastAPI
from PIL import Image

from aionserver import wiring
from aionserver.app import create_app
from aionserver.domains.accounts import service as accounts
from aionserver.domains.api_keys import service as api_keys
from aionserver.domains.sessions import service as sessions
from aionserver.infra.actors import Actor, Role, nobody
from aionserver.infra.database import open_session
from aionserver.infra.job_worker import register
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings
from aionserver.kit.ids import new_id
from aionserver.kit.passwords import hash_password
from aionserver.models.bundled import load_deterministic
from plugins.database import Database


@dataclass(frozen=True)
class Tenant:
    """A tenant with a client that holds a key of it."""

    id: UUID
    key: str
    client: httpx2.AsyncClient

    @property
    def actor(self) -> Actor:
        return Actor(tenant_id=self.id, role=Role.ADMIN)


# Hashing is slow on purpose, so all people of a run share one hash.
PASSWORD = "Correct-horse-7"
hash_once = cache(hash_password)


@dataclass(frozen=True)
class Person:
    """A person who is logged in, with a client that holds the session."""

    user_id: UUID
    email: str
    password: str
    token: str
    client: httpx2.AsyncClient


class Product:
    """The running product, and what a test does with it from outside."""

    def __init__(self, app: FastAPI, infra: Infra) -> None:
        self.app, self.infra = app, infra
        self._clients: list[httpx2.AsyncClient] = []

    def client(self, key: str | None) -> httpx2.AsyncClient:
        """A client with the key, or with none."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        transport = httpx2.ASGITransport(app=self.app)
        client = httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers, timeout=60)
        self._clients.append(client)
        return client

    async def tenant(self, name: str = "Tenant", *, role: Role = Role.ADMIN, tier: str = "enterprise") -> Tenant:
        """A new tenant with a key of the role."""
        async with open_session(self.infra.engine) as session, session.begin():
            tenant_id = await accounts.create_tenant(session, name, tier)
            key = api_keys.create_key(session, tenant_id, None, "Test", role)
        return Tenant(tenant_id, key, self.client(key))

    async def another_key(self, tenant: Tenant, role: Role) -> httpx2.AsyncClient:
        """A client with a further key of the tenant."""
        async with open_session(self.infra.engine) as session, session.begin():
            key = api_keys.create_key(session, tenant.id, None, "Another", role)
        return self.client(key)

    async def person(self, tenant: Tenant | None, role: Role = Role.OWNER, *, name: str = "Person") -> Person:
        """A new person with a verified address and the role in the tenant (None: in none), logged in."""
        email = f"{new_id().hex}@example.org"
        async with self.infra.open_scope(nobody()) as scope:
            user = await accounts.create_user(scope.session, email, name, hash_once(PASSWORD))
            user.email_verified_at = scope.now()
            if tenant:
                await accounts.add_member(scope.session, tenant.id, user.id, role)
            begun = await sessions.begin(scope, user.id, tenant.id if tenant else None)
        return Person(user.id, email, PASSWORD, begun.token, self.client(begun.token))

    async def do_jobs(self) -> None:
        """Do every job that waits, and those that come of them."""
        queue = self.infra.jobs.app
        async with queue.open_async():
            await queue.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    async def close(self) -> None:
        """Close the clients."""
        await asyncio.gather(*(client.aclose() for client in self._clients))


@pytest_asyncio.fixture(scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """One child for parsing, for the whole run."""
    async with Sandbox(preload=["aionserver.kit.pictures", "aionserver.kit.documents.pdf_covers"]) as shared:
        yield shared


@asynccontextmanager
async def running(settings: Settings, sandbox: Sandbox) -> AsyncGenerator[Product]:
    """The product over the settings, until leaving."""

    def prepare(infra: Infra) -> None:
        infra.models.update(load_deterministic())
        infra.sandbox = sandbox
        # Without their hours: a test that crosses one of the clock's would find a job it never gave.
        register(infra.jobs.app, infra, [replace(job, cron=None) for job in wiring.JOBS])

    app = create_app(settings, prepare)
    async with app.router.lifespan_context(app):
        infra: Infra = app.state.infra
        product = Product(app, infra)
        try:
            yield product
        finally:
            await product.close()
            infra.sandbox = None  # it is the run's, not this product's to close


def settings_for(database: Database, folder: Path, **changes: Any) -> Settings:
    """Settings of a product over a test's database and folder."""
    given = {"data_dir": folder, "database_url": database.app_url, "models": "deterministic", **changes}
    return Settings.model_validate(given)


@pytest_asyncio.fixture
async def product(database: Database, tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[Product]:
    """The product with its default settings, a database of its own and instant networks."""
    async with running(settings_for(database, tmp_path), sandbox) as found:
        yield found


@pytest_asyncio.fixture
async def tenant(product: Product) -> Tenant:
    """A tenant of the product."""
    return await product.tenant()


def photo(color: str = "red", size: tuple[int, int] = (320, 240), kind: str = "JPEG", **options: Any) -> bytes:
    """A picture of one colour."""
    data = io.BytesIO()
    Image.new("RGB", size, color).save(data, kind, **options)
    return data.getvalue()


async def upload(tenant: Tenant, data: bytes | None = None, name: str = "photo.jpg", **fields: str) -> dict[str, Any]:
    """The answer to one upload."""
    answer = await tenant.client.post(
        "/api/v2/user-files/upload/stream", files={"file": (name, data or photo())}, data=fields
    )
    assert answer.status_code == 200, answer.text
    return answer.json()
