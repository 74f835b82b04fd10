"""Answers whose process died while it made them: they have failed, and can be asked for again.

Whoever answers in a conversation holds its lock, which ends with the process: so the dead are told from the living.
"""

from uuid import UUID

from aionserver.domains.chat import queries
from aionserver.domains.chat.errors import AnswerInterrupted
from aionserver.domains.chat.narration import Narration
from aionserver.domains.chat.tables import ChatMessage, ChatSession
from aionserver.infra.actors import Actor
from aionserver.infra.scope import Scope

INTERRUPTED = AnswerInterrupted("The server stopped before this answer was whole: send the message again.")


def lock_of(actor: Actor, session_id: UUID) -> str:
    """The name of the lock that whoever answers in a conversation of the actor's holds."""
    return f"chat:{actor.tenant_id}:{actor.user_id}:{session_id}"


async def settle_interrupted(scope: Scope, session: ChatSession) -> None:
    """Mark answers as failed that nobody makes any more."""
    running = await queries.find_running(scope, session.id)
    if not running or await scope.infra.locks.is_held(lock_of(scope.actor, session.id)):
        return
    for message in running:
        await fail_message(scope, message)


async def fail_message(scope: Scope, message: ChatMessage) -> None:
    """Mark an answer as failed, and tell so whoever follows it."""
    details = {**message.details, "error": INTERRUPTED.code}
    if await queries.end_message(scope, message.id, {"status": "failed", "details": details, "request_key": None}):
        number = await queries.next_number(scope, message.id)
        queries.add_events(scope, message.id, number, Narration(message.id).fail(INTERRUPTED))
        await scope.session.refresh(message)
