"""How providers are reached: where, with what key, how often again, and how long they may have one wait for that."""

import logging
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

import httpx2

Provider = Literal["openai", "anthropic", "google", "local"]
# Their clients wait for as long as they are told, some for hours: who asked would rather be answered without.
LONGEST_RETRY_AFTER_SECONDS: Final = 10.0
# As often as the clients of the others ask again, and after such pauses; Google's asks once.
GOOGLE_ATTEMPTS: Final = 3
GOOGLE_FIRST_PAUSE_SECONDS: Final = 0.5
GOOGLE_LONGEST_PAUSE_SECONDS: Final = 8.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how to ask. Without `url`, the provider's own. `own_key`: the key is a tenant's."""

    provider: Provider
    model: str
    url: str | None = None
    api_key: str = field(default="", repr=False)
    timeout_seconds: float = 60.0
    max_tokens: int = 1_500
    own_key: bool = False


@dataclass(frozen=True)
class Opened:
    """A provider's model, and the connections that it is asked by, where those are not the provider's own to close."""

    model: Any
    connections: httpx2.AsyncClient | None = None


def opened(endpoint: Endpoint) -> Opened:
    """The provider's model."""
    if endpoint.provider == "google":
        return Opened(_google(endpoint))
    from pydantic_ai.models import create_async_httpx2_client

    client = create_async_httpx2_client()
    client.event_hooks = {**client.event_hooks, "response": [refuse_long_waits]}
    return Opened((_anthropic if endpoint.provider == "anthropic" else _openai)(endpoint, client), client)


def _google(endpoint: Endpoint) -> Any:
    from google.genai.types import HttpRetryOptions
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    # Before it asks again it writes down what it was answered, whatever that holds.
    logging.getLogger("google_genai").setLevel(logging.WARNING)
    again = HttpRetryOptions(
        attempts=GOOGLE_ATTEMPTS, initial_delay=GOOGLE_FIRST_PAUSE_SECONDS, max_delay=GOOGLE_LONGEST_PAUSE_SECONDS
    )
    provider = GoogleProvider(api_key=endpoint.api_key, base_url=endpoint.url, retry_options=again)
    return GoogleModel(endpoint.model, provider=provider)


def _anthropic(endpoint: Endpoint, client: httpx2.AsyncClient) -> Any:
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    provider = AnthropicProvider(api_key=endpoint.api_key, base_url=endpoint.url, http_client=client)
    return AnthropicModel(endpoint.model, provider=provider)


def _openai(endpoint: Endpoint, client: httpx2.AsyncClient) -> Any:
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles.openai import OpenAIModelProfile
    from pydantic_ai.providers.openai import OpenAIProvider

    # Servers of one's own want no key, and the client wants one.
    provider = OpenAIProvider(base_url=endpoint.url, api_key=endpoint.api_key or "none", http_client=client)
    cut_is_fault = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    return OpenAIChatModel(endpoint.model, provider=provider, profile=cut_is_fault)


async def refuse_long_waits(response: httpx2.Response) -> None:
    """Have the client give up at once where it is told to wait for long."""
    wait = _told_to_wait_seconds(response.headers)
    if wait is not None and wait > LONGEST_RETRY_AFTER_SECONDS:
        response.headers["x-should-retry"] = "false"


def _told_to_wait_seconds(headers: httpx2.Headers) -> float | None:
    for name, share in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return float(headers[name]) * share
        except (KeyError, ValueError):
            continue
    try:
        return parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time()
    except (KeyError, ValueError):
        return None
