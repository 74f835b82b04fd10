"""Language models behind OpenAI-compatible, Anthropic and Google endpoints, by pydantic-ai.

That library takes a second and 60 MB to load, so its first use loads it.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Literal

from aionserver.infra.emitting import emitted
from aionserver.models.language_model.contract import Asked, Finished, Function, Message, TokenCounts, Wanted, Words

Provider = Literal["openai", "anthropic", "google", "local"]
Tell = Callable[[Words | Finished], Awaitable[None]]
# Wrong arguments or names of functions are told to the model so often; then it has failed.
RETRIES: Final = 2
LONGEST_CALL_SECONDS: Final = 40.0
CHARACTERS_A_TOKEN: Final = 4
BROKE_OFF: Final = "its answer broke off"


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


class RemoteLanguageModel:
    """`LanguageModel` behind an endpoint; connections are opened when it is first asked."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._model: Any = None
        self.provider: str = endpoint.provider
        self.name = endpoint.model

    def answer(self, asked: Asked) -> AsyncGenerator[Words | Finished]:
        """The words as they come, then what it took."""
        return emitted(partial(self._run, asked))

    async def _run(self, asked: Asked, tell: Tell) -> None:
        from pydantic_ai.usage import RunUsage

        usage, said = RunUsage(), list[str]()

        async def hear(one: Words | Finished) -> None:
            said.extend([one.text] if isinstance(one, Words) else [])
            await tell(one)

        wanted, failure = tuple[Wanted, ...](), None
        try:
            if self._model is None:
                self._model = await asyncio.to_thread(_open, self._endpoint)
            async with AsyncExitStack() as connections:
                if self._endpoint.own_key:  # it is asked once: what it opened is closed with it
                    await connections.enter_async_context(self._model)
                wanted, failure = await _ask(self._model, self._endpoint, asked, usage, hear)
        except Exception as error:
            failure = _reason(error)
            if failure is None:
                raise
        counts = replace(_counts(usage, asked, said), own_key=self._endpoint.own_key)
        await tell(Finished(counts, wanted, failure))


def _open(endpoint: Endpoint) -> Any:
    """The provider's model."""
    if endpoint.provider == "anthropic":
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        return AnthropicModel(
            endpoint.model, provider=AnthropicProvider(api_key=endpoint.api_key, base_url=endpoint.url)
        )
    if endpoint.provider == "google":
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider

        return GoogleModel(endpoint.model, provider=GoogleProvider(api_key=endpoint.api_key, base_url=endpoint.url))
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles.openai import OpenAIModelProfile
    from pydantic_ai.providers.openai import OpenAIProvider

    # Servers of one's own want no key, and the client wants one.
    provider = OpenAIProvider(base_url=endpoint.url, api_key=endpoint.api_key or "none")
    cut_is_fault = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    return OpenAIChatModel(endpoint.model, provider=provider, profile=cut_is_fault)


async def _ask(
    model: Any, endpoint: Endpoint, asked: Asked, usage: Any, tell: Tell
) -> tuple[tuple[Wanted, ...], str | None]:
    """Run the model with its functions until it has answered: what it wants done, and why it failed if it did."""
    from pydantic_ai import Agent, DeferredToolRequests
    from pydantic_ai.usage import UsageLimits

    agent: Agent[None, str | DeferredToolRequests] = Agent(
        model,
        instructions=asked.instructions,
        output_type=[str, DeferredToolRequests],
        toolsets=_toolsets(asked.functions),
        retries=RETRIES,
        tool_timeout=LONGEST_CALL_SECONDS,
        model_settings={"max_tokens": endpoint.max_tokens, "timeout": endpoint.timeout_seconds, "temperature": 0.2},
    )
    limits = UsageLimits(request_limit=asked.most_requests, total_tokens_limit=asked.most_tokens)
    async with asyncio.timeout(asked.timeout_seconds):
        result = await agent.run(
            asked.text,
            message_history=_history(asked.history),
            usage=usage,
            usage_limits=limits,
            event_stream_handler=partial(_stream, tell),
        )
    if isinstance(result.output, DeferredToolRequests):
        calls = [*result.output.calls, *result.output.approvals]
        return tuple(Wanted(one.tool_name, one.args_as_dict()) for one in calls), None
    # A stream that says no reason for its end was cut.
    return (), BROKE_OFF if result.response.finish_reason is None else None


