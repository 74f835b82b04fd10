"""The assistant that answers: the one way in for chats and agents."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from aionserver.domains.accounts.service import get_tenant
from aionserver.domains.assistant import composing
from aionserver.domains.assistant.composing import Composed, Composition
from aionserver.domains.assistant.embedded import EmbeddedAssistant
from aionserver.domains.assistant.finding import part_of_library
from aionserver.domains.assistant.findings import cite, likely
from aionserver.domains.assistant.reasoning import LanguageAssistant
from aionserver.domains.assistant.schemas import IN_HOUSE, Assistant, Event, Question, Tokens
from aionserver.domains.assistant.wording import counted
from aionserver.domains.provider_keys import service as provider_keys
from aionserver.domains.usage import service as usage
from aionserver.infra.scope import Scope
from aionserver.infra.settings import Settings
from aionserver.infra.tools import Errand
from aionserver.models.language_model import LanguageModel, LanguageModels

__all__ = [
    "Composed",
    "Composition",
    "Tokens",
    "answer",
    "choose",
    "cite",
    "counted",
    "language_model",
    "likely",
    "part_of_library",
]
MILLION = 1_000_000


async def answer(question: Question) -> AsyncGenerator[Event]:
    """Events of the answer to a question, in order; the last is an `Answer` or a `Proposed`.

    Closing the generator ends the work. No transaction is open between events.
    """
    assistant = await choose(question.errand, question.conversation_id)
    async with aclosing(assistant.answer(question)) as events:
        async for event in events:
            yield event


async def choose(errand: Errand, conversation_id: UUID | None = None) -> Assistant:
    """The assistant with the tenant's language model, or the embedded one where there is none, or none left to pay."""
    model = await language_model(errand, conversation_id)
    if model is None:
        return EmbeddedAssistant()
    settings = errand.infra.settings
    return LanguageAssistant(model, settings.language_model_answer_tokens, 2 * settings.language_model_timeout_seconds)


async def compose(errand: Errand, wanted: Composition) -> Composed | None:
    """What the tenant's language model makes of what was found; None where there is none, or none left to pay."""
    model = await language_model(errand)
    return None if model is None else await composing.compose(model, errand.infra.settings, wanted)


async def language_model(errand: Errand, conversation_id: UUID | None = None) -> LanguageModel | None:
    """The tenant's own language model, or the first of this server's that it allows and that budgets still pay for."""
    known, settings = errand.infra.models.get(LanguageModels), errand.infra.settings
    if not isinstance(known, LanguageModels) or not (known.models or settings.tenant_language_models):
        return None
    async with errand.open_scope() as scope:
        allowed = (await get_tenant(scope.session, scope.tenant_id)).allowed_vlm_providers
        own = await provider_keys.language_model(scope, allowed)
        if own is not None:
            return own
        if await _is_spent(scope, settings, conversation_id):
            return None
    return known.first([*allowed, IN_HOUSE] if allowed else ())


async def _is_spent(scope: Scope, settings: Settings, conversation_id: UUID | None) -> bool:
    """Whether the budget for language models is used up: the conversation's, or the tenant's of this month."""
    own = (settings.language_model_session_tokens, settings.language_model_session_usd)
    if conversation_id is not None and any(own):
        used = await usage.paid_tokens_of_context(scope, conversation_id)
        if _reaches(settings, *used, *own):
            return True
    month = (settings.language_model_monthly_tokens, settings.language_model_monthly_usd)
    return any(month) and _reaches(settings, *await usage.paid_tokens_of_month(scope), *month)


def _reaches(settings: Settings, read: int, written: int, most_tokens: int, most_usd: float) -> bool:
    """Whether tokens, or what they cost, are as many as may be; 0 bounds nothing."""
    cost = read * settings.language_model_input_price_usd + written * settings.language_model_output_price_usd
    return bool((most_tokens and read + written >= most_tokens) or (most_usd and cost / MILLION >= most_usd))
