"""Messages to support."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base
from aionserver.kit.ids import new_id


class SupportMessage(Base):
    """What somebody wrote. Who writes need not be of a tenant, so there is no row-level security."""

    __tablename__ = "support_messages"
    __table_args__ = (Index("ix_support_messages_created", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
