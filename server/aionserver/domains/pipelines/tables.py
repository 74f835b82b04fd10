"""Pipelines while they run, and for as long as their Idempotency-Key is good for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow
from aionserver.kit.ids import new_id

Moment = DateTime(timezone=True)


class Pipeline(Base, TenantRow):
    """Steps as they were asked for, with what was sent along, and what came of each so far, by its position.

    `status` is running or completed; `actor` is in whose name it runs, with the rights of then.
    """

    __tablename__ = "pipelines"
    __table_args__ = (
        Index("ix_pipelines_request", "tenant_id", "request_key", postgresql_where=text("request_key is not null")),
        Index("ix_pipelines_created", "tenant_id", "status", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    steps: Mapped[list[Any]] = mapped_column(JSONB)
    image_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    document_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    nodes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(Text)
    actor: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # The Idempotency-Key that it was asked for with, and what was asked.
    request_key: Mapped[str | None] = mapped_column(Text)
    request_mark: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=text("now()"))
    completed_at: Mapped[datetime | None] = mapped_column(Moment)
