"""Which models tenants may use with keys of their own, and how they are reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from aionserver.domains.provider_keys.errors import OwnModelsNotConfigured, ProviderNotAllowed
from aionserver.infra.scope import Infra
from aionserver.infra.sealing import SealBroken, seal, unseal
from aionserver.infra.settings import Settings
from aionserver.models.language_model import LanguageModel
from aionserver.models.language_model.own import UnusableLanguageModel, own_language_model, place_of

SETTING = "AIONVISION_TENANT_LANGUAGE_MODELS"
UNREADABLE = "your own key can't be opened any more, and has to be set again"


@dataclass(frozen=True)
class Choice:
    """A model of a provider."""

    provider: str
    model: str


def allowed_models(settings: Settings) -> Mapping[str, Sequence[str]]:
    """The models that tenants may use with keys of their own, by provider, in the settings' order."""
    found: dict[str, list[str]] = {}
    for one in settings.tenant_language_models:
        provider, _, name = one.partition(":")
        found.setdefault(provider, []).append(name)
    return found


def is_allowed(settings: Settings, choice: Choice) -> bool:
    """Whether tenants may use the model with a key of their own."""
    return choice.model in allowed_models(settings).get(choice.provider, ())


def require_allowed(settings: Settings, provider: str, model: str | None) -> Choice:
    """The model that is wanted, or the provider's first; OwnModelsNotConfigured, ProviderNotAllowed."""
    allowed = allowed_models(settings)
    if not allowed:
        raise OwnModelsNotConfigured(f"This server takes no keys for language models: its operator sets {SETTING}.")
    models = allowed.get(provider, ())
    if not models:
        raise ProviderNotAllowed(f"This server takes keys for {', '.join(allowed)} only.")
    if model is not None and model not in models:
        raise ProviderNotAllowed(f"Of {provider}, this server allows {', '.join(models)}.")
    return Choice(provider, model or models[0])


def host_of(settings: Settings, provider: str) -> str:
    """The host that keys for a provider are sent to."""
    return urlsplit(place_of(settings, provider)).netloc


def opened(infra: Infra, choice: Choice, key: str) -> LanguageModel:
    """The model with a key."""
    return own_language_model(infra.settings, choice.provider, choice.model, key)


def sealed(infra: Infra, tenant_id: UUID, provider: str, key: str) -> bytes:
    """The key, readable again for this provider and tenant only."""
    return seal(infra.secret, _purpose(tenant_id, provider), key.encode())


def unsealed(infra: Infra, tenant_id: UUID, choice: Choice, sealed_key: bytes) -> LanguageModel:
    """The model with a key that is kept; one that says so where the key can't be opened any more."""
    try:
        key = unseal(infra.secret, _purpose(tenant_id, choice.provider), sealed_key).decode()
    except SealBroken:
        return UnusableLanguageModel(choice.provider, choice.model, UNREADABLE)
    return opened(infra, choice, key)


def _purpose(tenant_id: UUID, provider: str) -> str:
    return f"provider-key:{tenant_id}:{provider}"
