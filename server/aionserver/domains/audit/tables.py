"""The entries of the audit log. The application's role may insert and select, not update or delete."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow
from aionserver.kit.ids import new_id


def _index(name: str, *columns: str, where: str | None = None) -> Index:
    """An index over a tenant's entries in the order of time."""
    condition = text(where) if where else None
    return Index(f"ix_audit_entries_{name}", "tenant_id", *columns, "event_timestamp", "id", postgresql_where=condition)


class AuditEntry(Base, TenantRow):
    """What somebody did, or was refused. What nobody of a tenant did stands under the nil tenant."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        _index("time"),
        _index("event_type", "event_type"),
        _index("user_id", "user_id", where="user_id is not null"),
        _index("api_key_id", "api_key_id", where="api_key_id is not null"),
        _index("resource_id", "resource_id", where="resource_id is not null"),
        _index("notable", where="severity <> 'info' or result <> 'success'"),
        Index("ix_audit_entries_request_id", "tenant_id", "request_id", postgresql_where=text("request_id <> ''")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    event_type: Mapped[str] = mapped_column(Text)
    event_timestamp: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    severity: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    user_id: Mapped[UUID | None] = mapped_column(Uuid)
    api_key_id: Mapped[UUID | None] = mapped_column(Uuid)
    session_id: Mapped[UUID | None] = mapped_column(Uuid)
    ip_address: Mapped[str | None] = mapped_column(Text)
    user_agent: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(Text)
    resource_type: Mapped[str | None] = mapped_column(Text)
    resource_id: Mapped[str | None] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB)
