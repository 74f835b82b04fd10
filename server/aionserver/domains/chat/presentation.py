"""Conversations as the wire shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aionserver.domains.assistant.schemas import ResultSet
from aionserver.domains.chat import queries
from aionserver.domains.chat.results import Files, files_of, from_stored, images_of, references
from aionserver.domains.chat.schemas import ChatMessageResponse, ChatSessionSummaryResponse, SendMessageResponse
from aionserver.domains.chat.tables import ChatMessage, ChatPlan, ChatSession
from aionserver.infra.scope import Scope


@dataclass(frozen=True)
class Limits:
    """How much may be said in one conversation."""

    messages: int = 100
    tokens: int = 100_000


LIMITS = Limits()


def summary_of(row: ChatSession) -> ChatSessionSummaryResponse:
    """A conversation with its counters."""
    return ChatSessionSummaryResponse(
        id=row.id,
        title=row.title,
        total_messages=row.total_messages,
        total_tokens=row.total_tokens,
        remaining_tokens=max(0, LIMITS.tokens - row.total_tokens),
        remaining_messages=max(0, LIMITS.messages - row.total_messages),
        is_active=row.is_active,
        use_all_images=row.use_all_images,
        created_at=row.created_at,
        updated_at=row.updated_at,
        last_message_at=row.last_message_at,
        selected_image_count=len(row.image_ids),
    )


async def messages_shown(scope: Scope, session_id: UUID, rows: Sequence[ChatMessage]) -> list[ChatMessageResponse]:
    """Messages with what they speak of, as far as it is still in the library."""
    there = await files_of(scope, rows)
    plans = await queries.plans_of(scope, session_id)
    return [_message(scope, row, there, plans.get(row.id)) for row in rows]


def _message(scope: Scope, row: ChatMessage, there: Files, plan: ChatPlan | None) -> ChatMessageResponse:
    is_answer = row.role == queries.ASSISTANT
    results = from_stored(row.results, there)
    return ChatMessageResponse(
        id=row.id,
        role=row.role,
        content=row.content,
        token_count=row.token_count,
        processing_time_ms=row.processing_time_ms,
        created_at=row.created_at,
        image_context=images_of(results, scope, there) or None,
        metadata=_metadata(row, results, plan) if is_answer else None,
        provider=row.provider,
        model=row.model,
    )


def _metadata(row: ChatMessage, results: Sequence[ResultSet], plan: ChatPlan | None) -> dict[str, Any]:
    """What is known of an answer besides its words, and where its citations lead."""
    found = {
        "status": row.status,
        "vision_used": False,
        "offers_detailed_analysis": False,
        **row.details,
        "resolved_content": row.resolved_content,
        **references(results),
    }
    return found | ({"plan": plan_shown(plan)} if plan else {})


def plan_shown(plan: ChatPlan) -> dict[str, Any]:
    """A plan: what is to be done, how far it is, and what came of each step."""
    return {
        "plan_id": str(plan.id),
        "status": plan.status,
        "summary": plan.summary,
        "steps": plan.steps,
        "outcomes": plan.outcomes,
    }


async def answer_shown(
    scope: Scope, session: ChatSession, row: ChatMessage, plan: ChatPlan | None
) -> SendMessageResponse:
    """An answer with what is left to its conversation."""
    there = await files_of(scope, [row])
    results = from_stored(row.results, there)
    metadata = _metadata(row, results, plan)
    images = images_of(results, scope, there)
    left = summary_of(session)
    return SendMessageResponse(
        message_id=row.id,
        session_id=session.id,
        content=row.content,
        resolved_content=row.resolved_content,
        token_count=row.token_count,
        processing_time_ms=row.processing_time_ms or 0,
        remaining_tokens=left.remaining_tokens,
        remaining_messages=left.remaining_messages,
        provider=row.provider or "",
        model=row.model or "",
        images=images,
        metadata={**metadata, "image_context": [one.model_dump() for one in images]},
        plan=metadata.get("plan"),
    )
