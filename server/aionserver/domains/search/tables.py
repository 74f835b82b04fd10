"""Search vectors: a cache of what the embedding model makes of a file; rebuilt from facts at any time."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow

# Dimensions of the spaces that large libraries are searched in; each has an index made by a migration, by
# `migrations/search_spaces.py`. The others are searched where looking at every vector is fast enough.
INDEXED_SPACES: Mapping[str, int] = MappingProxyType({"words": 384, "pages": 384})


class SearchVector(Base, TenantRow):
    """One of a file's vectors, by its name, with the model that made it."""

    __tablename__ = "search_vectors"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    model: Mapped[str] = mapped_column(Text)
    vector: Mapped[Any] = mapped_column(HALFVEC())

    __table_args__ = (Index("ix_search_vectors_tenant", "tenant_id", "name"),)
