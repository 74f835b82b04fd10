"""`Infra`, built once and handed down; `Reader` and `Scope`, one actor at work in one tenant."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from aionserver.infra.actors import Actor, system_actor
from aionserver.infra.auditing import Audited
from aionserver.infra.clock import Clock, utc_now
from aionserver.infra.database import TenantRow, is_full, raw_connection
from aionserver.infra.errors import OutOfStorage, Unavailable
from aionserver.infra.events import Subscriptions
from aionserver.infra.hashing import PasswordThreads
from aionserver.infra.job_queue import JobQueue, JobRequest
from aionserver.infra.locks import ProcessLocks
from aionserver.infra.monitor import Monitor
from aionserver.infra.pressure import Pressure
from aionserver.infra.reading import Query, ReadConnections, Rows, enter_tenant, fetch_in
from aionserver.infra.request_context import NO_REQUEST, RequestContext
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.settings import Settings
from aionserver.infra.storage import OpenBuckets, Storage
from aionserver.infra.tunnels import Tunnels

Row = TypeVar("Row", bound=TenantRow)
Contract = TypeVar("Contract")
Result = TypeVar("Result")


@dataclass
class Infra:
    """Everything outside the process's memory, and the loaded neural networks."""

    settings: Settings
    engine: AsyncEngine
    reads: ReadConnections
    storage: Storage
    jobs: JobQueue
    locks: ProcessLocks
    pressure: Pressure
    secret: bytes
    subscriptions: Subscriptions
    steps: Sequence[Any] = ()
    # What assistants can do, by name: `infra/tools.py` `Tool`.
    tools: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sandbox: Sandbox | None = None
    clock: Clock = utc_now
    models: dict[type, object] = field(default_factory=dict[type, object])
    monitor: Monitor = field(default_factory=Monitor)
    # One thread for all networks: they share the cores, and none has to be safe for two.
    thinker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "models"))
    # Whoever reads an original for a request takes one: so few are in memory at once.
    originals: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    # Each step of a pipeline takes one: so few are at work at once, however many pipelines there are.
    pipeline_steps: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(8))
    buckets: OpenBuckets = field(default_factory=OpenBuckets)
    tunnels: Tunnels = field(default_factory=Tunnels)
    hashing: PasswordThreads = field(default_factory=PasswordThreads)

    def model(self, contract: type[Contract]) -> Contract:
        """The loaded implementation of a model contract; Unavailable while it still loads."""
        found = self.models.get(contract)
        if found is None:
            raise Unavailable("The neural networks are still loading.", headers={"Retry-After": "2"})
        return cast(Contract, found)

    async def think(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """What `function` returns, from the thread of the neural networks."""
        return await asyncio.get_running_loop().run_in_executor(self.thinker, function, *arguments)

    async def parse(
        self, function: Callable[..., Result], *arguments: Any, timeout_seconds: float | None = None
    ) -> Result:
        """What `function` returns, from a child process that is killed when it takes too long or too much."""
        if self.sandbox is None:
            raise Unavailable("This process reads no files.")
        timeout = timeout_seconds or self.settings.image_timeout_seconds
        return await self.sandbox.run(function, *arguments, timeout_seconds=timeout)

    async def close(self) -> None:
        """Let go of connections, children and threads."""
        if self.sandbox is not None:
            await self.sandbox.close()
        self.thinker.shutdown(wait=False, cancel_futures=True)
        self.hashing.close()
        await self.tunnels.close()
        await self.locks.close()
        await self.reads.close()
        await self.engine.dispose()

    @asynccontextmanager
    async def open_scope(self, actor: Actor, context: RequestContext = NO_REQUEST) -> AsyncGenerator["Scope"]:
        """A scope whose transaction commits on leaving, and rolls back when an error leaves with it.

        A request that may change something and says nothing of it to the audit log is recorded by its operation.
        """
        try:
            async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
                scope = Scope(actor, self, context.origin, session=session, context=context)
                await scope.enter()
                yield scope
                if context.operation and not scope.is_audited:
                    await scope.publish(Audited(context.operation, context.method, resource_id=context.resource_id))
        except Exception as error:
            if is_full(error):
                raise OutOfStorage("The database's disk is full.", headers={"Retry-After": "60"}) from error
            raise

    def open_system_scope(self, tenant_id: UUID) -> AbstractAsyncContextManager["Scope"]:
        """A scope for the product's own work in a tenant."""
        return self.open_scope(system_actor(tenant_id))


@dataclass
class Reader:
    """Who reads (`actor`), where (`tenant_id`), with what (`infra`); each `fetch` is a transaction of its own.

    `origin` is the scheme and host that URLs in answers begin with.
    """

    actor: Actor
    infra: Infra
    origin: str = ""

    @property
    def tenant_id(self) -> UUID:
        """The tenant that every row read or written here belongs to."""
        return self.actor.tenant_id

    def now(self) -> datetime:
        """The time by the clock of this process, in UTC."""
        return self.infra.clock()

    async def fetch(self, queries: Sequence[Query], **values: Any) -> list[Rows]:
        """The rows of each query, in one round trip."""
        return await self.infra.reads.fetch(self.tenant_id, queries, **values)


@dataclass
class Scope(Reader):
    """A reader that also writes, all in one transaction (`session`), for the request that `context` tells of."""

    session: AsyncSession = field(kw_only=True)
    context: RequestContext = NO_REQUEST
    _published: set[type] = field(default_factory=set[type], repr=False)

    async def enter(self) -> None:
        """From here on the transaction sees the rows of this scope's tenant, and no others."""
        await enter_tenant(self.session, self.tenant_id)

    @property
    def is_audited(self) -> bool:
        """Whether the transaction has told the audit log of a change."""
        return Audited in self._published

    async def acting_as(self, actor: Actor) -> "Scope":
        """The same transaction, from here on for another actor, in its tenant."""
        other = replace(self, actor=actor)
        await other.enter()
        return other

    async def fetch(self, queries: Sequence[Query], **values: Any) -> list[Rows]:
        """The rows of each query, as this transaction sees them."""
        return await fetch_in(self.session, self.tenant_id, queries, **values)

    def rows(self, table: type[Row]) -> Select[Row]:
        """A select over this tenant's rows of a table: the start of every query."""
        return select(table).where(table.tenant_id == self.tenant_id)

    async def upsert(self, table: type[TenantRow], keys: Sequence[str], values: Mapping[str, Any]) -> None:
        """Write a row of this tenant, over the one with the same keys where there is one."""
        row = insert(table).values(tenant_id=self.tenant_id, **values)
        changed = {name: row.excluded[name] for name in values if name not in keys}
        await self.session.execute(row.on_conflict_do_update(index_elements=list(keys), set_=changed))

    async def publish(self, event: object) -> None:
        """Tell the subscribers of the event's type, in this transaction and in their listed order."""
        self._published.add(type(event))
        for handler in self.infra.subscriptions.get(type(event), ()):
            await handler(self, event)

    async def defer(self, requests: Sequence[JobRequest]) -> None:
        """Write jobs in this transaction: they exist if and only if it commits."""
        await self.infra.jobs.defer(await raw_connection(self.session), self.tenant_id, requests)
