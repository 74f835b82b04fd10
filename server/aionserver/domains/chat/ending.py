"""The end of an answer, in one transaction: its words, what it found, what it cost, its plan, what was told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aionserver.domains.assistant.schemas import Answer, Proposed, Spent, Tokens
from aionserver.domains.chat import queries
from aionserver.domains.chat.asking import estimate_tokens
from aionserver.domains.chat.interruptions import INTERRUPTED
from aionserver.domains.chat.narration import Narration, Told
from aionserver.domains.chat.plan_texts import proposal
from aionserver.domains.chat.presentation import plan_shown
from aionserver.domains.chat.results import as_stored, files_of, from_stored, images_of, references
from aionserver.domains.chat.tables import ChatMessage, ChatPlan, ChatSession
from aionserver.domains.usage import service as usage
from aionserver.infra.errors import AionError
from aionserver.infra.scope import Scope
from aionserver.kit.citations import settle
from aionserver.kit.ids import new_id

OURS = "aionvision"


@dataclass(frozen=True)
class Unkept:
    """What was told and is not kept yet, with the number of that part."""

    number: int
    told: Sequence[Told]


async def end_answer(
    scope: Scope, narration: Narration, end: Answer | Proposed, elapsed_ms: int, unkept: Unkept
) -> list[Told]:
    """Write an answer or a plan down; what is told of it at last."""
    values = _of_answer(end) if isinstance(end, Answer) else _of_plan(end)
    ended = await _ended(scope, narration, {**values, "status": "completed", "processing_time_ms": elapsed_ms})
    if ended is None:
        return narration.fail(INTERRUPTED)
    message, session = ended
    await _count(scope, message, session, end, elapsed_ms)
    told = await (
        _whole(scope, message, end, narration) if isinstance(end, Answer) else _planned(scope, message, end, narration)
    )
    queries.add_events(scope, message.id, unkept.number, [*unkept.told, *told])
    return told


async def end_early(
    scope: Scope, narration: Narration, error: AionError | None, spent: Spent, elapsed_ms: int, unkept: Unkept
) -> None:
    """Write down that an answer failed, or with no error that it was cancelled, with what was said and spent so far."""
    said, tokens = settle(narration.said, lambda citation: citation), spent.tokens
    values: dict[str, Any] = {
        "status": "failed" if error else "cancelled",
        "content": said.content,
        "resolved_content": said.resolved,
        "details": {"error": error.code} if error else {},
        "processing_time_ms": elapsed_ms,
        "request_key": None,
        "token_count": tokens.output if tokens.calls else estimate_tokens(said.content),
        **({"provider": spent.provider, "model": spent.model} if tokens.calls else {}),
    }
    ended = await _ended(scope, narration, values)
    if ended is not None:
        message, session = ended
        particulars = _counted(message, session, tokens, elapsed_ms)
        await usage.record_failure(scope, usage.CHAT_MESSAGE, message.id, particulars)
        queries.add_events(scope, message.id, unkept.number, unkept.told)


async def _ended(scope: Scope, narration: Narration, values: dict[str, Any]) -> tuple[ChatMessage, ChatSession] | None:
    """The message with its last values, and its conversation, locked; None when it was given up before."""
    message_id = UUID(narration.message_id)
    if not await queries.end_message(scope, message_id, values):
        return None
    message = await queries.find_message(scope, message_id)
    session = await queries.find_session(scope, message.session_id, locked=True) if message else None
    if message is None or session is None:
        return None
    session.updated_at = session.last_message_at = scope.now()
    return message, session


def _of_answer(answer: Answer) -> dict[str, Any]:
    details: dict[str, Any] = {
        "agents_used": list(answer.agents),
        "vision_used": answer.looked,
        "offers_detailed_analysis": answer.offers_detail,
    }
    return {
        "content": answer.content,
        "resolved_content": answer.resolved,
        "results": as_stored(answer.results),
        "details": details | ({"failure": answer.failure} if answer.failure else {}),
        "token_count": answer.tokens.output if answer.tokens.calls else estimate_tokens(answer.content),
        "provider": answer.provider,
        "model": answer.model,
    }


def _of_plan(plan: Proposed) -> dict[str, Any]:
    text = proposal(plan.summary, [one.description for one in plan.steps])
    return {
        "content": text,
        "resolved_content": text,
        "token_count": estimate_tokens(text),
        "provider": plan.provider if plan.tokens.calls else OURS,
        "model": plan.model if plan.tokens.calls else "",
    }


async def _count(
    scope: Scope, message: ChatMessage, session: ChatSession, end: Answer | Proposed, elapsed_ms: int
) -> None:
    """Charge the answer, and count its tokens; one that failed costs nothing."""
    particulars = _counted(message, session, end.tokens, elapsed_ms)
    if isinstance(end, Answer) and end.failure:
        await usage.record_failure(scope, usage.CHAT_MESSAGE, message.id, particulars)
    else:
        price = usage.prices(scope.infra).one("chat_message")
        await usage.charge(scope, usage.CHAT_MESSAGE, message.id, price, particulars)


def _counted(message: ChatMessage, session: ChatSession, tokens: Tokens, elapsed_ms: int) -> usage.Particulars:
    """What the ledger is told of an answer, whose tokens are the conversation's from here on."""
    session.total_tokens += tokens.input + tokens.output if tokens.calls else message.token_count
    return usage.Particulars(
        context_id=message.session_id,
        provider=message.provider,
        model=message.model,
        tokens=usage.Tokens(tokens.input, tokens.output, tokens.cache_read, tokens.cache_write, tokens.own_key),
        processing_time_ms=elapsed_ms,
    )


async def _whole(scope: Scope, message: ChatMessage, answer: Answer, narration: Narration) -> list[Told]:
    there = await files_of(scope, [message])
    results = from_stored(message.results, there)
    images = [one.model_dump() for one in images_of(results, scope, there)]
    return narration.complete(answer, images, references(results))


async def _planned(scope: Scope, message: ChatMessage, proposed: Proposed, narration: Narration) -> list[Told]:
    plan = ChatPlan(
        id=new_id(),
        tenant_id=scope.tenant_id,
        session_id=message.session_id,
        message_id=message.id,
        summary=proposed.summary,
        steps=[
            {"step": number, "tool": one.tool, "arguments": dict(one.arguments), "description": one.description}
            for number, one in enumerate(proposed.steps, 1)
        ],
        outcomes=[],
        status="pending",
    )
    queries.add(scope, plan)
    return narration.propose(plan_shown(plan))
