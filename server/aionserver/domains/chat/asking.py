"""A message as it comes in: whether it may be asked, and what the assistant is told with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from aionserver.domains.assistant.schemas import Question, Turn
from aionserver.domains.chat import queries
from aionserver.domains.chat.errors import ChatSessionClosed, NothingToResume
from aionserver.domains.chat.interruptions import fail_message
from aionserver.domains.chat.presentation import LIMITS
from aionserver.domains.chat.results import files_of
from aionserver.domains.chat.schemas import SendMessageRequest
from aionserver.domains.chat.service import choose_images, require_session
from aionserver.domains.chat.tables import ChatMessage, ChatSession
from aionserver.domains.chat.turns import STRIDE, WINDOW, summarised, title_of, turns_of
from aionserver.domains.usage import service as usage
from aionserver.domains.usage.errors import UsageLimitExceeded
from aionserver.infra.request_context import RequestContext
from aionserver.infra.scope import Scope
from aionserver.infra.tools import Errand, Selection
from aionserver.infra.web.idempotency import VALID_HOURS, IdempotencyKeyReused
from aionserver.kit.ids import parse_ids

# What a language model reads as one is about so many characters of English.
CHARACTERS_A_TOKEN = 4
# A question and its answer.
MESSAGES_A_TURN = 2


@dataclass(frozen=True)
class Asked:
    """A message for a conversation. `key` is its Idempotency-Key with whose it is, `mark` what was asked with it."""

    session_id: UUID
    sent: SendMessageRequest
    key: str | None = None
    mark: str | None = None


def estimate_tokens(text: str) -> int:
    """About how many tokens a text is."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


async def find_answered(scope: Scope, asked: Asked) -> ChatMessage | None:
    """The answer to this request where it was sent before; InvalidInput when its key served another request."""
    await require_session(scope, str(asked.session_id))
    if asked.key is None:
        return None
    found = await queries.find_by_key(scope, asked.key, scope.now() - timedelta(hours=VALID_HOURS))
    if found is not None and found.request_mark != asked.mark:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another request.")
    return found


async def find_resumable(scope: Scope, asked: Asked) -> ChatMessage:
    """The answer to the conversation's last message, which has to be this one; NothingToResume otherwise."""
    session = await require_session(scope, str(asked.session_id))
    found = await queries.last_answer(scope, session.id)
    if found is None or found[0].content != asked.sent.message:
        raise NothingToResume("The last message of this conversation is another one: send it without Last-Event-ID.")
    return found[1]


async def open_answer(scope: Scope, asked: Asked, message_id: UUID, context: RequestContext) -> Question:
    """The message in its conversation with an answer that is begun, and what the assistant is asked."""
    session = await require_session(scope, str(asked.session_id), locked=True)
    if not session.is_active:
        raise ChatSessionClosed("This conversation is closed: begin another one.")
    # Whoever asks holds the conversation's lock: nobody makes these answers any more.
    for message in await queries.find_running(scope, session.id):
        await fail_message(scope, message)
    _require_room(session)
    await usage.require_credits(scope, usage.prices(scope.infra).one("chat_message"))
    if asked.sent.expected_image_ids is not None:
        await _heal(scope, session, asked.sent.expected_image_ids)
    question = await _question(scope, session, asked.sent, context)
    _add_messages(scope, session, asked, message_id)
    return question


def _require_room(session: ChatSession) -> None:
    left = (LIMITS.messages - session.total_messages, LIMITS.tokens - session.total_tokens)
    if left[0] >= MESSAGES_A_TURN and left[1] > 0:
        return
    what, most, used = (
        ("messages", LIMITS.messages, session.total_messages)
        if left[0] < MESSAGES_A_TURN
        else ("tokens", LIMITS.tokens, session.total_tokens)
    )
    raise UsageLimitExceeded(
        f"This conversation has used its {most} {what}: begin another one.",
        details={"limit": most, "used": used, "resource": what},
    )


async def _heal(scope: Scope, session: ChatSession, texts: Sequence[str]) -> None:
    if set(parse_ids(texts)[0]) != set(session.image_ids) or session.use_all_images:
        await choose_images(scope, session, texts)


async def _question(scope: Scope, session: ChatSession, sent: SendMessageRequest, context: RequestContext) -> Question:
    selection = Selection(
        image_ids=None if session.use_all_images else tuple(session.image_ids),
        document_ids=tuple(session.document_ids) or None,
        video_ids=tuple(session.video_ids) or None,
    )
    return Question(
        text=sent.message,
        errand=Errand(scope.actor, scope.infra, context, selection),
        history=await _history(scope, session),
        summary=session.summary,
        detailed=sent.force_detailed_analysis,
        conversation_id=session.id,
    )


async def _history(scope: Scope, session: ChatSession) -> list[Turn]:
    """The last messages; those before them are in the summary, but for the last that found something."""
    begins = max(session.summarized_through, 0)
    if session.total_messages - begins > WINDOW + STRIDE:
        ends = session.total_messages - WINDOW
        old = await queries.messages_between(scope, session.id, begins, ends + 1)
        session.summary, session.summarized_through = summarised(session.summary, old), ends
    recent = await queries.messages_between(scope, session.id, session.summarized_through, session.total_messages + 1)
    if not any(one.results for one in recent):
        found = await queries.last_with_results(scope, session.id, session.summarized_through + 1)
        recent = [found, *recent] if found else recent
    there = await files_of(scope, recent)
    return turns_of(recent, set(there))


def _add_messages(scope: Scope, session: ChatSession, asked: Asked, message_id: UUID) -> None:
    now, text = scope.now(), asked.sent.message
    common = {"tenant_id": scope.tenant_id, "session_id": session.id, "created_at": now}
    position = session.total_messages + 1
    question = ChatMessage(
        **common,
        position=position,
        role=queries.USER,
        status="completed",
        content=text,
        resolved_content=text,
        token_count=estimate_tokens(text),
    )
    answer = ChatMessage(
        **common,
        id=message_id,
        position=position + 1,
        role=queries.ASSISTANT,
        status=queries.RUNNING,
        request_key=asked.key,
        request_mark=asked.mark,
    )
    queries.add(scope, question)
    queries.add(scope, answer)
    session.total_messages += MESSAGES_A_TURN
    session.total_tokens += question.token_count
    session.last_message_at = session.updated_at = now
    if not session.is_titled:
        session.title, session.is_titled = title_of(text), True
