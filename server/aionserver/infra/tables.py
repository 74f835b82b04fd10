"""Tables that belong to no noun: remembered answers, counters of requests, the tenants' turns in the job queue."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow


class IdempotencyKeyRow(Base, TenantRow):
    """The answer to a request that was sent with an Idempotency-Key."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created", "created_at"),)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(Text)
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class JobTurn(Base):
    """The last turn a tenant took in a queue; read across tenants, so without row-level security."""

    __tablename__ = "job_turns"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    last_turn: Mapped[int] = mapped_column(Integer)


class RateWindow(Base):
    """Requests of a subject in a window of time. Unlogged: lost in a crash, which forgives a window."""

    __tablename__ = "rate_windows"
    __table_args__ = (Index("ix_rate_windows_ends", "ends_at"), {"prefixes": ["UNLOGGED"]})

    subject: Mapped[UUID] = mapped_column(primary_key=True)
    ends_at: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    hits: Mapped[int] = mapped_column(Integer)
