"""The parent half of one sandbox process: starts it, sends it jobs, and ends it when it goes too far."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from aionserver.infra.sandbox_errors import (
    SandboxCrashed,
    SandboxOutOfMemory,
    SandboxTimeout,
    SandboxUnavailable,
)
from aionserver.infra.sandbox_wire import packed, unpacked_parts, untrusted

START_SECONDS: Final = 60.0
END_SECONDS: Final = 10.0
SOCKET_BYTES: Final = 1 << 20
STOPPING: Final = "The job was given up because the server is stopping."


@dataclass(frozen=True)
class Limits:
    memory_bytes: int
    growth_bytes: int
    preload: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Job:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    timeout_seconds: float
    abandoned: threading.Event = field(default_factory=threading.Event)


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    channel: socket.socket
    resident_bytes: int = 0


class SandboxProcess:
    """A child that is started when first needed and replaced when it was killed, crashed or grew too much.

    `call` blocks and is meant for a thread; `abandon` and `close` may come from any other one meanwhile.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._job: Job | None = None
        self._child: _Child | None = None
        self._spoiled = False
        self._closed = False

    def call(self, job: Job) -> Any:
        """What the function gave or raised in the child; a SandboxError where it came to neither."""
        with self._turn:
            with self._guard:
                self._job = job
            try:
                return self._run(job)
            finally:
                with self._guard:
                    self._job = None

    def abandon(self, job: Job) -> None:
        """Ends the child if it is at this job, and keeps it from starting it."""
        job.abandoned.set()
        with self._guard:
            if self._job is job:
                self._kill()

    def close(self) -> None:
        """Ends the child for good; a job it is at fails with SandboxUnavailable."""
        with self._guard:
            self._closed = True
            self._kill()
        with self._turn:
            self._end()

    def _kill(self) -> None:
        self._spoiled = True
        if self._child is not None:
            self._child.process.kill()

    def _run(self, job: Job) -> Any:
        child = self._ready(job)
        deadline = time.monotonic() + job.timeout_seconds
        try:
            request = packed((job.function, job.arguments, job.timeout_seconds))
            kind, payload, resident_bytes = self._exchange(child, request, deadline)
        except TimeoutError:
            self._end()
            raise SandboxTimeout.after(job.timeout_seconds) from None
        except (EOFError, ConnectionError):
            raise self._death(job) from None
        if kind == "memory" or resident_bytes - child.resident_bytes > self._limits.growth_bytes:
            self._end()
        return self._result(kind, payload)

    def _result(self, kind: str, payload: Any) -> Any:
        match kind:
            case "value":
                return payload
            case "error":
                raise payload
            case "memory":
                raise SandboxOutOfMemory.beyond(self._limits.memory_bytes)
            case _:
                raise SandboxCrashed.because(str(payload))

    def _exchange(self, child: _Child, request: Iterable[memoryview], deadline: float) -> tuple[str, Any, int]:
        """Sends a request, if there is one, and gives the answer."""
        for piece in request:
            child.channel.settimeout(_left(deadline))
            child.channel.sendall(piece)

        def read_into(target: memoryview) -> int:
            child.channel.settimeout(_left(deadline))
            return child.channel.recv_into(target)

        try:
            kind, payload, resident_bytes = untrusted(unpacked_parts(read_into, self._limits.memory_bytes))
        except (EOFError, OSError):
            raise
        except Exception as fault:
            self._end()
            raise SandboxCrashed.because(f"The answer can't be read: {fault!r}") from fault
        return kind, payload, resident_bytes

    def _death(self, job: Job) -> Exception:
        """The error for a child that is gone in the middle of a job."""
        status = self._end(grace_seconds=END_SECONDS)
        if self._closed or job.abandoned.is_set():
            return SandboxUnavailable(STOPPING)
        if status == -signal.SIGKILL:
            return SandboxOutOfMemory.beyond(self._limits.memory_bytes)
        if status == -signal.SIGXCPU:
            return SandboxTimeout.after(job.timeout_seconds)
        return SandboxCrashed.because(f"The child ended with status {status}.")

    def _ready(self, job: Job) -> _Child:
        """A child that waits for a job."""
        with self._guard:
            child, usable = self._child, not self._spoiled
            if self._closed or job.abandoned.is_set():
                raise SandboxUnavailable(STOPPING)
        if child is not None and usable and child.process.poll() is None:
            return child
        self._end()
        return self._start(job)

    def _start(self, job: Job) -> _Child:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
        with theirs:
            child = _Child(_spawn(theirs.fileno(), self._limits), ours)
        with self._guard:
            self._child, self._spoiled = child, False
            if self._closed or job.abandoned.is_set():
                self._kill()
        try:
            kind, payload, resident = self._exchange(child, (), time.monotonic() + START_SECONDS)
        except (EOFError, OSError) as fault:
            self._end()
            raise SandboxUnavailable("The sandbox process did not start.") from fault
        if kind != "ready":
            self._end()
            raise SandboxUnavailable(f"The sandbox process did not start: {payload}")
        child.resident_bytes = resident
        return child

    def _end(self, grace_seconds: float = 0.0) -> int | None:
        """Reaps the child, killing it after the grace; gives its exit status, negative for a signal."""
        with self._guard:
            child, self._child = self._child, None
        if child is None:
            return None
        child.channel.close()
        try:
            return child.process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            child.process.kill()
        return child.process.wait(END_SECONDS)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _spawn(channel: int, limits: Limits) -> subprocess.Popen[bytes]:
    """A fresh interpreter with nothing of ours but the module path: no secrets, no open files."""
    settings = json.dumps(asdict(limits))
    child_module = "aionserver.infra.sandbox_child"
    return subprocess.Popen(
        [sys.executable, "-P", "-m", child_module, str(channel), str(os.getpid()), settings],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(channel,),
        # Ctrl-C in a terminal goes to the whole group; a job must not look crashed because of it.
        start_new_session=True,
        env={
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
        },
    )
