"""One child process, and how long to wait before its next try."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from aionserver.infra.embedded_postgres.tether import tethered
from aionserver.infra.gate import VARIABLE as GATE
from aionserver.supervisor.plan import Program

STDERR = 2
FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 10.0
STEADY_SECONDS = 5.0  # what keeps failing as it starts does so sooner
DEATH_BY_KILL_SECONDS = 0.5


@dataclass
class Backoff:
    """The pause before a restart: doubled each time, short again after a steady run."""

    seconds: float = 0.0

    def after(self, alive_seconds: float) -> float:
        """The seconds to wait before restarting what lived this long."""
        if self.seconds == 0.0 or alive_seconds >= STEADY_SECONDS:
            self.seconds = FIRST_DELAY_SECONDS
        else:
            self.seconds = min(self.seconds * 2, LONGEST_DELAY_SECONDS)
        return self.seconds


class Child:
    """A running program, leader of a process group of its own; its words go to our stderr."""

    def __init__(self, program: Program, listener: int, gate: int) -> None:
        self.program = program
        self.exited = asyncio.Event()
        self.started = asyncio.get_running_loop().time()
        self._process = subprocess.Popen(
            tethered(program.argv, death_signal=signal.SIGKILL),  # a successor must find port and files free
            env={**program.env, GATE: str(gate)},
            stdin=subprocess.DEVNULL,
            stdout=STDERR,
            stderr=STDERR,
            pass_fds=(gate, listener) if program.listens else (gate,),
            start_new_session=True,  # Ctrl-C in a terminal is for us alone; we stop children in order
        )

    def __str__(self) -> str:
        return f"{self.program.name} (process {self._process.pid})"

    @property
    def returncode(self) -> int | None:
        """The exit status; the negative signal number after a signal; None while it runs."""
        return self._process.returncode

    def look(self) -> None:
        """Notices the end of the process, and ends what it left behind in its group."""
        if not self.exited.is_set() and self._process.poll() is not None:
            self.kill()
            self.exited.set()

    def terminate(self) -> None:
        """Asks the process, and it alone, to end in good order."""
        self._process.terminate()

    def kill(self) -> None:
        """Ends the process and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


async def stopped(children: Collection[Child], deadline: float) -> None:
    """Returns when all have ended: in good order before the deadline (loop time), or killed at it."""
    running = [child for child in children if not child.exited.is_set()]
    for child in running:
        child.terminate()
    await all_exited(running, deadline)
    for child in running:
        child.kill()
    await all_exited(running, deadline + DEATH_BY_KILL_SECONDS)


async def all_exited(children: Collection[Child], deadline: float) -> None:
    """Returns when all have ended or the deadline has passed."""
    with suppress(TimeoutError):
        async with asyncio.timeout_at(deadline):
            for child in children:
                await child.exited.wait()
