"""Search vectors: a cache of what the embedding model makes of a file; rebuilt from facts at any time."""

from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow


class SearchVector(Base, TenantRow):
    """One of a file's vectors, by its name, with the model that made it."""

    __tablename__ = "search_vectors"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    model: Mapped[str] = mapped_column(Text)
    vector: Mapped[Any] = mapped_column(HALFVEC())

    # Spaces differ in their dimensions, so those that are searched by index have one over a cast of their own:
    # `ix_search_vectors_words`, written in the first migration.
    __table_args__ = (Index("ix_search_vectors_tenant", "tenant_id", "name"),)
