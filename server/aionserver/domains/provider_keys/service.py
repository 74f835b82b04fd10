"""A tenant's own keys for language models: set once they work, told by their end, tested, removed, used."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from aionserver.domains.accounts.service import get_tenant
from aionserver.domains.provider_keys import queries
from aionserver.domains.provider_keys.choosing import (
    Choice,
    allowed_models,
    host_of,
    is_allowed,
    opened,
    require_allowed,
    sealed,
    unsealed,
)
from aionserver.domains.provider_keys.errors import ProviderKeyNotUsable
from aionserver.domains.provider_keys.schemas import (
    ProviderKeyRemovalResponse,
    ProviderKeyResponse,
    ProviderKeysResponse,
    ProviderKeyTestResponse,
    SetProviderKeyRequest,
)
from aionserver.domains.provider_keys.tables import ProviderKey
from aionserver.infra.auditing import Audited, differences
from aionserver.infra.scope import Infra, Scope
from aionserver.models.language_model import Asked, Finished, LanguageModel

SHOWN_OF_KEY = 4
TRIAL = Asked(
    instructions="You are being tested. Answer with the single word: ready.",
    text="Are you ready?",
    most_requests=1,
    timeout_seconds=30.0,
)


async def language_model(scope: Scope, providers: Sequence[str]) -> LanguageModel | None:
    """The model with the key set last, of one of the providers (of any, where none is named); None without one."""
    if not scope.infra.settings.tenant_language_models:
        return None
    row = _used(scope.infra, await queries.find_all(scope), providers)
    return None if row is None else unsealed(scope.infra, scope.tenant_id, _choice(row), row.sealed_key)


def _used(infra: Infra, rows: Sequence[ProviderKey], providers: Sequence[str]) -> ProviderKey | None:
    fitting = (row for row in rows if not providers or row.provider in providers)
    return next((row for row in fitting if is_allowed(infra.settings, _choice(row))), None)


def _choice(row: ProviderKey) -> Choice:
    return Choice(row.provider, row.model)


async def read(scope: Scope) -> ProviderKeysResponse:
    """The providers that keys may be set for, and those for which one is."""
    rows = {row.provider: row for row in await queries.find_all(scope)}
    tenant = await get_tenant(scope.session, scope.tenant_id)
    used = _used(scope.infra, list(rows.values()), tenant.allowed_vlm_providers)
    names = dict.fromkeys([*allowed_models(scope.infra.settings), *rows])
    return ProviderKeysResponse(providers=[_shown(scope.infra, name, rows.get(name), used) for name in names])


def _shown(infra: Infra, provider: str, row: ProviderKey | None, used: ProviderKey | None) -> ProviderKeyResponse:
    shown = ProviderKeyResponse(
        provider=provider,
        models=list(allowed_models(infra.settings).get(provider, ())),
        host=host_of(infra.settings, provider),
        is_set=row is not None,
    )
    if row is None:
        return shown
    told = {name: getattr(row, name) for name in ("model", "configured_at", "error")}
    return shown.model_copy(update={"is_used": row is used, "key_ending": row.ending, **told})


async def require_usable(infra: Infra, provider: str, given: SetProviderKeyRequest) -> Choice:
    """The model that the key is for, once it has answered; ProviderNotAllowed, ProviderKeyNotUsable with a reason."""
    choice = require_allowed(infra.settings, provider, given.model)
    problem = await _problem(opened(infra, choice, given.api_key))
    if problem is not None:
        raise ProviderKeyNotUsable(f"{choice.model} of {provider} gave no answer: {problem}.")
    return choice


async def _problem(model: LanguageModel) -> str | None:
    """Why the model does not answer; None where it does."""
    async for told in model.answer(TRIAL):
        if isinstance(told, Finished):
            return told.failure
    return "it ended without an answer"


async def configure(scope: Scope, choice: Choice, given: SetProviderKeyRequest) -> ProviderKeyResponse:
    """Use the key from now on, in place of one that was set for the provider before; it was tried out."""
    before = await queries.find(scope, choice.provider)
    named = {"model": before.model} if before else {}
    values = {
        "model": choice.model,
        "sealed_key": sealed(scope.infra, scope.tenant_id, choice.provider, given.api_key),
        "ending": given.api_key[-SHOWN_OF_KEY:],
        "configured_by": scope.actor.user_id,
        "configured_at": scope.now(),
        "error": None,
    }
    await queries.keep(scope, choice.provider, values)
    changes = differences(named, {"model": choice.model})
    await scope.publish(replace(_audited("configured", "configure", choice.provider), changes=changes))
    return next(one for one in (await read(scope)).providers if one.provider == choice.provider)


def _audited(done: str, action: str, provider: str) -> Audited:
    return Audited(f"tenant.provider_key_{done}", action, "provider_key", details={"provider": provider})


@dataclass(frozen=True)
class Tested:
    """A test of a key that is set: how it went, and of which key."""

    answer: ProviderKeyTestResponse
    sealed_key: bytes


async def try_out(infra: Infra, tenant_id: UUID, provider: str) -> Tested | None:
    """Test the key that is set for a provider; None where none is. No transaction is open meanwhile."""
    async with infra.open_system_scope(tenant_id) as scope:
        row = await queries.find(scope, provider)
    if row is None:
        return None
    choice = require_allowed(infra.settings, row.provider, row.model)
    problem = await _problem(unsealed(infra, tenant_id, choice, row.sealed_key))
    answer = ProviderKeyTestResponse(valid=problem is None, provider=row.provider, model=row.model, error=problem)
    return Tested(answer, row.sealed_key)


async def note_test(scope: Scope, tested: Tested) -> None:
    """Keep how a test went, unless another key was set meanwhile."""
    answer = tested.answer
    await queries.note_test(scope, answer.provider, tested.sealed_key, answer.error)
    told = replace(_audited("tested", "test", answer.provider), error_message=answer.error)
    await scope.publish(told if answer.valid else replace(told, result="failure"))


async def remove(scope: Scope, provider: str) -> ProviderKeyRemovalResponse:
    """Forget a key."""
    if not await queries.remove(scope, provider):
        return ProviderKeyRemovalResponse(removed=False, message=f"No key of your own is set for {provider}.")
    await scope.publish(_audited("removed", "remove", provider))
    kept = "The key is forgotten. The assistant answers with another one of yours, or with what this server has."
    return ProviderKeyRemovalResponse(removed=True, message=kept)
