"""Counters of requests, shared by all processes. A crash of the database sets them back to nothing."""

from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from aionserver.infra.actors import NO_TENANT
from aionserver.infra.reading import UNSYNCED, Query, ReadConnections

_HIT = Query(
    text(
        "insert into rate_windows as w (subject, ends_at, hits) values (:subject, :ends_at, 1)"
        " on conflict (subject, ends_at) do update set hits = w.hits + 1 returning hits"
    ),
    kept=True,
)
_FORGET = text("delete from rate_windows where ends_at < :now")


def window_end(now_seconds: float, per_seconds: int) -> int:
    """When the window ends that a moment falls in; both in Unix seconds."""
    return (int(now_seconds) // per_seconds + 1) * per_seconds


def subject_of(*parts: object) -> UUID:
    """The counter of whatever these parts name together."""
    return uuid5(NAMESPACE_OID, "\0".join(str(part) for part in parts))


async def hit(reads: ReadConnections, subject: UUID, ends_at: int) -> int:
    """Count one request; how many there were in its window, with it."""
    _, (counted,) = await reads.fetch(NO_TENANT, [UNSYNCED, _HIT], subject=subject, ends_at=ends_at)
    return int(counted.hits)


async def forget_windows(engine: AsyncEngine, now_seconds: float) -> None:
    """Drop the counters of windows that are over."""
    async with engine.begin() as connection:
        await connection.execute(_FORGET, {"now": int(now_seconds)})
