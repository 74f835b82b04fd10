"""One event loop on which blocking calls run their coroutines: in the caller's thread, or in one of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
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

    While calls come one after the other, each runs the loop in its own thread: a hop to another thread and back takes
    longer than all else about a call. From the first call that overlaps another, or that comes from inside a running
    loop, a thread in the background runs it. A forked child, which has no copy of either, starts anew.
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
        try:
            return self._result(loop, coroutine)
        except (asyncio.CancelledError, concurrent.futures.CancelledError):
            if self._closed:
                raise RuntimeError("The client was closed during the call") from None
            raise

    def _result(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T]) -> T:
        if self._may_drive():
            try:
                return _driven(loop, coroutine)
            finally:
                self._driving.release()
        self._start_thread(loop)
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
        """Ends the loop and its thread; later calls fail. Closing twice does no harm."""
        self._closed = True
        loop, thread = self._loop, self._thread
        if self._pid != os.getpid() or loop is None:
            return
        if thread is not None:
            # a call in another thread, which may run the loop just now, ends when its task does
            loop.call_soon_threadsafe(_cancel_all)
            _stop(loop, self._ends)
            thread.join(_JOIN_SECONDS)
        elif not loop.is_closed():
            self._wind_up(loop)

    def _wind_up(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._driving.acquire(blocking=False):
            # a call in another thread ends when its task does
            order = loop.call_soon_threadsafe(_cancel_all)
            if not self._driving.acquire(timeout=_JOIN_SECONDS):
                return
            order.cancel()
        if asyncio._get_running_loop() is None:  # pyright: ignore[reportPrivateUsage]
            _finish_loop(loop)
            return
        thread = threading.Thread(target=_finish_loop, args=(loop,), name="aion-sync", daemon=True)
        thread.start()
        thread.join(_JOIN_SECONDS)

    def _abandon(self, items: AsyncIterator[Any]) -> None:
        # not awaited: the garbage collector may come here on any thread, the loop's own included
        loop = self._loop
        if loop is not None and not self._closed and self._pid == os.getpid() and not loop.is_closed():
            loop.call_soon_threadsafe(lambda: loop.create_task(_finish(items)))

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        # held by whoever runs the loop
        self._driving = threading.Lock()
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._thread: Optional[threading.Thread] = None
        # what the background thread waits for, once there is one
        self._ends: list[asyncio.Future[None]] = []

    def _ready_loop(self) -> asyncio.AbstractEventLoop:
        if self._closed:
            raise RuntimeError("The client is closed")
        if self._pid != os.getpid():
            self._reset()
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                # a client that is forgotten instead of closed must not leave its loop and thread behind
                weakref.finalize(self, _discard, self._loop, self._ends)
        if asyncio._get_running_loop() is self._loop:  # pyright: ignore[reportPrivateUsage]
            raise RuntimeError("A callback cannot make blocking calls on the client that called it")
        return self._loop

    def _may_drive(self) -> bool:
        """Whether this thread runs the loop now; it then holds `_driving`."""
        is_inside_a_loop = asyncio._get_running_loop() is not None  # pyright: ignore[reportPrivateUsage]
        return self._thread is None and not is_inside_a_loop and self._driving.acquire(blocking=False)

    def _start_thread(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            if self._thread is None:
                self._ends.append(loop.create_future())
                serving = (loop, self._driving, self._ends[0])
                self._thread = threading.Thread(target=_serve, args=serving, name="aion-sync", daemon=True)
                self._thread.start()


def _driven(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T]) -> T:
    task = loop.create_task(coroutine)
    try:
        return loop.run_until_complete(task)
    except BaseException:
        if not task.done():
            # the caller was interrupted, not the coroutine
            task.cancel()
            loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        raise


def _serve(loop: asyncio.AbstractEventLoop, driving: threading.Lock, end: asyncio.Future[None]) -> None:
    with driving:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(end)
        finally:
            _finish_loop(loop)


def _finish_loop(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(_end_tasks())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


async def _end_tasks() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()


def _cancel_all() -> None:
    for task in asyncio.all_tasks():
        task.cancel()


def _stop(loop: asyncio.AbstractEventLoop, ends: list[asyncio.Future[None]]) -> None:
    for end in ends:
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, end)


def _resolve(end: asyncio.Future[None]) -> None:
    if not end.done():
        end.set_result(None)


def _discard(loop: asyncio.AbstractEventLoop, ends: list[asyncio.Future[None]]) -> None:
    if ends:
        _stop(loop, ends)
    elif not loop.is_running() and not loop.is_closed():
        loop.close()


async def _next(items: AsyncIterator[T]) -> T:
    try:
        return await items.__anext__()
    except StopAsyncIteration:
        return _END


async def _finish(items: AsyncIterator[Any]) -> None:
    close = getattr(items, "aclose", None)
    if close is not None:
        await close()
