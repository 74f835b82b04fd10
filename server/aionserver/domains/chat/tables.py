"""Conversations, their messages, what was told while answers were made, and plans."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aionserver.infra.database import Base, TenantRow
from aionserver.kit.ids import new_id

Moment = DateTime(timezone=True)
NOW = text("now()")
ZERO = text("0")
NO_IDS = text("'{}'")


class ChatSession(Base, TenantRow):
    """A conversation of a person; without one, of the keys that are nobody's.

    The selected ids are what it is about; of documents and videos none means all.
    """

    __tablename__ = "chat_sessions"
    __table_args__ = (Index("ix_chat_sessions_latest", "tenant_id", "user_id", "updated_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID | None]
    api_key_id: Mapped[UUID | None]
    title: Mapped[str] = mapped_column(Text)
    # Whether somebody chose the title; otherwise the first message gives it.
    is_titled: Mapped[bool] = mapped_column(Boolean)
    use_all_images: Mapped[bool] = mapped_column(Boolean)
    image_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=NO_IDS)
    document_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=NO_IDS)
    video_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=NO_IDS)
    total_messages: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    total_tokens: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    # Of what was said up to a position: what an assistant is told in place of it.
    summary: Mapped[str] = mapped_column(Text, server_default=text("''"))
    summarized_through: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(Moment, server_default=NOW)
    last_message_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class ChatMessage(Base, TenantRow):
    """What was said: by the person, or by the assistant, whose message is there from when it begins to answer.

    `status` is running, completed, cancelled or failed; `results` are what its tools found, in the form of
    `results.py`; `details` what else is known of it.
    """

    __tablename__ = "chat_messages"
    __table_args__ = (
        UniqueConstraint("session_id", "position"),
        Index("ix_chat_messages_request", "tenant_id", "request_key", postgresql_where=text("request_key is not null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("chat_sessions.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text, server_default=text("''"))
    resolved_content: Mapped[str] = mapped_column(Text, server_default=text("''"))
    results: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    token_count: Mapped[int] = mapped_column(Integer, server_default=ZERO)
    processing_time_ms: Mapped[int | None] = mapped_column(Integer)
    provider: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    # The Idempotency-Key that it was asked for with, and what was asked.
    request_key: Mapped[str | None] = mapped_column(Text)
    request_mark: Mapped[str | None] = mapped_column(Text)
    # When somebody followed it from another process last.
    watched_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=NOW)


class ChatEvents(Base, TenantRow):
    """Some of what was told while an answer was made, `[name, data]` each; `number` says which part of it, from 0."""

    __tablename__ = "chat_events"
    __table_args__ = (Index("ix_chat_events_created", "tenant_id", "created_at"),)

    message_id: Mapped[UUID] = mapped_column(ForeignKey("chat_messages.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    events: Mapped[list[Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=NOW)


class ChatPlan(Base, TenantRow):
    """What is going to be done once it is approved, step by step, and what came of each.

    `status` is pending, running, completed, failed or cancelled; `actor` is who approved it, with the rights of then.
    """

    __tablename__ = "chat_plans"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("chat_sessions.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("chat_messages.id", ondelete="CASCADE"))
    summary: Mapped[str] = mapped_column(Text)
    steps: Mapped[list[Any]] = mapped_column(JSONB)
    outcomes: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    status: Mapped[str] = mapped_column(Text)
    actor: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=NOW)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    completed_at: Mapped[datetime | None] = mapped_column(Moment)
