"""What is asked of the audit log, and the one way to add to it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Text, Uuid, bindparam, select, text, tuple_
from sqlalchemy import cast as cast_to
from sqlalchemy.ext.asyncio import AsyncSession

from aionserver.domains.audit.tables import AuditEntry
from aionserver.infra.reading import Query, ReadConnections, Rows, fetch_in, of_tenant
from aionserver.infra.scope import Reader, Scope
from aionserver.kit.ids import new_id

Moment = DateTime(timezone=True)
PAGE = 1000
_ADD = Query(
    text("""
    insert into audit_entries (
        id, tenant_id, event_type, event_timestamp, severity, result, action, user_id, api_key_id, session_id,
        ip_address, user_agent, request_id, resource_type, resource_id, error_message, metadata
    ) values (
        :id, :tenant_id, :event_type, :event_timestamp, :severity, :result, :action, :user_id, :api_key_id, :session_id,
        :ip_address, :user_agent, :request_id, :resource_type, :resource_id, :error_message, cast(:metadata as jsonb)
    ) returning 1
    """)
)
_ENTER = Query(text("select set_config('aion.tenant_id', cast(:tenant_id as text), true)"))
_FORGET = text("select forget_audit_entries(:days, :most)")


@dataclass(frozen=True)
class EntryFilter:
    """Which entries a list shows. None filters nothing."""

    event_type: str | None = None
    severity: str | None = None
    result: str | None = None
    user_id: UUID | None = None
    api_key_id: UUID | None = None
    resource_id: str | None = None
    request_id: str | None = None
    date_from: datetime | None = None
    date_to: datetime | None = None


_TYPES: Mapping[str, Any] = {
    "event_type": Text,
    "severity": Text,
    "result": Text,
    "user_id": Uuid,
    "api_key_id": Uuid,
    "resource_id": Text,
    "request_id": Text,
}
_CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    **{name: getattr(AuditEntry, name) == bindparam(name, type_=kind) for name, kind in _TYPES.items()},
    "date_from": AuditEntry.event_timestamp >= bindparam("date_from", type_=Moment),
    "date_to": AuditEntry.event_timestamp <= bindparam("date_to", type_=Moment),
}


async def add(scope: Scope, values: Mapping[str, Any]) -> None:
    """Write an entry of this tenant."""
    await scope.fetch([_ADD], id=new_id(), **values)


async def add_outside(session: AsyncSession, tenant_id: UUID, values: Mapping[str, Any]) -> None:
    """Write an entry of a tenant in which nobody is at work; the session is, until its transaction ends."""
    await fetch_in(session, tenant_id, [_ENTER, _ADD], id=new_id(), **values)


async def find_page(reader: Reader, wanted: EntryFilter, limit: int, offset: int) -> tuple[Rows, int]:
    """One page of the entries, the newest first, and how many there are in all."""
    values = {name: getattr(wanted, name) for name in _CONDITIONS if getattr(wanted, name) is not None}
    rows, ((total,),) = await reader.fetch(_page_queries(frozenset(values)), **values, limit=limit, offset=offset)
    return rows, total


@lru_cache(maxsize=256)
def _page_queries(used: frozenset[str]) -> tuple[Query, Query]:
    """The page and the count of a list with these conditions."""
    query = select(AuditEntry).where(of_tenant(AuditEntry), *(_CONDITIONS[name] for name in sorted(used)))
    order = (AuditEntry.event_timestamp.desc(), AuditEntry.id.desc())
    page = query.order_by(*order).limit(bindparam("limit")).offset(bindparam("offset"))
    return Query(page), Query(query.with_only_columns(text("count(*)")))


_ONE = Query(select(AuditEntry).where(of_tenant(AuditEntry), AuditEntry.id == bindparam("entry_id")))


async def find(reader: Reader, entry_id: UUID) -> Any | None:
    """An entry of this tenant."""
    (rows,) = await reader.fetch([_ONE], entry_id=entry_id)
    return next(iter(rows), None)


_PLACE = (cast_to(bindparam("after", type_=Moment), Moment), cast_to(bindparam("after_id", type_=Uuid), Uuid))
_NEXT = Query(
    select(AuditEntry)
    .where(
        of_tenant(AuditEntry),
        tuple_(AuditEntry.event_timestamp, AuditEntry.id) > tuple_(*_PLACE),
        AuditEntry.event_timestamp <= bindparam("until", type_=Moment),
    )
    .order_by(AuditEntry.event_timestamp, AuditEntry.id)
    .limit(bindparam("most"))
)


async def walk(
    reads: ReadConnections, tenant_id: UUID, since: datetime, until: datetime
) -> AsyncGenerator[Sequence[Any]]:
    """The entries of a tenant from the oldest on, a thousand at a time."""
    place = {"after": since, "after_id": UUID(int=0)}
    while True:
        (rows,) = await reads.fetch(tenant_id, [_NEXT], **place, until=until, most=PAGE)
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        place = {"after": rows[-1].event_timestamp, "after_id": rows[-1].id}


async def forget(scope: Scope, days: int, most: int) -> int:
    """Remove the oldest entries of this tenant that are older than so many days, at most so many; how many went."""
    return await scope.session.scalar(_FORGET, {"days": days, "most": most}) or 0
