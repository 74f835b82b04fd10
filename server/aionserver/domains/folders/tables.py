"""Folders."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow
from aionserver.kit.ids import new_id


class Folder(Base, TenantRow):
    """A folder; without a parent it lies at the root. Names are unique beside each other, whatever their case."""

    __tablename__ = "folders"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))

    __table_args__ = (
        Index(
            "uq_folders_name",
            "tenant_id",
            "parent_id",
            func.lower(name),
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )
