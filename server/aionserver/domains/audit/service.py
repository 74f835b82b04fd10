"""The audit log: written by what is published, read, exported, and shortened by age."""

import json
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any
from uuid import UUID

from aionserver.domains.audit import queries
from aionserver.domains.audit.errors import AuditEntryNotFound
from aionserver.domains.audit.queries import EntryFilter
from aionserver.domains.audit.schemas import AuditLogListResponse, AuditLogResponse
from aionserver.infra.actors import Actor, system_actor
from aionserver.infra.auditing import Audited
from aionserver.infra.clock import utc_now
from aionserver.infra.database import Session
from aionserver.infra.reading import ReadConnections
from aionserver.infra.request_context import NO_REQUEST, RequestContext
from aionserver.infra.scope import Infra, Reader, Scope
from aionserver.kit.ids import parse_id
from aionserver.kit.pagination import has_more
from aionserver.kit.redaction import clean_json, clean_text

LONGEST_NAME = 200
LONGEST_TEXT = 2000
FORGOTTEN_AT_ONCE = 5000


async def record(scope: Scope, event: object) -> None:
    """Write what was published into the log, in its own transaction."""
    assert isinstance(event, Audited)
    await queries.add(scope, _values(event, scope.actor, scope.context, scope.now()))


async def record_operators(session: Session, tenant_id: UUID, event: Audited) -> None:
    """Write what was done from the server's command line, in its own transaction: by nobody of the tenant."""
    values = _values(event, system_actor(tenant_id), NO_REQUEST, utc_now())
    await queries.add_outside(session, tenant_id, values)


def _values(event: Audited, actor: Actor, context: RequestContext, moment: datetime) -> dict[str, Any]:
    return {
        "event_type": clean_text(event.event_type, LONGEST_NAME),
        "event_timestamp": moment,
        "severity": event.severity,
        "result": event.result,
        "action": clean_text(event.action, LONGEST_NAME),
        "user_id": actor.user_id,
        "api_key_id": actor.key_id,
        "session_id": actor.session_id,
        "ip_address": _text(context.address, LONGEST_NAME),
        "user_agent": _text(context.user_agent, LONGEST_TEXT),
        "request_id": clean_text(context.request_id, LONGEST_NAME),
        "resource_type": _text(event.resource_type, LONGEST_NAME),
        "resource_id": _text(event.resource_id, LONGEST_NAME),
        "error_message": _text(event.error_message, LONGEST_TEXT),
        "metadata": _metadata(event),
    }


def _text(value: str | None, most: int) -> str | None:
    return clean_text(value, most) if value else None


def _metadata(event: Audited) -> str:
    """Details and changes as JSON, without secrets."""
    if not event.details and not event.changes:
        return "{}"
    return clean_json({**({"changes": event.changes} if event.changes else {}), **event.details})


async def list_entries(reader: Reader, wanted: EntryFilter, limit: int, offset: int) -> AuditLogListResponse:
    """A page of the tenant's log."""
    rows, total = await queries.find_page(reader, wanted, limit, offset)
    return AuditLogListResponse(
        entries=[_response(row) for row in rows],
        total_count=total,
        has_more=has_more(offset, len(rows), total),
    )


async def read_entry(reader: Reader, entry_id: str) -> AuditLogResponse:
    """An entry of the tenant's log."""
    known = parse_id(entry_id)
    row = await queries.find(reader, known) if known else None
    if row is None:
        raise AuditEntryNotFound("There is no such entry in the audit log.")
    return _response(row)


def _response(row: Any) -> AuditLogResponse:
    known = row._asdict()
    known["request_id"] = known["request_id"] or None
    return AuditLogResponse.model_validate(known)


async def export(reads: ReadConnections, tenant_id: UUID, since: datetime, until: datetime) -> AsyncGenerator[str]:
    """The entries of a tenant from the oldest on, as lines of JSON; some at a time."""
    async for rows in queries.walk(reads, tenant_id, since, until):
        for row in rows:
            shown = {"tenant_id": str(tenant_id), **_response(row).model_dump(mode="json")}
            yield json.dumps(shown, ensure_ascii=False, separators=(",", ":")) + "\n"


async def forget_old(infra: Infra, tenant_id: UUID) -> int:
    """Remove what is older than the setting says, a part at a time; how many entries went."""
    days, gone = infra.settings.audit_retention_days, 0
    while days:
        async with infra.open_system_scope(tenant_id) as scope:
            count = await queries.forget(scope, days, FORGOTTEN_AT_ONCE)
        gone += count
        if count < FORGOTTEN_AT_ONCE:
            break
    return gone
