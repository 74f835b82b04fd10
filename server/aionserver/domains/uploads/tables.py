"""Upload sessions and what arrived in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow
from aionserver.kit.ids import new_id


class UploadSession(Base, TenantRow):
    """Files that were uploaded together."""

    __tablename__ = "upload_sessions"
    __table_args__ = (Index("ix_upload_sessions_newest", "tenant_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    upload_method: Mapped[str] = mapped_column(Text)
    intent: Mapped[str] = mapped_column(Text)
    total_files: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class UploadSessionItem(Base, TenantRow):
    """One file of a session, in the order sent: stored, skipped as a duplicate, or rejected."""

    __tablename__ = "upload_session_items"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("upload_sessions.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    filename: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    file_id: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(Text)
