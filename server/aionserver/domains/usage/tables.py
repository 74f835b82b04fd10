"""Charges: one row for each operation on a subject, whatever is repeated after a crash."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow
from aionserver.kit.ids import new_id


class Charge(Base, TenantRow):
    """Credits spent on a subject (a file, a message) by an operation."""

    __tablename__ = "charges"
    __table_args__ = (
        UniqueConstraint("tenant_id", "operation", "subject_id"),
        Index("ix_charges_tenant_created", "tenant_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    operation: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    credits: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
