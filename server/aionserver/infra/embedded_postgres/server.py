"""The life of one embedded PostgreSQL: start, readiness, stop."""

import fcntl
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import quote

from aionserver.infra.embedded_postgres.account import account_for
from aionserver.infra.embedded_postgres.cluster import (
    APPLICATION,
    DATABASE,
    OWNER,
    created,
    require_version,
)
from aionserver.infra.embedded_postgres.configuration import configuration
from aionserver.infra.embedded_postgres.failures import EmbeddedPostgresError, failure
from aionserver.infra.embedded_postgres.folders import Home, claim, renewed_runtime_folder, runtime_folder
from aionserver.infra.embedded_postgres.processes import (
    pid_file_lines,
    processes_in,
    recorded_pid,
    settled,
)
from aionserver.infra.embedded_postgres.programs import POLL_SECONDS, Programs, reachable_binaries

Result = TypeVar("Result")

PID_FILE_SOCKET_LINE = 4
PID_FILE_STATUS_LINE = 7
RECOVERY_SECONDS = 300.0
LAST_RESORT_SECONDS = 0.5
CLOCK_SLACK_SECONDS = 0.1


@dataclass(frozen=True)
class DatabaseUrls:
    """`owner` for migrations (a superuser), `application` for everything else (owns nothing)."""

    owner: str
    application: str


class EmbeddedPostgres:
    """A PostgreSQL server whose files lie in `<data_dir>/postgres`; use it from the main thread.

    `durable=False` gives up safety against power cuts for speed: for tests.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._home = Home(data_dir.absolute() / "postgres")
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._launched = 0.0
        self._runtime: Path | None = None
        self._lock: BinaryIO | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id once it has been started."""
        return self._process and self._process.pid

    def addresses(self) -> DatabaseUrls:
        """Where the server will be once it is started: the same at every start."""
        return urls_on(runtime_folder(self._home, account_for(self._home.cluster)) / "socket")

    def alive(self) -> bool:
        """Whether the server's process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> DatabaseUrls:
        """The server's addresses, once it takes connections."""
        return driven(self.starting())

    def stop(self, timeout_seconds: float = 8.0) -> None:
        """Returns when the server has ended: in good order, or by force when the time is up."""
        driven(self.stopping(timeout_seconds))

    def starting(self) -> Generator[float, None, DatabaseUrls]:
        """`start` as steps: each gives the seconds to wait before the next, as an event loop needs."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("PostgreSQL ends with the thread that starts it: start it from the main thread")
        try:
            self._take_lock()
            return (yield from self._brought_up())
        except OSError as error:
            raise failure(str(error), self._home.folder) from error
        finally:
            if not self.alive():
                self._clean_up()

    def stopping(self, timeout_seconds: float) -> Generator[float, None, None]:
        """`stop` as steps."""
        deadline = time.monotonic() + timeout_seconds
        process = self._process
        if process is not None:
            for number, until in (
                (signal.SIGINT, deadline - LAST_RESORT_SECONDS),
                (signal.SIGQUIT, deadline),
            ):
                yield from told_to_end(process, number, until)
            process.kill()
            process.wait()
        self._clean_up()

    def prune_logs(self) -> None:
        """Keeps the logs within about 60 MB; call it now and then."""
        self._home.prune_logs()

    def _brought_up(self) -> Generator[float, None, DatabaseUrls]:
        account = account_for(self._home.cluster)
        self._runtime = runtime = renewed_runtime_folder(self._home, account)
        installation = reachable_binaries(account, runtime)
        with self._home.seen_by(account) as view:
            programs = Programs(installation, account, self._home, view)
            if not self._home.cluster.exists():
                yield from created(programs, durable=self._durable)
            require_version(self._home)
            yield from settled(self._home.cluster)
            self._launch(programs, runtime / "socket")
        yield from self._ready()
        return urls_on(runtime / "socket")

    def _launch(self, programs: Programs, socket_folder: Path) -> None:
        home, view = self._home, programs.view.folder
        claim(socket_folder, programs.account)
        claim(home.logs, programs.account)
        home.prune_logs()
        settings = configuration(view / home.logs.name, socket_folder, durable=self._durable)
        home.configuration.write_text(settings)
        home.configuration.chmod(0o644)
        files = ("-D", str(view / home.cluster.name), "-c", f"config_file={view / home.configuration.name}")
        self._launched = time.time() - CLOCK_SLACK_SECONDS
        with home.start_log.open("wb") as output:
            self._process = programs.spawn("postgres", *files, death_signal=signal.SIGINT, output=output)

    def _ready(self) -> Generator[float, None, None]:
        """Steps until PostgreSQL's pid file says it takes connections; cheaper than trying to connect."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while self.alive():
            lines = pid_file_lines(self._home.cluster)
            if lines[:1] == [str(self.pid)] and lines[PID_FILE_STATUS_LINE:] == ["ready"]:
                return
            if time.monotonic() > deadline:
                yield from self.stopping(LAST_RESORT_SECONDS)
                raise EmbeddedPostgresError(f"PostgreSQL was not ready after {RECOVERY_SECONDS:.0f} s.")
            yield POLL_SECONDS
        raise failure(self._home.words_since(self._launched), self._home.folder)

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        self._home.create()
        self._lock = self._home.lock.open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._release_lock()
            raise EmbeddedPostgresError(
                f"PostgreSQL in {self._home.folder} is already run by another process."
            ) from error

    def _clean_up(self) -> None:
        if self._runtime is not None:
            shutil.rmtree(self._runtime)
            self._runtime = None
        self._release_lock()

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def told_to_end(process: subprocess.Popen[bytes], number: signal.Signals, until: float) -> Generator[float, None, None]:
    """Steps that send the signal and wait for the end of the process, until the given time at most."""
    if process.poll() is None:
        process.send_signal(number)
    while process.poll() is None and time.monotonic() < until:
        yield POLL_SECONDS


def driven(steps: Generator[float, None, Result]) -> Result:
    """What the steps return, after sleeping as they ask."""
    try:
        while True:
            time.sleep(next(steps))
    except StopIteration as done:
        return done.value


def urls_on(socket_folder: Path) -> DatabaseUrls:
    """The addresses over a socket; the port is named lest PGPORT set another."""
    place = f"@/{DATABASE}?host={quote(str(socket_folder))}&port=5432"
    return DatabaseUrls(owner=f"postgresql://{OWNER}{place}", application=f"postgresql://{APPLICATION}{place}")


def urls_of_running(data_dir: Path) -> DatabaseUrls | None:
    """The addresses of the server that another process runs in `data_dir` now, if one does."""
    cluster = Home(data_dir.absolute() / "postgres").cluster
    try:
        lines = pid_file_lines(cluster)
    except PermissionError as error:
        raise EmbeddedPostgresError(f"{cluster} belongs to another user: run this as the user who serves.") from error
    if lines[PID_FILE_STATUS_LINE:] != ["ready"] or recorded_pid(cluster) not in processes_in(cluster):
        return None
    return urls_on(Path(lines[PID_FILE_SOCKET_LINE]))