def _toolsets(functions: Any) -> list[Any]:
    from pydantic_ai import ExternalToolset, FunctionToolset, Tool
    from pydantic_ai.tools import ToolDefinition

    called = [
        Tool.from_schema(_caller(one), one.name, one.description, dict(one.schema)) for one in functions if one.call
    ]
    wanted = [
        ToolDefinition(name=one.name, description=one.description, parameters_json_schema=dict(one.schema))
        for one in functions
        if one.call is None
    ]
    return [*([FunctionToolset(called)] if called else []), *([ExternalToolset(wanted)] if wanted else [])]


def _caller(function: Function) -> Callable[..., Awaitable[str]]:
    async def call(**arguments: Any) -> str:
        assert function.call is not None
        return await function.call(arguments)

    return call


def _history(messages: Any) -> list[Any]:
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart

    def turn(one: Message) -> Any:
        if one.role == "user":
            return ModelRequest(parts=[UserPromptPart(one.text)])
        return ModelResponse(parts=[TextPart(one.text)])

    return [turn(one) for one in messages]


async def _stream(tell: Tell, _: Any, events: AsyncIterable[Any]) -> None:
    """Tell the words of a response as they come."""
    from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

    async for event in events:
        if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart) and event.part.content:
            await tell(Words(event.part.content))
        elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta) and event.delta.content_delta:
            await tell(Words(event.delta.content_delta))


def _counts(usage: Any, asked: Asked, said: list[str]) -> TokenCounts:
    """What it took; an estimate where words came and the provider broke off before it told."""
    read, written = usage.input_tokens, usage.output_tokens
    if said and not written:
        whole = len(asked.instructions) + len(asked.text) + sum(len(one.text) for one in asked.history)
        read, written = max(read, whole // CHARACTERS_A_TOKEN), len("".join(said)) // CHARACTERS_A_TOKEN + 1
    return TokenCounts(
        read, written, usage.cache_read_tokens, usage.cache_write_tokens, max(usage.requests, bool(said))
    )


def _reason(error: Exception) -> str | None:
    """Why a model gave no answer, in a sentence that holds neither key nor address; None for faults of ours."""
    from pydantic_ai import exceptions as faults

    reasons: tuple[tuple[type[Exception], str], ...] = (
        (faults.ModelRateLimitError, "it is rate-limited at the moment"),
        (faults.ModelQuotaExceededError, "its quota is used up"),
        (faults.ModelAuthenticationError, "its key was refused"),
        (faults.ModelNotFoundError, "its provider does not know it"),
        (faults.ModelContextWindowExceededError, "the conversation is too long for it"),
        (faults.ModelTimeoutError, "it took too long to answer"),
        (faults.ModelRequestTimeout, "it took too long to answer"),
        (faults.ModelConnectionError, "it cannot be reached"),
        (faults.ModelUnavailableError, "it is not available at the moment"),
        (faults.ModelServerError, "its provider failed"),
        (faults.ModelRequestRejectedError, "its provider refused the request"),
        (faults.ModelAPIError, "its provider failed"),
        (faults.UsageLimitExceeded, "it needed more tokens or steps than it may use"),
        (faults.ContentFilterError, "its provider withheld the answer"),
        (faults.UnexpectedModelBehavior, "its answer could not be understood"),
        (TimeoutError, "it took too long to answer"),
        (json.JSONDecodeError, "its answer could not be understood"),
    )
    if "ended without a `finish_reason`" in str(error):
        return BROKE_OFF
    for kind, reason in reasons:
        if isinstance(error, kind):
            return reason
    return "it cannot be reached" if _is_transport(error) else None


def _is_transport(error: Exception) -> bool:
    return type(error).__module__.split(".")[0] in {
        "httpx2",
        "httpx",
        "httpcore2",
        "httpcore",
        "openai",
        "anthropic",
        "google",
    }
