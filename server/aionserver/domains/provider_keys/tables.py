"""Keys of tenants for providers of language models."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow

Moment = DateTime(timezone=True)


class ProviderKey(Base, TenantRow):
    """A sealed key for a provider, and the model to use with it. `ending` is what people tell keys apart by."""

    __tablename__ = "provider_keys"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    model: Mapped[str] = mapped_column(Text)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    ending: Mapped[str] = mapped_column(Text)
    configured_by: Mapped[UUID | None]
    configured_at: Mapped[datetime] = mapped_column(Moment)
    error: Mapped[str | None] = mapped_column(Text)
