"""The supervisor's loop: start in order, restart what dies, stop in order.

The listening socket is opened here and inherited, so that connections wait while an api process restarts.
"""

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar, cast

from aionserver.infra.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from aionserver.infra.gate import Gate
from aionserver.supervisor.children import Backoff, Child, stopped
from aionserver.supervisor.doors import first_health, listening, locked, url_of
from aionserver.supervisor.plan import Plan, Program

log = logging.getLogger(__name__)
Result = TypeVar("Result")

STOP_SECONDS = 9.5
API_SECONDS = 4.0
WORKERS_SECONDS = 7.0
FIRST_HEALTH_SECONDS = 10.0
LOG_PRUNING_SECONDS = 600.0


class Supervisor:
    """Runs a plan until SIGTERM or SIGINT."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._postgres = None if plan.database else EmbeddedPostgres(plan.data_dir)
        self._postgres_exited = asyncio.Event()
        self._children: dict[str, Child] = {}
        self._gate = Gate()

    def run(self) -> None:
        """Returns after a clean stop; raises when something cannot be started at all. Main thread only."""
        with locked(self._plan.data_dir), listening(self._plan.host, self._plan.port) as listener:
            asyncio.run(self._run(listener))

    async def _run(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        asked_to_stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, asked_to_stop.set)
        loop.add_signal_handler(signal.SIGCHLD, self._look)
        serving = asyncio.create_task(self._serve(listener))
        asking = asyncio.create_task(asked_to_stop.wait())
        await asyncio.wait({serving, asking}, return_when=asyncio.FIRST_COMPLETED)
        began = loop.time()
        error = await given_up(serving, asking)
        await self._stop(began)
        self._gate.close()
        if error is not None:
            raise error

    def _look(self) -> None:
        for child in self._children.values():
            child.look()
        if self._postgres and not self._postgres.alive():
            self._postgres_exited.set()

    async def _serve(self, listener: socket.socket) -> None:
        async with asyncio.TaskGroup() as group:
            urls = self._plan.database or self._embedded().addresses()
            programs = self._plan.programs(urls, listener.fileno())
            for program in programs:
                if program.listens:
                    group.create_task(self._keep(program, listener.fileno()))
            await asyncio.sleep(0)  # so that they are started, and load while the database is made ready
            if self._postgres:
                await self._start_postgres()
                group.create_task(self._keep_postgres(self._postgres))
                group.create_task(self._prune_logs(self._postgres))
            await in_thread(lambda: self._plan.prepare(urls))
            self._gate.open()
            with suppress(TimeoutError):
                await asyncio.wait_for(first_health(listener), FIRST_HEALTH_SECONDS)
            # Only now, for who has just started it waits for an answer: loading would take the processor from that.
            for program in programs:
                if not program.listens:
                    group.create_task(self._keep(program, listener.fileno()))
            await first_health(listener)
            self._plan.on_ready(url_of(listener))

    def _embedded(self) -> EmbeddedPostgres:
        assert self._postgres is not None, "there is one wherever the plan names no database"
        return self._postgres

    async def _start_postgres(self) -> None:
        await driven(self._embedded().starting())
        self._postgres_exited.clear()
        self._look()

    async def _keep(self, program: Program, listener: int) -> None:
        backoff = Backoff()
        while True:
            child = self._children[program.name] = Child(program, listener, self._gate.descriptor)
            await child.exited.wait()
            pause = backoff.after(asyncio.get_running_loop().time() - child.started)
            log.warning("%s ended with %s; next try in %.1f s", child, child.returncode, pause)
            await asyncio.sleep(pause)

    async def _keep_postgres(self, postgres: EmbeddedPostgres) -> None:
        loop = asyncio.get_running_loop()
        backoff, started = Backoff(), loop.time()
        while True:
            await self._postgres_exited.wait()
            pause = backoff.after(loop.time() - started)
            log.warning("PostgreSQL (process %s) ended; next try in %.1f s", postgres.pid, pause)
            await asyncio.sleep(pause)
            started = loop.time()
            try:
                await self._start_postgres()
            except EmbeddedPostgresError as error:
                log.error("%s", error.message)

    async def _prune_logs(self, postgres: EmbeddedPostgres) -> None:
        while True:
            await asyncio.sleep(LOG_PRUNING_SECONDS)
            postgres.prune_logs()

    async def _stop(self, began: float) -> None:
        """Api processes first, that nothing new comes in; workers; the database last."""
        children = self._children.values()
        await stopped([child for child in children if child.program.listens], began + API_SECONDS)
        await stopped([child for child in children if not child.program.listens], began + WORKERS_SECONDS)
        if self._postgres:
            left_seconds = began + STOP_SECONDS - asyncio.get_running_loop().time()
            await driven(self._postgres.stopping(left_seconds))


async def given_up(serving: asyncio.Task[None], asking: asyncio.Task[bool]) -> BaseException | None:
    """The error that ended `serving`, if one did; after this both tasks are over."""
    serving.cancel()
    asking.cancel()
    error, _ = await asyncio.gather(serving, asking, return_exceptions=True)
    return None if isinstance(error, asyncio.CancelledError) else root_of(error)


def root_of(error: BaseException | None) -> BaseException | None:
    """The first single error in what may be a group of groups."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


async def driven(steps: Generator[float, None, Result]) -> Result:
    """What the steps return, after sleeping as they ask."""
    try:
        while True:  # noqa: ASYNC110  the steps look at processes and files, which set no event
            await asyncio.sleep(next(steps))
    except StopIteration as done:
        return done.value
    finally:
        steps.close()


async def in_thread(work: Callable[[], None]) -> None:
    """Returns when `work` has ended in a thread that, unlike an executor's, does not keep us from exiting."""
    outcome: Future[None] = Future()
    outcome.set_running_or_notify_cancel()

    def do() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001  raised again where it is awaited
            outcome.set_exception(error)

    threading.Thread(target=do, daemon=True, name="prepare").start()
    await asyncio.wrap_future(outcome)
