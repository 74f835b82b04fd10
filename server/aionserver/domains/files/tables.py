"""Files, their variants and the state of each step of their processing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow
from aionserver.kit.ids import new_id

Moment = DateTime(timezone=True)
NOW = text("now()")


class File(Base, TenantRow):
    """A stored file: the truth about it; vectors, colours and variants can all be made again from it."""

    __tablename__ = "files"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    uploaded_by: Mapped[UUID | None]
    media_type: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    tags_edited: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    # Of a folder that is removed, files come to the root.
    folder_id: Mapped[UUID | None]
    object_key: Mapped[str] = mapped_column(Text)
    storage_target: Mapped[str] = mapped_column(Text)
    # The tenant's own bucket that it is in; none: the server's storage.
    bucket_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenant_buckets.id"))
    upload_method: Mapped[str] = mapped_column(Text)
    upload_session_id: Mapped[UUID | None]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Text)

    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    camera: Mapped[str | None] = mapped_column(Text)
    blur_hash: Mapped[str | None] = mapped_column(Text)
    variant_status: Mapped[str] = mapped_column(Text)
    variant_error: Mapped[str | None] = mapped_column(Text)

    auto_describe: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    description_status: Mapped[str] = mapped_column(Text)
    description_error: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    visible_text: Mapped[str | None] = mapped_column(Text)
    confidence_score: Mapped[float | None] = mapped_column(Float)
    described_at: Mapped[datetime | None] = mapped_column(Moment)

    # Of links only: how far the fetching of the page is.
    crawl_status: Mapped[str | None] = mapped_column(Text)
    crawl_error: Mapped[str | None] = mapped_column(Text)
    # Of documents only: how far the reading of their text is.
    text_extraction_status: Mapped[str | None] = mapped_column(Text)
    text_extraction_error: Mapped[str | None] = mapped_column(Text)
    # What only files of its kind have, as answers show it; the truth of it is in that kind's own tables.
    particulars: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))

    content_created_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=NOW)
    updated_at: Mapped[datetime | None] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)
    # Filled by the trigger `files_words`, weights: A title, B tags and filename, C description, D visible text.
    words: Mapped[Any] = mapped_column(TSVECTOR, nullable=True, deferred=True)

    @property
    def work_status(self) -> str:
        """How far the part is that its processing is about: the reading of a document, the description of others."""
        return self.text_extraction_status or self.description_status

    @property
    def is_in_hand(self) -> bool:
        """Whether a worker is at any part of its processing."""
        return "processing" in (self.variant_status, self.work_status, self.crawl_status)

    @property
    def work_error(self) -> str | None:
        """Why that part failed."""
        return self.text_extraction_error or self.description_error

    __table_args__ = (
        Index(
            "ix_files_newest",
            "tenant_id",
            func.coalesce(content_created_at, created_at).desc(),
            text("id desc"),
            postgresql_where=text("deleted_at is null"),
        ),
        Index("ix_files_created", "tenant_id", "created_at", postgresql_where=text("deleted_at is null")),
        Index("ix_files_bucket", "bucket_id", postgresql_where=text("bucket_id is not null")),
        Index(
            "ix_files_title",
            "tenant_id",
            func.lower(func.coalesce(title, filename)),
            "id",
            postgresql_where=text("deleted_at is null"),
        ),
        Index("ix_files_size", "tenant_id", "size_bytes", "id", postgresql_where=text("deleted_at is null")),
        Index(
            "ix_files_undescribed",
            "tenant_id",
            "id",
            postgresql_where=text("deleted_at is null and description is null"),
        ),
        Index("ix_files_sha256", "tenant_id", "sha256", postgresql_where=text("deleted_at is null")),
        Index("ix_files_session", "upload_session_id", postgresql_where=text("upload_session_id is not null")),
        ForeignKeyConstraint(
            ["tenant_id", "folder_id"],
            ["folders.tenant_id", "folders.id"],
            name="fk_files_folder_id",
            ondelete="SET NULL (folder_id)",
        ),
        Index(
            "ix_files_folder", "tenant_id", "folder_id", "deleted_at", postgresql_where=text("folder_id is not null")
        ),
        Index("ix_files_crawl", "tenant_id", "crawl_status", "id", postgresql_where=text("crawl_status is not null")),
        Index(
            "ix_files_extraction",
            "tenant_id",
            "text_extraction_status",
            "id",
            postgresql_where=text("text_extraction_status is not null"),
        ),
        Index(
            "ix_files_documents",
            "tenant_id",
            "id",
            postgresql_where=text("deleted_at is null and text_extraction_status is not null"),
        ),
        Index("ix_files_deleted", "deleted_at", postgresql_where=text("deleted_at is not null")),
        Index("ix_files_words", "words", postgresql_using="gin"),
        Index("ix_files_tags", "tags", postgresql_using="gin"),
    )


class TextWords(Base, TenantRow):
    """The words of a part of a long text, of that what stands on the file's row has no room for.

    Only stems have positions, and none has a weight.
    """

    __tablename__ = "text_words"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True)
    words: Mapped[Any] = mapped_column(TSVECTOR)

    __table_args__ = (Index("ix_text_words_words", "words", postgresql_using="gin"),)


class FileVariant(Base, TenantRow):
    """A smaller rendition of a picture."""

    __tablename__ = "file_variants"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    object_key: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    size_bytes: Mapped[int] = mapped_column(Integer)


class FileStep(Base, TenantRow):
    """One step of a file's processing; `version` is of what did it, so that a newer one runs again."""

    __tablename__ = "file_steps"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    error_code: Mapped[str | None] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime] = mapped_column(Moment)
