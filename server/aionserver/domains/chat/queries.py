"""What is asked of the tables of conversations."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from aionserver.domains.chat.tables import ChatEvents, ChatMessage, ChatPlan, ChatSession
from aionserver.infra.reading import UNSYNCED, Query
from aionserver.infra.scope import Infra, Reader, Scope

RUNNING = "running"
ASSISTANT, USER = "assistant", "user"


@dataclass(frozen=True)
class SessionFilter:
    """Which conversations a list shows. None filters nothing."""

    is_active: bool | None = None
    search: str | None = None
    least_messages: int | None = None


def _theirs(scope: Scope) -> ColumnElement[bool]:
    """The condition of the actor's own conversations."""
    return ChatSession.user_id.is_not_distinct_from(scope.actor.user_id)


def add(scope: Scope, row: ChatSession | ChatMessage | ChatPlan) -> None:
    """Insert a row when the scope's changes are written."""
    scope.session.add(row)


def add_events(scope: Scope, message_id: UUID, number: int, told: Sequence[tuple[str, Any]]) -> None:
    """Write down what was told of an answer, as a part of it, when the scope's changes are written."""
    events = [list(one) for one in told]
    scope.session.add(ChatEvents(message_id=message_id, number=number, tenant_id=scope.tenant_id, events=events))


async def find_session(scope: Scope, session_id: UUID, *, locked: bool = False) -> ChatSession | None:
    """A conversation of the tenant; `locked`: nobody else changes it until the scope ends."""
    query = scope.rows(ChatSession).where(ChatSession.id == session_id)
    return await scope.session.scalar(query.with_for_update() if locked else query)


async def find_sessions(scope: Scope, wanted: SessionFilter, limit: int, offset: int) -> tuple[list[ChatSession], int]:
    """A page of the actor's conversations, the latest first, and how many there are in all."""
    query = scope.rows(ChatSession).where(_theirs(scope), *_conditions(scope, wanted))
    total = await scope.session.scalar(query.with_only_columns(func.count())) or 0
    order = (ChatSession.updated_at.desc(), ChatSession.id.desc())
    rows = await scope.session.scalars(query.order_by(*order).limit(limit).offset(offset))
    return list(rows), total


def _conditions(scope: Scope, wanted: SessionFilter) -> list[ColumnElement[bool]]:
    found = list[ColumnElement[bool]]()
    if wanted.is_active is not None:
        found.append(ChatSession.is_active.is_(wanted.is_active))
    if wanted.least_messages is not None:
        found.append(ChatSession.total_messages >= wanted.least_messages)
    if wanted.search:
        said = select(ChatMessage.id).where(
            ChatMessage.tenant_id == scope.tenant_id,
            ChatMessage.session_id == ChatSession.id,
            ChatMessage.content.icontains(wanted.search, autoescape=True),
        )
        found.append(or_(ChatSession.title.icontains(wanted.search, autoescape=True), said.exists()))
    return found


async def last_said(scope: Scope, session_ids: Sequence[UUID]) -> Mapping[tuple[UUID, str], str]:
    """The last thing that each side said in conversations, by conversation and role."""
    mine = (ChatMessage.tenant_id == scope.tenant_id, ChatMessage.session_id.in_(session_ids))
    columns = (ChatMessage.session_id, ChatMessage.role, func.left(ChatMessage.content, 400))
    latest = distinct_on(ChatMessage.session_id, ChatMessage.role)
    query = select(*columns).where(*mine, ChatMessage.content != "").ext(latest)
    order = (ChatMessage.session_id, ChatMessage.role, ChatMessage.position.desc())
    return {(row[0], row[1]): row[2] for row in await scope.session.execute(query.order_by(*order))}


def _messages(scope: Scope, session_id: UUID) -> Select[ChatMessage]:
    return scope.rows(ChatMessage).where(ChatMessage.session_id == session_id)


async def last_messages(scope: Scope, session_id: UUID, limit: int) -> list[ChatMessage]:
    """The last messages of a conversation, the oldest of them first."""
    query = _messages(scope, session_id).order_by(ChatMessage.position.desc()).limit(limit)
    return list(reversed((await scope.session.scalars(query)).all()))


async def messages_between(scope: Scope, session_id: UUID, after: int, before: int) -> list[ChatMessage]:
    """Messages between two positions, both left out."""
    query = _messages(scope, session_id).where(ChatMessage.position > after, ChatMessage.position < before)
    return list(await scope.session.scalars(query.order_by(ChatMessage.position)))


async def last_with_results(scope: Scope, session_id: UUID, before: int) -> ChatMessage | None:
    """The last message before a position for which something was found."""
    query = _messages(scope, session_id).where(ChatMessage.position < before, ChatMessage.results != text("'[]'"))
    return await scope.session.scalar(query.order_by(ChatMessage.position.desc()).limit(1))


async def find_message(scope: Scope, message_id: UUID) -> ChatMessage | None:
    """A message by its id."""
    return await scope.session.scalar(scope.rows(ChatMessage).where(ChatMessage.id == message_id))


async def find_running(scope: Scope, session_id: UUID) -> list[ChatMessage]:
    """Messages that are being answered, by what their rows say; they are locked."""
    query = _messages(scope, session_id).where(ChatMessage.status == RUNNING)
    return list(await scope.session.scalars(query.with_for_update()))


async def last_answer(scope: Scope, session_id: UUID) -> tuple[ChatMessage, ChatMessage] | None:
    """The last question of a conversation and its answer, however far that is."""
    asked = aliased(ChatMessage)
    asks = and_(asked.session_id == ChatMessage.session_id, asked.position == ChatMessage.position - 1)
    query = (
        select(asked, ChatMessage)
        .join(asked, asks)
        .where(ChatMessage.tenant_id == scope.tenant_id, ChatMessage.session_id == session_id)
        .where(ChatMessage.role == ASSISTANT, asked.role == USER)
        .order_by(ChatMessage.position.desc())
        .limit(1)
    )
    found = (await scope.session.execute(query)).first()
    return (found[0], found[1]) if found else None


async def find_by_key(scope: Scope, key: str, since: datetime) -> ChatMessage | None:
    """The answer that was asked for with an Idempotency-Key since a moment."""
    query = scope.rows(ChatMessage).where(ChatMessage.request_key == key, ChatMessage.created_at > since)
    return await scope.session.scalar(query.order_by(ChatMessage.created_at.desc()).limit(1))


async def end_message(scope: Scope, message_id: UUID, values: Mapping[str, Any]) -> bool:
    """Whether a message was still being answered, and now is not."""
    mine = (ChatMessage.tenant_id == scope.tenant_id, ChatMessage.id == message_id, ChatMessage.status == RUNNING)
    query = update(ChatMessage).where(*mine).values(**values).returning(ChatMessage.id)
    return await scope.session.scalar(query) is not None


async def remove_sessions_of(scope: Scope, user_id: UUID) -> None:
    """Delete a person's conversations in the scope's tenant."""
    mine = (ChatSession.tenant_id == scope.tenant_id, ChatSession.user_id == user_id)
    await scope.session.execute(delete(ChatSession).where(*mine))


async def forget_events(scope: Scope, before: datetime) -> None:
    """Drop what was told before a moment."""
    old = (ChatEvents.tenant_id == scope.tenant_id, ChatEvents.created_at < before)
    await scope.session.execute(delete(ChatEvents).where(*old))


# Lost in a crash of the database, they are told no more, and the answer that they are of has failed by then.
_KEEP = Query(
    text(
        "insert into chat_events (tenant_id, message_id, number, events)"
        " values (cast(:tenant_id as uuid), cast(:message as uuid), :number, cast(:events as jsonb))"
        " on conflict do nothing returning 1"
    )
)
_TOLD = Query(
    text(
        "select number, events from chat_events"
        " where tenant_id = :tenant_id and message_id = :message and number >= :number order by number"
    )
)
_WATCH = Query(
    text("update chat_messages set watched_at = now() where tenant_id = :tenant_id and id = :message returning status")
)
_IS_WATCHED = Query(
    text(
        "select coalesce(watched_at > now() - make_interval(secs => cast(:seconds as double precision)), false) as yes"
        " from chat_messages where tenant_id = :tenant_id and id = :message"
    )
)


async def keep_events(infra: Infra, tenant_id: UUID, message_id: UUID, number: int, events: Sequence[Any]) -> None:
    """Write down what was told, in a transaction of its own."""
    told = json.dumps(events, ensure_ascii=False)
    await infra.reads.fetch(tenant_id, [UNSYNCED, _KEEP], message=message_id, number=number, events=told)


async def told(reader: Reader, message_id: UUID, number: int) -> tuple[list[Any], int]:
    """What was told of an answer from a part on, and the number of the next part."""
    (rows,) = await reader.infra.reads.fetch(reader.tenant_id, [_TOLD], message=message_id, number=number)
    return [event for row in rows for event in row.events], rows[-1].number + 1 if rows else number


async def watch(reader: Reader, message_id: UUID) -> None:
    """Say that somebody follows an answer."""
    await reader.infra.reads.fetch(reader.tenant_id, [_WATCH], message=message_id)


async def is_watched(infra: Infra, tenant_id: UUID, message_id: UUID, seconds: float) -> bool:
    """Whether somebody followed an answer from another process within the last seconds."""
    (rows,) = await infra.reads.fetch(tenant_id, [_IS_WATCHED], message=message_id, seconds=seconds)
    return bool(rows and rows[0].yes)


async def next_number(scope: Scope, message_id: UUID) -> int:
    """The number of the part that follows what was told of an answer."""
    mine = (ChatEvents.tenant_id == scope.tenant_id, ChatEvents.message_id == message_id)
    last = await scope.session.scalar(select(func.max(ChatEvents.number)).where(*mine))
    return 0 if last is None else last + 1


async def find_plan(scope: Scope, plan_id: UUID, *, locked: bool = False) -> ChatPlan | None:
    """A plan by its id; `locked`: nobody else changes it until the scope ends."""
    query = scope.rows(ChatPlan).where(ChatPlan.id == plan_id)
    return await scope.session.scalar(query.with_for_update() if locked else query)


async def plans_of(scope: Scope, session_id: UUID) -> dict[UUID, ChatPlan]:
    """The plans of a conversation, by the message that proposed them."""
    rows = await scope.session.scalars(scope.rows(ChatPlan).where(ChatPlan.session_id == session_id))
    return {row.message_id: row for row in rows}
