"""Folders."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Index, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow
from aionserver.kit.ids import new_id

Moment = DateTime(timezone=True)
NOW = text("now()")


class Folder(Base, TenantRow):
    """A folder; without a parent it lies at the root. Names are unique beside each other, whatever their case."""

    __tablename__ = "folders"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    parent_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=NOW)
    # When its name or its place was changed last.
    updated_at: Mapped[datetime] = mapped_column(Moment, server_default=NOW)

    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["folders.tenant_id", "folders.id"],
            name="fk_folders_parent_id",
            ondelete="CASCADE",
        ),
        Index(
            "uq_folders_name",
            "tenant_id",
            "parent_id",
            func.lower(name),
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )
