"""Runs parsers of hostile bytes in child processes that are bounded, and killed when they go too far.

    async with Sandbox(preload=["aionserver.kit.pictures"]) as sandbox:
        derived = await sandbox.run(derive, path, timeout_seconds=30)

The function is named to the child, never sent. Its answer is read as plain data, so that a parser taken over
by its input does not take over its parent. A child reaches no network, writes no file and starts no program.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Self, TypeVar

from aionserver.infra.sandbox_errors import SandboxUnavailable
from aionserver.infra.sandbox_process import START_SECONDS, Job, Limits, SandboxProcess

MEBIBYTE: Final = 1 << 20
Result = TypeVar("Result")


class Sandbox:
    """`processes` warm children that run one function each at a time; waiting calls are served in turn."""

    def __init__(
        self,
        processes: int = 1,
        memory_bytes: int = 1024 * MEBIBYTE,
        preload: Sequence[str] = (),
        growth_bytes: int = 192 * MEBIBYTE,
    ) -> None:
        """A child may hold `memory_bytes`; one that a job left `growth_bytes` fatter is replaced after it."""
        limits = Limits(memory_bytes, growth_bytes, tuple(preload))
        self._processes = [SandboxProcess(limits) for _ in range(processes)]
        self._idle = list(self._processes)
        self._slots = asyncio.Semaphore(processes)
        # The threads live as long as the sandbox: the kernel ends a child with the thread that started it.
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="sandbox")
        self._closed = False

    async def run(self, function: Callable[..., Result], *arguments: Any, timeout_seconds: float) -> Result:
        """What an importable module-level function gives or raises; SandboxError where it is stopped.

        The time counts from its start, not from its wait for a free child. Cancelling ends the child.
        """
        async with self._slots:
            if self._closed:
                raise SandboxUnavailable("The sandbox is closed.")
            process = self._idle.pop()
            try:
                return await self._settled(process, Job(function, arguments, timeout_seconds))
            finally:
                self._idle.append(process)

    async def _settled(self, process: SandboxProcess, job: Job) -> Any:
        try:
            return await asyncio.wrap_future(self._threads.submit(process.call, job))
        except asyncio.CancelledError:
            process.abandon(job)
            raise

    async def warm(self) -> None:
        """Starts every child ahead of its first job."""
        await asyncio.gather(*(self.run(os.getpid, timeout_seconds=START_SECONDS) for _ in self._processes))

    async def close(self) -> None:
        """Ends all children; running and waiting jobs fail with SandboxUnavailable."""
        self._closed = True
        await asyncio.to_thread(self._close_all)

    def _close_all(self) -> None:
        for process in self._processes:
            process.close()
        self._threads.shutdown()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
