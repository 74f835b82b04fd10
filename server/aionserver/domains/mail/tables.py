"""The outbox."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, Integer, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base
from aionserver.kit.ids import new_id

WAITING = "sent_at is null and given_up_at is null"


class OutboxMail(Base):
    """A letter: waiting, sent, or given up. It is to a person, not to a tenant: without row-level security."""

    __tablename__ = "outbox_mails"
    __table_args__ = (
        Index("ix_outbox_mails_created", "created_at"),
        Index("ix_outbox_mails_waiting", "created_at", postgresql_where=text(WAITING)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    # None once sent, for nobody needs it any more.
    sealed_body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    last_error: Mapped[str | None] = mapped_column(Text)
    given_up_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
