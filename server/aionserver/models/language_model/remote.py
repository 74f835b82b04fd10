"""Language models behind OpenAI-compatible, Anthropic and Google endpoints, by pydantic-ai.

That library takes a second and 60 MB to load, so its first use loads it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from aionserver.infra.emitting import emitted
from aionserver.models.language_model.contract import Asked, Finished, Function, Message, TokenCounts, Wanted, Words
from aionserver.models.language_model.failures import BROKE_OFF, reason_of
from aionserver.models.language_model.opening import Endpoint, Opened, Provider, opened

__all__ = ["Endpoint", "Provider", "RemoteLanguageModel"]

Tell = Callable[[Words | Finished], Awaitable[None]]
# Wrong arguments or names of functions are told to the model so often; then it has failed.
RETRIES: Final = 2
LONGEST_CALL_SECONDS: Final = 40.0
CHARACTERS_A_TOKEN: Final = 4


@dataclass(frozen=True, slots=True)
class _Heard:
    """Words, and what was known to be read and written when they came."""

    text: str
    read: int
    written: int


class RemoteLanguageModel:
    """`LanguageModel` behind an endpoint; connections are opened when it is first asked.

    They are kept for the next answer, but not with a tenant's key; nor to Google, whose client leaves the stream of an
    answer open that nobody reads to its end.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._opened: Opened | None = None
        self.provider: str = endpoint.provider
        self.name = endpoint.model

    def answer(self, asked: Asked) -> AsyncGenerator[Words | Finished]:
        """The words as they come, then what it took."""
        return emitted(partial(self._run, asked))

    async def _run(self, asked: Asked, tell: Tell) -> None:
        from pydantic_ai.usage import RunUsage

        usage, said = RunUsage(), list[_Heard]()

        async def hear(one: Words | Finished) -> None:
            if isinstance(one, Words):
                said.append(_Heard(one.text, usage.input_tokens, usage.output_tokens))
            await tell(one)

        wanted, failure = tuple[Wanted, ...](), None
        try:
            async with AsyncExitStack() as connections:
                wanted, failure = await _ask(await self._model(connections), self._endpoint, asked, usage, hear)
        except Exception as error:
            failure = reason_of(error, __name__)
            if failure is None:
                raise
        finally:
            asked.meter.counts = replace(_counts(usage, asked, said), own_key=self._endpoint.own_key)
        await tell(Finished(asked.meter.counts, wanted, failure))

    async def _model(self, connections: AsyncExitStack) -> Any:
        """The provider's model; what is opened for one answer is closed with `connections`."""
        if self._opened is not None:
            return self._opened.model
        found = await asyncio.to_thread(opened, self._endpoint)
        if not self._endpoint.own_key and self._endpoint.provider != "google":
            self._opened = found
            return found.model
        if found.connections is not None:
            connections.push_async_callback(found.connections.aclose)
        return await connections.enter_async_context(found.model)


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


def _counts(usage: Any, asked: Asked, said: list[_Heard]) -> TokenCounts:
    """What it took; an estimate of the request whose words came and of which the provider has not told."""
    read, written = usage.input_tokens, usage.output_tokens
    untold = [one for one in said if one.written == written]
    if untold:
        whole = len(asked.instructions) + len(asked.text) + sum(len(one.text) for one in asked.history)
        read += whole // CHARACTERS_A_TOKEN if untold[0].read == read else 0
        written += len("".join(one.text for one in untold)) // CHARACTERS_A_TOKEN + 1
    requests = usage.requests + bool(untold)
    return TokenCounts(read, written, usage.cache_read_tokens, usage.cache_write_tokens, requests)
