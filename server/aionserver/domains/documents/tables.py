"""Documents and their pages, as they were read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, DateTime, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow

Moment = DateTime(timezone=True)


class Document(Base, TenantRow):
    """What is known of a file of the kind `document`. How far its reading is stands on the file."""

    __tablename__ = "documents"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    # Of the reader: another one, and the document is read anew.
    version: Mapped[str] = mapped_column(Text)
    # None until the first pages are read.
    page_count: Mapped[int | None] = mapped_column(Integer)
    has_pages: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    character_count: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    # The page to go on with; none when all are read.
    next_page: Mapped[int | None] = mapped_column(Integer)
    title: Mapped[str | None] = mapped_column(Text)
    properties: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    # ISO 639-1, of the most of its text; none where it can't be told.
    language: Mapped[str | None] = mapped_column(Text)
    chunk_count: Mapped[int | None] = mapped_column(Integer)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    completed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_documents_language", "tenant_id", "language"),)


class DocumentPage(Base, TenantRow):
    """A page, or part, as it was read: blocks of `kit/documents/blocks.py` as [kind, text, level, is_edge]."""

    __tablename__ = "document_pages"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    blocks: Mapped[list[Any]] = mapped_column(JSONB)
    # Whether its text was recognised in a picture of it.
    is_recognised: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
