"""An answer in the making: the assistant works, what it does is told and kept, and the end is written down once."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from aionserver.domains.assistant.schemas import Answer, Event, Proposed, Question, Spent
from aionserver.domains.chat import queries
from aionserver.domains.chat.ending import Unkept, end_answer, end_early
from aionserver.domains.chat.errors import AnswerFailed, AnswerTookTooLong
from aionserver.domains.chat.interruptions import INTERRUPTED
from aionserver.domains.chat.narration import Narration, Told
from aionserver.infra.actors import Actor
from aionserver.infra.errors import AionError
from aionserver.infra.request_context import RequestContext
from aionserver.infra.scope import Infra
from aionserver.kit.ids import new_id

log = structlog.get_logger(__name__)
# So often what was told is kept for listeners at other processes.
KEEPING_SECONDS = 0.25
WATCHING_SECONDS = 1.0
# Events in order, of which the last is the answer or a plan.
AnswerTo = Callable[[Question], AsyncGenerator[Event]]


class Abandoned(Exception):
    """Nobody listens to the answer any more."""


@dataclass
class Run:
    """What was told of an answer that this process makes, for any number of listeners."""

    message_id: UUID = field(default_factory=new_id)
    told: list[Told] = field(default_factory=list[Told])
    # How it ended: told when the conversation is free for the next message.
    last: list[Told] = field(default_factory=list[Told])
    is_over: bool = False
    failure: AionError | None = None
    listeners: int = 0
    left_at: float = field(default_factory=time.monotonic)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, told: Sequence[Told]) -> None:
        """Tell it to all listeners."""
        self.told += told
        self._wake()

    def end(self) -> None:
        """Tell how it ended, and that nothing more will be told."""
        self.told += self.last
        self.is_over = True
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def told_from(self, index: int) -> Sequence[Told]:
        """What was told from an index on, as soon as there is some; nothing when it is over."""
        while len(self.told) <= index and not self.is_over:
            await self._news.wait()
        return self.told[index:]

    async def over(self) -> None:
        """Returns when nothing more will be told."""
        while not self.is_over:
            await self._news.wait()

    def leave(self) -> None:
        """One listener fewer."""
        self.listeners -= 1
        self.left_at = time.monotonic()


@dataclass
class Making:
    """The work on one answer, in whose name it is done; `context` has no operation, for asking was recorded."""

    infra: Infra
    actor: Actor
    context: RequestContext
    assistant: AnswerTo
    run: Run
    started: float = field(default_factory=time.perf_counter)
    _kept: int = 0
    _parts: int = 0

    def __post_init__(self) -> None:
        self.narration, self.spent = Narration(self.run.message_id), Spent()

    async def make(self, question: Question) -> None:
        """Tell the answer to its end, whatever that is."""
        self.spent = question.spent
        self.run.tell(self.narration.begin())
        try:
            end = await self._attended(question)
            await self._end(end)
        except Abandoned:
            await self._fail(None)
        except asyncio.CancelledError:
            await asyncio.shield(self._fail(INTERRUPTED))
            raise
        except AionError as error:
            await self._fail(error)
        except Exception:
            log.exception("answer_failed", message_id=str(self.run.message_id))
            await self._fail(AnswerFailed("Something went wrong on our side; the message can be sent again."))

    async def _attended(self, question: Question) -> Answer | Proposed:
        """How the assistant ends, while what it does is kept, its time counted, and somebody listens."""
        working = asyncio.ensure_future(self._work(question))
        try:
            while not (await asyncio.wait({working}, timeout=KEEPING_SECONDS))[0]:
                await self._keep()
                await self._require_listener()
                self._require_time()
            return working.result()
        finally:
            working.cancel()
            await asyncio.wait({working})

    async def _work(self, question: Question) -> Answer | Proposed:
        async with aclosing(self.assistant(question)) as events:
            async for event in events:
                self.run.tell(self.narration.tell(event))
                if isinstance(event, (Answer, Proposed)):
                    return event
                await asyncio.sleep(0)  # an assistant that awaits nothing holds up no other stream
        raise AnswerFailed("The assistant ended without an answer.")

    async def _keep(self) -> None:
        told = self.run.told[self._kept :]
        if told:
            await queries.keep_events(self.infra, self.actor.tenant_id, self.run.message_id, self._parts, told)
            self._kept, self._parts = self._kept + len(told), self._parts + 1

    async def _require_listener(self) -> None:
        grace = self.infra.settings.chat_resume_seconds
        if self.run.listeners or time.monotonic() - self.run.left_at < grace:
            return
        if not await queries.is_watched(self.infra, self.actor.tenant_id, self.run.message_id, grace):
            raise Abandoned
        self.run.left_at = time.monotonic() - grace + WATCHING_SECONDS

    def _require_time(self) -> None:
        most = self.infra.settings.chat_timeout_seconds
        if time.perf_counter() - self.started > most:
            raise AnswerTookTooLong(f"The answer was not whole after {most:.0f} seconds.")

    async def _end(self, end: Answer | Proposed) -> None:
        """Write the answer down, and tell its end."""
        last = self.narration.last_words(end)
        self.run.tell(last)
        async with self.infra.open_scope(self.actor, self.context) as scope:
            unkept = self.run.told[self._kept :]
            told = await end_answer(scope, self.narration, end, self.elapsed_ms, Unkept(self._parts, unkept))
        self.run.last = told

    async def _fail(self, error: AionError | None) -> None:
        """Write down that there is no answer, and tell so; None: nobody listened."""
        self.run.failure = error or INTERRUPTED
        told = self.narration.fail(self.run.failure)
        try:
            async with self.infra.open_scope(self.actor, self.context) as scope:
                unkept = [*self.run.told[self._kept :], *told]
                kept = Unkept(self._parts, unkept)
                await end_early(scope, self.narration, error, self.spent, self.elapsed_ms, kept)
        except Exception:
            # It stays marked as being made; whoever asks next finds that nobody makes it.
            log.exception("answer_not_ended", message_id=str(self.run.message_id))
        self.run.last = told

    @property
    def elapsed_ms(self) -> int:
        """How long the answer has taken so far."""
        return round((time.perf_counter() - self.started) * 1000)
