"""The audit log on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel


class Severity(StrEnum):
    """How much an entry matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class Result(StrEnum):
    """What became of it."""

    SUCCESS = "success"
    FAILURE = "failure"
    DENIED = "denied"


class AuditLogResponse(BaseModel):
    """What somebody did, or was refused."""

    id: UUID
    event_type: str
    event_timestamp: datetime
    severity: str
    user_id: UUID | None = None
    api_key_id: UUID | None = None
    session_id: UUID | None = None
    action: str
    result: str
    ip_address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    error_message: str | None = None
    metadata: dict[str, Any] | None = None


class AuditLogListResponse(BaseModel):
    """A page of the audit log, the newest first."""

    entries: list[AuditLogResponse]
    total_count: int
    has_more: bool
