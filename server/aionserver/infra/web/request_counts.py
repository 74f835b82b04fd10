"""How often each key calls each endpoint: counted in the process, added to the database every few seconds."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from starlette.types import Scope as HttpScope

from aionserver.infra.actors import Actor, system_actor
from aionserver.infra.scope import Infra, Scope

log = structlog.get_logger(__name__)
PAUSE_SECONDS = 5.0
LAST_FLUSH_SECONDS = 2.0
HOUR_SECONDS = 3600
# While the database is away, counts wait; beyond so many they are dropped.
MOST_WAITING = 100_000
COLUMNS = ("hours", "keys", "endpoints", "calls", "failures", "total_ms")
Key = tuple[UUID, UUID | None, str, str, int]
Save = Callable[[Scope, Mapping[str, Sequence[Any]]], Awaitable[None]]


class RequestCounts:
    """Calls, failed ones and milliseconds, by tenant, key, endpoint and hour. A killed process loses some seconds."""

    def __init__(self, saves: Sequence[Save]) -> None:
        self._saves = saves
        self._counts: dict[Key, list[float]] = {}

    def count(self, scope: HttpScope, status: int, seconds: float, now: float) -> None:
        """Count an authenticated request of a known route; `now` is in Unix seconds."""
        actor, route = scope.get("state", {}).get("actor"), scope.get("route")
        if not isinstance(actor, Actor) or route is None:
            return
        key = (actor.tenant_id, actor.key_id, scope["method"], route.path, int(now) // HOUR_SECONDS)
        sums = self._counts.get(key)
        if sums is None:
            if len(self._counts) >= MOST_WAITING:
                return
            sums = self._counts[key] = [0, 0, 0.0]
        sums[0] += 1
        sums[1] += status >= 400
        sums[2] += seconds * 1000

    async def flush(self, infra: Infra) -> None:
        """Add what was counted to the database; what can't be added waits for the next time."""
        taken, self._counts = self._counts, {}
        if not taken:
            return
        try:
            await self._add(infra, taken)
        except BaseException:
            for key, sums in taken.items():
                later = self._counts.setdefault(key, [0, 0, 0.0])
                self._counts[key] = [one + other for one, other in zip(sums, later, strict=True)]
            raise

    async def _add(self, infra: Infra, taken: Mapping[Key, Sequence[float]]) -> None:
        # Each process adds to the same rows: in one order, so that none waits for one that waits for it.
        by_tenant: dict[UUID, list[tuple[Any, ...]]] = {}
        for (tenant_id, key_id, method, path, hour), (calls, failures, elapsed_ms) in taken.items():
            moment = datetime.fromtimestamp(hour * HOUR_SECONDS, UTC)
            row = (moment, key_id, f"{method} {path}", calls, failures, round(elapsed_ms))
            by_tenant.setdefault(tenant_id, []).append(row)
        tenants = sorted(by_tenant)
        async with infra.open_system_scope(tenants[0]) as scope:
            for tenant_id in tenants:
                within = await scope.acting_as(system_actor(tenant_id))
                columns = zip(*by_tenant[tenant_id], strict=True)
                counts = {name: list(one) for name, one in zip(COLUMNS, columns, strict=True)}
                for save in self._saves:
                    await save(within, counts)

    @asynccontextmanager
    async def flushed(self, infra: Infra) -> AsyncGenerator[None]:
        """Flush every few seconds until leaving, and once more then."""
        flushing = asyncio.ensure_future(self._keep_flushing(infra))
        try:
            yield
        finally:
            flushing.cancel()
            with suppress(asyncio.CancelledError):
                await flushing
            try:
                async with asyncio.timeout(LAST_FLUSH_SECONDS):
                    await self.flush(infra)
            except Exception as error:  # noqa: BLE001  the process ends, with the database perhaps
                log.warning("request_counts_lost", reason=type(error).__name__)

    async def _keep_flushing(self, infra: Infra) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                await self.flush(infra)
            except Exception as error:  # noqa: BLE001  whatever it was, the next time comes
                log.warning("request_counts_wait", reason=type(error).__name__)
