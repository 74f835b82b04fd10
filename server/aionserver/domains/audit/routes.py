"""The audit log over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BeforeValidator

from aionserver.domains.audit import service
from aionserver.domains.audit.queries import EntryFilter
from aionserver.domains.audit.schemas import AuditLogListResponse, AuditLogResponse, Result, Severity
from aionserver.infra.errors import InvalidInput
from aionserver.infra.web.door import AdminScope
from aionserver.infra.web.queries import Offset
from aionserver.infra.web.text import Text
from aionserver.kit.dates import end_of_day

router = APIRouter(prefix="/api/v2/tenant/audit-logs", tags=["Tenant Settings"])
Until = Annotated[
    datetime | None, BeforeValidator(end_of_day), Query(description="A date without a time means until its end.")
]


@router.get("")
async def get_audit_logs(
    scope: AdminScope,
    event_type: Annotated[Text | None, Query(description="Such as `file.deleted`.")] = None,
    severity: Annotated[str | None, Query(description="info, warning, error or critical.")] = None,
    user_id: UUID | None = None,
    date_from: datetime | None = None,
    date_to: Until = None,
    result: Annotated[str | None, Query(description="success, failure or denied.")] = None,
    api_key_id: UUID | None = None,
    resource_id: Annotated[Text | None, Query(description="Of what was changed: all that was done to it.")] = None,
    request_id: Annotated[Text | None, Query(description="The `X-Request-ID` of an answer.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Offset = 0,
) -> AuditLogListResponse:
    """Who changed what, and what was refused to whom; the newest first."""
    wanted = EntryFilter(
        event_type=event_type,
        severity=_one_of(Severity, "severity", severity),
        result=_one_of(Result, "result", result),
        user_id=user_id,
        api_key_id=api_key_id,
        resource_id=resource_id,
        request_id=request_id,
        date_from=date_from,
        date_to=date_to,
    )
    return await service.list_entries(scope, wanted, limit, offset)


def _one_of(known: type[StrEnum], field: str, value: str | None) -> str | None:
    if value is not None and value not in list(known):
        raise InvalidInput.field(field, f"must be one of {', '.join(known)}")
    return value


@router.get("/{log_id}")
async def get_audit_log(scope: AdminScope, log_id: str) -> AuditLogResponse:
    """One entry of the audit log."""
    return await service.read_entry(scope, log_id)
