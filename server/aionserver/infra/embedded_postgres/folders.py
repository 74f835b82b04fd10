"""Where one embedded PostgreSQL keeps its files, and the short private folder for its socket."""

import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aionserver.infra.embedded_postgres.account import Account
from aionserver.infra.embedded_postgres.failures import EmbeddedPostgresError, tail

SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT_BYTES = 103  # macOS; Linux has 107
PRIVATE = 0o700
ENTERABLE = 0o711
KEPT_LOGS = 5


@dataclass(frozen=True)
class Home:
    """`<data_dir>/postgres`: ours, with the parts in it that belong to the account PostgreSQL runs as."""

    folder: Path

    @property
    def cluster(self) -> Path:
        """The database files."""
        return self.folder / "cluster"

    @property
    def draft(self) -> Path:
        """A cluster in the making; renamed to `cluster` when complete."""
        return self.folder / "cluster.new"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def configuration(self) -> Path:
        return self.folder / "postgresql.conf"

    @property
    def start_log(self) -> Path:
        """What PostgreSQL says before its own log is open."""
        return self.folder / "start.log"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    def create(self) -> None:
        """Makes the folder; nobody else may write to it, so that what lies in it can be trusted."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(ENTERABLE if os.geteuid() == 0 else PRIVATE)

    def prune_logs(self) -> None:
        """Removes all but the newest logs; each is bounded in size by the configuration."""
        for old in sorted(self.logs.glob("*.log"))[:-KEPT_LOGS]:
            old.unlink(missing_ok=True)

    def words_since(self, moment: float) -> str:
        """What PostgreSQL said at its start, and in its logs since `moment` (seconds since 1970)."""
        logs = [log for log in sorted(self.logs.glob("*.log")) if log.stat().st_mtime >= moment]
        return "".join(tail(log) for log in (self.start_log, *logs))

    @contextmanager
    def seen_by(self, account: Account) -> Generator["View", None, None]:
        """The folder as `account` can reach it, even below one that it may not enter, as /root."""
        if account.may_execute(self.folder):
            yield View(self.folder, ())
            return
        if sys.platform != "linux":
            raise EmbeddedPostgresError(f"PostgreSQL's user may not enter {self.folder}: choose another folder.")
        descriptor = os.open(self.folder, os.O_PATH | os.O_DIRECTORY)
        try:
            yield View(Path(f"/proc/self/fd/{descriptor}"), (descriptor,))
        finally:
            os.close(descriptor)


@dataclass(frozen=True)
class View:
    """A folder's path as a child sees it, and the file descriptors it must inherit for that."""

    folder: Path
    descriptors: tuple[int, ...]


def claim(folder: Path, account: Account) -> None:
    """Makes `folder` exist, private to `account`."""
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    if account.is_other:
        os.chown(folder, account.uid, account.gid)


def renewed_runtime_folder(home: Home, account: Account) -> Path:
    """An empty folder of ours with a short path, one per home, that `account` can enter."""
    runtime = runtime_folder(home, account)
    runtime.mkdir(mode=PRIVATE, exist_ok=True)
    status = runtime.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise EmbeddedPostgresError(
            f"{runtime} should hold PostgreSQL's socket but belongs to another user:"
            " remove it, or set TMPDIR to another short path."
        )
    runtime.chmod(ENTERABLE if account.is_other else PRIVATE)
    for left_over in runtime.iterdir():
        shutil.rmtree(left_over)
    return runtime


def runtime_folder(home: Home, account: Account) -> Path:
    """The path of the runtime folder: the temporary folder, or /tmp where that is too long or closed."""
    mark = hashlib.sha256(os.fsencode(home.folder.resolve())).hexdigest()[:12]
    name = f"aionvision-{os.geteuid()}-{mark}"
    for parent in (Path(tempfile.gettempdir()).resolve(), Path("/tmp")):  # noqa: S108  checked by its user
        socket = parent / name / "socket" / SOCKET_NAME
        if len(os.fsencode(socket)) <= SOCKET_PATH_LIMIT_BYTES and account.may_execute(parent):
            return parent / name
    raise EmbeddedPostgresError("PostgreSQL's socket needs a temporary folder with a short path: set TMPDIR.")
