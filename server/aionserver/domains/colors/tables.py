"""Colour analyses, and the single colours that pictures are found by."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    REAL,
    Boolean,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow


def _of_analysis(place: str) -> Computed:
    return Computed(f"(analysis #>> '{{analytics,{place}}}')::real", persisted=True)


class ColorAnalysisRow(Base, TenantRow):
    """The colours of one picture, in the form the wire has.

    `n_colors` is how many they might be, `version` of what counted them, `index_version` of their rows in
    `image_colors`, empty where there are none. `brightness` and `saturation` run from 0 to 100, `warmth` from -1 to 1.
    """

    __tablename__ = "color_analyses"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    analysis: Mapped[dict[str, Any]] = mapped_column(JSONB)
    extracted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    n_colors: Mapped[int] = mapped_column(SmallInteger, server_default=text("16"))
    version: Mapped[str] = mapped_column(Text, server_default=text("'1'"))
    index_version: Mapped[str] = mapped_column(Text, server_default=text("''"))
    brightness: Mapped[float | None] = mapped_column(REAL, _of_analysis("brightness,average"))
    saturation: Mapped[float | None] = mapped_column(REAL, _of_analysis("saturation,average"))
    warmth: Mapped[float | None] = mapped_column(REAL, _of_analysis("temperature,score"))

    __table_args__ = (
        Index(
            "ix_color_analyses_looks",
            "tenant_id",
            "file_id",
            postgresql_include=["brightness", "saturation", "warmth"],
            postgresql_where=text("index_version <> ''"),
        ),
    )


class ImageColor(Base, TenantRow):
    """One colour of a picture of the library, to be searched: a cache of its analysis.

    `packed` is all that a search looks at, as `kit.color_matching.COLOR`, so that it can be read from an index alone.
    """

    __tablename__ = "image_colors"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    cell: Mapped[int] = mapped_column(Integer)
    name: Mapped[int] = mapped_column(Integer)
    family: Mapped[int] = mapped_column(SmallInteger)
    percentage: Mapped[float] = mapped_column(REAL)
    leads: Mapped[bool] = mapped_column(Boolean)
    packed: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("ix_image_colors_cell", "tenant_id", "cell", postgresql_include=["percentage", "packed"]),
        Index("ix_image_colors_name", "tenant_id", "name", postgresql_include=["percentage", "packed"]),
        Index(
            "ix_image_colors_family",
            "tenant_id",
            "family",
            "percentage",
            "file_id",
            postgresql_where=text("leads"),
        ),
    )
