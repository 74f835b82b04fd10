"""The child half of the sandbox: bounds itself, then runs one named function after another.

Started by `sandbox_process` as `python -m aionserver.infra.sandbox_child FD PARENT_PID LIMITS`.
"""

import ctypes
import json
import math
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterable
from importlib import import_module
from io import FileIO
from pathlib import Path
from typing import Any, Final

from aionserver.infra.sandbox_wire import packed, trusted, unpacked_parts

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
MOST_FILES: Final = 64
MOST_REQUEST_BYTES: Final = 1 << 30

DENIED_EVENTS: Final = (
    "socket.",
    "subprocess.",
    *(f"os.{name}" for name in ("system", "exec", "posix_spawn", "fork", "kill")),
    *(f"os.{name}" for name in ("remove", "rename", "rmdir", "mkdir", "link", "symlink", "truncate", "ch")),
)
WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main() -> None:
    channel = FileIO(int(sys.argv[1]), "r+")
    limits = json.loads(sys.argv[3])
    _leave_network()
    _die_with(int(sys.argv[2]))
    try:
        for module in limits["preload"]:
            import_module(module)
        _bound(limits["memory_bytes"])
    except (Exception, SystemExit) as fault:  # noqa: BLE001 - the parent has to be told, whatever it is
        _send(channel, packed(("fault", f"{type(fault).__name__}: {fault}", 0)))
        return
    _send(channel, packed(("ready", None, _memory_bytes()[1])))
    _serve(channel)


def _serve(channel: FileIO) -> None:
    while True:
        try:
            parts = unpacked_parts(channel.readinto, MOST_REQUEST_BYTES)
        except EOFError:
            return
        _send(channel, _answer(parts))


def _answer(parts: list[bytearray]) -> Iterable[memoryview]:
    """The reply to one request: its kind, its payload, and the memory held after it."""
    try:
        function, arguments, timeout_seconds = trusted(parts)
        parts.clear()
        _bound_cpu(timeout_seconds)
        return list(packed(("value", function(*arguments), _memory_bytes()[1])))
    except MemoryError:
        return packed(("memory", None, 0))
    except Exception as error:  # noqa: BLE001 - every fault of a parser is an answer
        return _faulty(error)


def _faulty(error: Exception) -> Iterable[memoryview]:
    trace = "".join(traceback.format_exception(error))[-4000:]
    if type(error).__module__.split(".")[0] in ("builtins", "aionserver"):
        error.add_note(trace)
        try:
            return list(packed(("error", error, _memory_bytes()[1])))
        except Exception as unsendable:  # noqa: BLE001 - pickling runs code of the error's own
            trace += f"\n{unsendable}"
    return packed(("fault", trace, _memory_bytes()[1]))


def _send(channel: FileIO, pieces: Iterable[memoryview]) -> None:
    for piece in pieces:
        while piece:
            piece = piece[channel.write(piece) or 0 :]


def _die_with(parent: int) -> None:
    """Ends this process with its parent, and leaves the signals of terminal and service manager to it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def _leave_network() -> None:
    """Moves into an empty network where the kernel lets us; in many containers it does not."""
    if sys.platform == "linux":
        # Root needs no user namespace for it, and would lose its access to files of others by one.
        ctypes.CDLL(None).unshare(CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET)


def _bound(memory_bytes: int) -> None:
    """No more memory, files, processes or connections than a parser needs; nothing is left behind on disk."""
    mapped, resident = _memory_bytes()
    if sys.platform == "linux":
        # Mapped libraries count in full although little of them is ever resident.
        most = mapped + max(memory_bytes - resident, 0)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_FILES, MOST_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(DENIED_EVENTS):
        raise PermissionError(f"{event} is not for the sandbox.")
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING:
        raise PermissionError("The sandbox only reads files.")


def _bound_cpu(timeout_seconds: float) -> None:
    """The kernel's own stop for a job, should the parent be too busy to see to it."""
    most = math.ceil(time.process_time() + timeout_seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def _memory_bytes() -> tuple[int, int]:
    """Mapped and resident bytes of this process; zeros where the system does not say."""
    statistics = Path("/proc/self/statm")
    if not statistics.exists():
        return 0, 0
    mapped, resident = statistics.read_text().split()[:2]
    return int(mapped) * resource.getpagesize(), int(resident) * resource.getpagesize()


if __name__ == "__main__":
    main()
