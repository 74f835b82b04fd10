"""Buckets of tenants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, DateTime, Index, Integer, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow
from aionserver.kit.ids import new_id

Moment = DateTime(timezone=True)


class TenantBucket(Base, TenantRow):
    """A bucket with its sealed keys. New files go to the current one; earlier ones stay while files are in them.

    `version` counts changes of what is needed to open it.
    """

    __tablename__ = "tenant_buckets"
    __table_args__ = (
        Index("uq_tenant_buckets_current", "tenant_id", unique=True, postgresql_where=text("is_current")),
        Index("ix_tenant_buckets_tenant_id", "tenant_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    bucket_name: Mapped[str] = mapped_column(Text)
    region: Mapped[str] = mapped_column(Text)
    endpoint_url: Mapped[str | None] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    sealed_keys: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(Integer)
    is_current: Mapped[bool] = mapped_column(Boolean)
    configured_by: Mapped[UUID | None]
    configured_at: Mapped[datetime] = mapped_column(Moment)
    error: Mapped[str | None] = mapped_column(Text)
