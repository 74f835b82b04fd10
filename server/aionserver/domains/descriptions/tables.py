"""Facts and descriptions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Float, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow
from aionserver.kit.ids import new_id


class PictureFactsRow(Base, TenantRow):
    """What the networks saw in a picture, as they saw it; descriptions and vectors are made of it."""

    __tablename__ = "picture_facts"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    # Probabilities of all classes of the tagging model, float16, little-endian.
    probabilities: Mapped[bytes] = mapped_column(LargeBinary)
    tags: Mapped[list[Any]] = mapped_column(JSONB)
    objects: Mapped[list[Any]] = mapped_column(JSONB)
    # Scores of objects by label, also of those too unsure to be stated.
    hints: Mapped[dict[str, float]] = mapped_column(JSONB, server_default=text("'{}'"))
    text_rows: Mapped[list[Any]] = mapped_column(JSONB)
    safety_score: Mapped[float] = mapped_column(Float)
    models: Mapped[dict[str, str]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class DescriptionRow(Base, TenantRow):
    """One description that was written for a picture; the newest is the file's."""

    __tablename__ = "descriptions"
    __table_args__ = (Index("ix_descriptions_file", "file_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"))
    description: Mapped[str] = mapped_column(Text)
    visible_text: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    confidence: Mapped[float] = mapped_column(Float)
    model: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    fallback_reason: Mapped[str | None] = mapped_column(Text)
    processing_time_ms: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
