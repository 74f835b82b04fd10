"""Upload sessions, what arrived in them, and files that clients are to put into storage themselves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, DateTime, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
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
    """One file of a session, in the order sent; `file_id` is null once the file was removed for good.

    `outcome` is stored, skipped (a duplicate), rejected or cancelled; pending or expired where a client was to put it.
    """

    __tablename__ = "upload_session_items"
    __table_args__ = (
        Index("ix_upload_session_items_file", "tenant_id", "file_id", postgresql_where=text("file_id is not null")),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("upload_sessions.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    filename: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    file_id: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(Text)


class PendingUpload(Base, TenantRow):
    """A file that a client puts into storage by a presigned URL, under the id that it has from the beginning.

    `state` is waiting, then stored, skipped (`file_id` is the duplicate) or refused; the row stays for a while, so that
    who asks again is told the same. Until then the bytes are expected at `incoming/{tenant}/{id}`.
    """

    __tablename__ = "pending_uploads"
    __table_args__ = (
        Index("ix_pending_uploads_state", "tenant_id", "state", "created_at"),
        Index("ix_pending_uploads_batch", "batch_id", postgresql_where=text("batch_id is not null")),
        Index("ix_pending_uploads_bucket", "bucket_id", postgresql_where=text("bucket_id is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    state: Mapped[str] = mapped_column(Text, server_default=text("'waiting'"))
    file_id: Mapped[UUID | None]
    reason_code: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("upload_sessions.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    object_key: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    folder_id: Mapped[UUID | None]
    auto_describe: Mapped[bool] = mapped_column(Boolean)
    skip_duplicates: Mapped[bool] = mapped_column(Boolean)
    # The tenant's own bucket that it comes to, while it is expected; none: the server's storage.
    bucket_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenant_buckets.id"))
    requested_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
