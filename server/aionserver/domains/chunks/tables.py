"""Chunks of documents, with what finds them."""

from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC, SPARSEVEC
from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow


class Chunk(Base, TenantRow):
    """A piece of a document. Its id is made of its text, so that a document read again keeps the ids of what stayed."""

    __tablename__ = "chunks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"))
    # From 0, in reading order; the neighbours of a chunk are those one before and one after.
    position: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(Text)
    heading_path: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    page_numbers: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    token_count: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(Text)
    # Of the embedding; none until it is there.
    model: Mapped[str | None] = mapped_column(Text)
    vector: Mapped[Any | None] = mapped_column(HALFVEC())

    # What it is found by in words: numbers of `kit/passage_terms.py`, and their weights.
    terms: Mapped[list[int] | None] = mapped_column(ARRAY(Integer), deferred=True)
    weights: Mapped[Any | None] = mapped_column(SPARSEVEC(), deferred=True)
    # The vectors of its words in their places, packed by `kit/late_interaction.py`.
    word_vectors: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    __table_args__ = (
        Index("ix_chunks_file", "file_id", "position"),
        Index("ix_chunks_tenant", "tenant_id"),
        Index("ix_chunks_terms", "terms", postgresql_using="gin"),
    )


class ChunkTerm(Base, TenantRow):
    """How many of a tenant's chunks have a term; term 0 is all that have any. Triggers on `chunks` keep it."""

    __tablename__ = "chunk_terms"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    term: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    chunks: Mapped[int] = mapped_column(Integer)
