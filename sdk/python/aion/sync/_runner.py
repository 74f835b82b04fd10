"""One background thread with one event loop, on which blocking calls run their coroutines."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, Optional, TypeVar

T = TypeVar("T")

_JOIN_SECONDS = 10.0
_END: Any = object()


class LoopRunner:
    """Runs coroutines for callers that cannot await, also from inside another running loop.

    The thread starts with the first call. A forked child, which has no copy of it, starts one of its own.
    """

    def __init__(self) -> None:
        self._reset()
        self._closed = False

    @property
    def loop(self) -> Optional[asyncio.AbstractEventLoop]:
        """The loop in use; None before the first call."""
        return self._loop

    @property
    def is_closed(self) -> bool:
        return self._closed

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The coroutine's result. An interrupted caller cancels it."""
        try:
            loop = self._ready_loop()
        except RuntimeError:
            coroutine.close()
            raise
        future = asyncio.run_coroutine_threadsafe(coroutine, loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def iterate(self, items: AsyncIterator[T]) -> Iterator[T]:
        """The items of an asynchronous iterator, each fetched when it is asked for."""
        try:
            while (item := self.run(_next(items))) is not _END:
                yield item
        except GeneratorExit:
            self._abandon(items)
            raise

    def close(self) -> None:
        """Ends the thread; later calls fail. Closing twice does no harm."""
        self._closed = True
        loop, thread = self._loop, self._thread
        if self._pid != os.getpid() or loop is None or thread is None:
            return
        _stop(loop)
        thread.join(_JOIN_SECONDS)

    def _abandon(self, items: AsyncIterator[Any]) -> None:
        # not awaited: the garbage collector may come here on any thread, the loop's own included
        loop = self._loop
        if loop is not None and not self._closed and self._pid == os.getpid():
            asyncio.run_coroutine_threadsafe(_finish(items), loop)

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._thread: Optional[threading.Thread] = None

    def _ready_loop(self) -> asyncio.AbstractEventLoop:
        if self._closed:
            raise RuntimeError("The client is closed")
        if self._pid != os.getpid():
            self._reset()
        with self._lock:
            if self._loop is None:
                self._loop, self._thread = _start()
                # a client that is forgotten instead of closed must not leave its thread behind
                weakref.finalize(self, _stop, self._loop)
        if self._thread is threading.current_thread():
            raise RuntimeError("A callback cannot make blocking calls on the client that called it")
        return self._loop


def _start() -> tuple[asyncio.AbstractEventLoop, threading.Thread]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_serve, args=(loop,), name="aion-sync", daemon=True)
    thread.start()
    return loop, thread


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(_wind_up())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _wind_up() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()


def _stop(loop: asyncio.AbstractEventLoop) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(loop.stop)


async def _next(items: AsyncIterator[T]) -> T:
    try:
        return await items.__anext__()
    except StopAsyncIteration:
        return _END


async def _finish(items: AsyncIterator[Any]) -> None:
    close = getattr(items, "aclose", None)
    if close is not None:
        await close()
