"""Language models that are asked with keys of tenants, at the providers' own addresses or where the operator says."""

from collections.abc import AsyncGenerator
from typing import Final, cast

from aionserver.infra.settings import Settings
from aionserver.models.language_model.contract import Asked, Finished, LanguageModel, TokenCounts, Words
from aionserver.models.language_model.opening import Endpoint, Provider
from aionserver.models.language_model.remote import RemoteLanguageModel

# Named here, so that nothing in the environment of the process leads a tenant's key elsewhere.
ADDRESSES: Final = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "google": "https://generativelanguage.googleapis.com",
}


def place_of(settings: Settings, provider: str) -> str:
    """The address that tenants' keys for a provider are sent to."""
    elsewhere = {
        "openai": settings.tenant_openai_url,
        "anthropic": settings.anthropic_url,
        "google": settings.google_url,
    }
    return elsewhere[provider] or ADDRESSES[provider]


def own_language_model(settings: Settings, provider: str, name: str, api_key: str) -> LanguageModel:
    """A provider's model, asked with a tenant's key; what it takes is marked as the tenant's to pay."""
    return RemoteLanguageModel(
        Endpoint(
            provider=cast("Provider", provider),
            model=name,
            url=place_of(settings, provider),
            api_key=api_key,
            timeout_seconds=settings.language_model_timeout_seconds,
            max_tokens=settings.language_model_max_tokens,
            own_key=True,
        )
    )


class UnusableLanguageModel:
    """`LanguageModel` that can't be asked, and says why."""

    def __init__(self, provider: str, name: str, reason: str) -> None:
        self.provider, self.name, self._reason = provider, name, reason

    async def answer(self, asked: Asked) -> AsyncGenerator[Words | Finished]:
        """Nothing but the reason."""
        yield Finished(TokenCounts(own_key=True), failure=self._reason)
