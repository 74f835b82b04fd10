"""The answers that this process makes, and those who listen to them; and answers of other processes, followed."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

from aionserver.domains.chat import queries
from aionserver.domains.chat.answering import AnswerTo, Making, Run
from aionserver.domains.chat.asking import Asked, find_answered, find_resumable, open_answer
from aionserver.domains.chat.errors import ChatSessionBusy, TooManyStreams
from aionserver.domains.chat.interruptions import lock_of, settle_interrupted
from aionserver.domains.chat.narration import Listener
from aionserver.domains.chat.presentation import answer_shown
from aionserver.domains.chat.schemas import SendMessageResponse
from aionserver.domains.chat.service import require_session
from aionserver.domains.chat.tables import ChatMessage
from aionserver.infra.request_context import RequestContext
from aionserver.infra.scope import Reader
from aionserver.infra.streams import StreamEvent
from aionserver.infra.web.door import Caller
from aionserver.infra.web.idempotency import RequestInProgress

# What another process tells is looked for so often: at first, and while nothing comes.
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 0.5
# So often one who follows says so, and looks whether the answer is still made.
CHECK_SECONDS = 2.0
CLOSING_SECONDS = 3.0
TRIES = 10


class Conversations:
    """Of one process: at most so many answers at a time, by this assistant."""

    def __init__(self, most: int, assistant: AnswerTo) -> None:
        self._most, self.assistant = most, assistant
        self._runs: dict[UUID, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, caller: Caller, asked: Asked) -> tuple[SendMessageResponse, bool]:
        """The whole answer, and whether it was given before, to the same request."""
        quiet = _quiet(caller)
        async with caller.infra.open_scope(caller.actor, quiet) as scope:
            before = await find_answered(scope, asked)
        if before is not None and before.status == queries.RUNNING:
            raise RequestInProgress("The first request with this Idempotency-Key is still running.")
        message_id = before.id if before else await self._whole(caller, asked)
        return await self._answered(caller, message_id), before is not None

    async def _whole(self, caller: Caller, asked: Asked) -> UUID:
        """The id of a new answer that is whole; why there is none otherwise."""
        run = await self.begin(caller, asked)
        run.listeners += 1
        try:
            await run.over()
        finally:
            run.leave()
        if run.failure is not None:
            raise run.failure
        return run.message_id

    async def _answered(self, caller: Caller, message_id: UUID) -> SendMessageResponse:
        async with caller.infra.open_scope(caller.actor, _quiet(caller)) as scope:
            message = await queries.find_message(scope, message_id)
            assert message is not None
            session = await require_session(scope, str(message.session_id))
            plans = await queries.plans_of(scope, session.id)
            return await answer_shown(scope, session, message, plans.get(message.id))

    async def stream(
        self, caller: Caller, asked: Asked, after_token: int | None, *, with_reasoning: bool
    ) -> tuple[AsyncGenerator[Sequence[StreamEvent]], bool]:
        """What is told of the answer, and whether it was begun before: it goes on after a token that is known."""
        before = await self._before(caller, asked, after_token)
        listener = Listener(after_token or 0, with_reasoning=with_reasoning)
        if before is None:
            return _listen(await self.begin(caller, asked), listener), False
        here = self._runs.get(before.id)
        told = _listen(here, listener) if here else self._follow(caller, before, listener)
        return (_resumed(before.id, told) if after_token else told), True

    async def _before(self, caller: Caller, asked: Asked, after_token: int | None) -> ChatMessage | None:
        async with caller.infra.open_scope(caller.actor, _quiet(caller)) as scope:
            found = await find_answered(scope, asked)
            return await find_resumable(scope, asked) if found is None and after_token is not None else found

    async def begin(self, caller: Caller, asked: Asked) -> Run:
        """An answer that is being made from here on, whoever listens; ChatSessionBusy while another one is."""
        if len(self._runs) >= self._most:
            raise TooManyStreams("The server makes as many answers as it can.", headers={"Retry-After": "2"})
        run, begun = Run(), asyncio.get_running_loop().create_future()
        self._runs[run.message_id] = run
        task = asyncio.create_task(self._make(caller, asked, run, begun))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.shield(begun)
        return run

    async def _make(self, caller: Caller, asked: Asked, run: Run, begun: asyncio.Future[None]) -> None:
        infra, quiet = caller.infra, _quiet(caller)
        try:
            async with self._turn(caller, asked.session_id):
                async with caller.open_scope() as scope:
                    question = await open_answer(scope, asked, run.message_id, quiet)
                begun.set_result(None)
                await Making(infra, caller.actor, quiet, self.assistant, run).make(question)
        except BaseException as error:
            if begun.done() or isinstance(error, asyncio.CancelledError):
                begun.cancel()
                raise
            begun.set_exception(error)
        finally:
            self._runs.pop(run.message_id, None)
            run.end()

    @asynccontextmanager
    async def _turn(self, caller: Caller, session_id: UUID) -> AsyncGenerator[None]:
        """The conversation's lock; ChatSessionBusy while somebody answers in it."""
        name = lock_of(caller.actor, session_id)
        for _ in range(TRIES):
            async with caller.infra.locks.hold(name) as free:
                if free:
                    yield
                    return
            async with caller.infra.open_scope(caller.actor, _quiet(caller)) as scope:
                if await queries.find_running(scope, session_id):
                    break
            # The answer before is whole, and only the lock not free yet.
            await asyncio.sleep(SHORTEST_PAUSE_SECONDS)
        raise ChatSessionBusy("The message before this one is still being answered.")

    async def _follow(
        self, caller: Caller, message: ChatMessage, listener: Listener
    ) -> AsyncGenerator[Sequence[StreamEvent]]:
        """What another process tells, or told, of an answer."""
        reader, number = Reader(caller.actor, caller.infra, caller.origin), 0
        pause, checked = SHORTEST_PAUSE_SECONDS, 0.0
        while True:
            told, number = await queries.told(reader, message.id, number)
            heard = listener.hear((name, data) for name, data in told)
            if heard:
                yield heard
            if any(name == "close" for name, _ in told):
                return
            pause = SHORTEST_PAUSE_SECONDS if told else min(2 * pause, LONGEST_PAUSE_SECONDS)
            if time.monotonic() - checked > CHECK_SECONDS:
                checked = time.monotonic()
                if not await _is_told(caller, reader, message):
                    return
            await asyncio.sleep(pause)

    async def close(self) -> None:
        """End the answers that are being made; they have failed, and say so."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING_SECONDS)


async def _is_told(caller: Caller, reader: Reader, message: ChatMessage) -> bool:
    """Whether more can be told of an answer; one that nobody makes any more is settled, which tells its end."""
    await queries.watch(reader, message.id)
    async with caller.infra.open_scope(caller.actor, _quiet(caller)) as scope:
        session = await require_session(scope, str(message.session_id))
        await settle_interrupted(scope, session)
        current = await queries.find_message(scope, message.id)
        return current is not None and (
            current.status == queries.RUNNING or await queries.next_number(scope, message.id) > 0
        )


async def _listen(run: Run, listener: Listener) -> AsyncGenerator[Sequence[StreamEvent]]:
    """What this process tells of an answer."""
    index = 0
    run.listeners += 1
    try:
        while told := await run.told_from(index):
            index += len(told)
            heard = listener.hear(told)
            if heard:
                yield heard
    finally:
        run.leave()


async def _resumed(
    message_id: UUID, told: AsyncGenerator[Sequence[StreamEvent]]
) -> AsyncGenerator[Sequence[StreamEvent]]:
    try:
        yield [StreamEvent("connection", {"message_id": str(message_id), "status": "resumed"})]
        async for events in told:
            yield events
    finally:
        await told.aclose()


def _quiet(caller: Caller) -> RequestContext:
    """The request without its operation: it was recorded with the message."""
    return replace(caller.context, operation="", resource_id=None)
