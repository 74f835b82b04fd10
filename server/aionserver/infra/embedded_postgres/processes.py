"""PostgreSQL processes that an earlier run left behind in a cluster folder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

from aionserver.infra.embedded_postgres.failures import EmbeddedPostgresError

POLL_SECONDS = 0.02
ORPHANS_QUIT_SECONDS = 1.0
POSTMASTER_QUIT_SECONDS = 30.0
KILL_AFTER_QUIT_SECONDS = 5.0
GIVE_UP_AFTER_QUIT_SECONDS = 15.0


def settled(cluster: Path) -> Generator[float, None, None]:
    """Steps until no PostgreSQL of an earlier run works in `cluster` and no stale pid file is in the way.

    One that is still shutting down gets the time to finish; orphans of a killed one may work on for long.
    """
    postmaster = recorded_pid(cluster)
    left = processes_in(cluster)
    quit_after = POSTMASTER_QUIT_SECONDS if postmaster in left else ORPHANS_QUIT_SECONDS
    for pid in left:
        if pid == postmaster:
            tell(pid, signal.SIGINT)
    yield from outlasted(cluster, quit_after)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def outlasted(cluster: Path, quit_after_seconds: float) -> Generator[float, None, None]:
    """Steps until the processes in `cluster` are gone: by themselves, then by SIGQUIT, then by SIGKILL."""
    started = time.monotonic()
    due = [
        (quit_after_seconds, signal.SIGQUIT),
        (quit_after_seconds + KILL_AFTER_QUIT_SECONDS, signal.SIGKILL),
    ]
    while left := processes_in(cluster):
        elapsed = time.monotonic() - started
        if elapsed > quit_after_seconds + GIVE_UP_AFTER_QUIT_SECONDS:
            raise EmbeddedPostgresError(f"PostgreSQL of an earlier run does not end (processes {left}): kill it.")
        if due and elapsed >= due[0][0]:
            _, number = due.pop(0)
            for pid in left:
                tell(pid, number)
        yield POLL_SECONDS


def processes_in(cluster: Path) -> list[int]:
    """The ids of running PostgreSQL processes of `cluster`: all have it as their working folder."""
    if sys.platform != "linux":
        pid = recorded_pid(cluster)
        return [pid] if pid is not None and command_of(pid).endswith("postgres") else []
    running = [Path("/proc", name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208  half the time
    return [int(process.name) for process in running if works_in(process, cluster)]


def works_in(process: Path, cluster: Path) -> bool:
    """Whether the process of this /proc folder is a PostgreSQL with `cluster` as working folder."""
    try:
        program = str((process / "exe").readlink()).removesuffix(" (deleted)")
        return program.endswith("/postgres") and (process / "cwd").samefile(cluster)
    except OSError:  # it ended meanwhile, or belongs to someone else, or there is no cluster
        return False


def command_of(pid: int) -> str:
    """The program a process runs, where there is no /proc to read it from."""
    listing = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True)
    return listing.stdout.strip()


def recorded_pid(cluster: Path) -> int | None:
    """The process id in the cluster's pid file, however stale."""
    first = next(iter(pid_file_lines(cluster)), "")
    return int(first) if first.isdigit() else None


def pid_file_lines(cluster: Path) -> list[str]:
    """The lines of the cluster's pid file; none when there is no such file."""
    try:
        text = (cluster / "postmaster.pid").read_text(errors="replace")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines()]


def tell(pid: int, number: signal.Signals) -> None:
    """Sends a signal to a process that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
