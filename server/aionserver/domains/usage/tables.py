"""The ledger, totals of it, and counts of requests.

The ledger is only added to: the application's role may neither change nor delete its entries. Totals are written by the
trigger `ledger_entries_totals`, in the entry's own transaction.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, DateTime, Index, Integer, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow
from aionserver.kit.ids import new_id

Moment = DateTime(timezone=True)
ZERO = text("0")


class LedgerEntry(Base, TenantRow):
    """What an operation on a subject (a file, a message, a request) cost, once for each kind of entry.

    `kind` is charge, refund, failure or grant. `credits` is what the entry adds to what was used, `prepaid_credits`
    what it adds to the prepaid balance. `file_id` is the file that was worked on, `context_id` a chat session or batch.
    `own_key`: its tokens are the tenant's to pay, by a key of its own.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        UniqueConstraint("tenant_id", "operation", "subject_id", "kind"),
        Index("ix_ledger_entries_tenant_created", "tenant_id", "created_at"),
        Index(
            "ix_ledger_entries_file",
            "tenant_id",
            "file_id",
            postgresql_where=text("file_id is not null and input_tokens + output_tokens > 0"),
        ),
        Index("ix_ledger_entries_context", "tenant_id", "context_id", postgresql_where=text("context_id is not null")),
        Index("ix_ledger_entries_own_key", "tenant_id", "created_at", postgresql_where=text("own_key")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(Text)
    operation: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    credits: Mapped[int] = mapped_column(Integer)
    prepaid_credits: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    context_id: Mapped[UUID | None]
    file_id: Mapped[UUID | None]
    level: Mapped[str] = mapped_column(Text, server_default=text("''"))
    provider: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    input_tokens: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    output_tokens: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    cache_read_tokens: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    cache_creation_tokens: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    own_key: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    api_key_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    processing_time_ms: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=text("now()"))


class UsageTotal(Base, TenantRow):
    """Sums of entries of a month, and of a quarter of an hour (`slot`) by key; in several rows, told by `place`.

    Every time zone is some quarters of an hour from UTC, so slots make up the days of all of them.
    """

    __tablename__ = "usage_totals"
    __table_args__ = {"postgresql_with": {"fillfactor": "60"}}

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    span: Mapped[str] = mapped_column(Text, primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    operation: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    level: Mapped[str] = mapped_column(Text, primary_key=True)
    api_key_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    entries: Mapped[int] = mapped_column(BigInteger)
    credits: Mapped[int] = mapped_column(BigInteger)
    prepaid_credits: Mapped[int] = mapped_column(BigInteger)
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_creation_tokens: Mapped[int] = mapped_column(BigInteger)
    processing_ms: Mapped[int] = mapped_column(BigInteger)
    timed_entries: Mapped[int] = mapped_column(BigInteger)


class RequestCount(Base, TenantRow):
    """Requests of a key (zeros where by session) to an endpoint in one hour."""

    __tablename__ = "request_counts"
    __table_args__ = {"postgresql_with": {"fillfactor": "60"}}

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    api_key_id: Mapped[UUID] = mapped_column(primary_key=True)
    endpoint: Mapped[str] = mapped_column(Text, primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(BigInteger)
    total_ms: Mapped[int] = mapped_column(BigInteger)
