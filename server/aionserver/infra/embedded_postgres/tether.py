"""A program that ends when the process that started it ends, however that happens.

Run as `python -I -S tether.py PARENT_PID SIGNAL UID GID PROGRAM [ARGUMENT ...]`, it becomes PROGRAM.
A script instead of a `preexec_fn`, because Python code between fork and exec is unsafe beside threads.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
KEEP = -1
"""Instead of a user or group id: stay the one we are."""


def tethered(argv: Sequence[str], *, death_signal: signal.Signals, uid: int = KEEP, gid: int = KEEP) -> list[str]:
    """The command line that runs `argv` as the given user and sends it `death_signal` when we die.

    "We" is the calling thread, so call this from one that lives as long as the process: the main thread.
    """
    launcher = [sys.executable, "-I", "-S", __file__]
    return [*launcher, str(os.getpid()), str(int(death_signal)), str(uid), str(gid), *argv]


def become(parent_pid: int, death_signal: int, uid: int, gid: int, argv: list[str]) -> None:
    """Never returns: this process is then the program `argv`."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores both, and exec hands that on
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    if uid != KEEP:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":  # after the change of user, which clears it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() == parent_pid:  # else the parent died before the signal was set
        os.execv(argv[0], argv)  # noqa: S606  no shell is meant


def main() -> None:
    """Exits with 1 when the parent is gone, with 126 and a sentence when the program cannot be run."""
    try:
        parent_pid, death_signal, uid, gid = (int(number) for number in sys.argv[1:5])
        become(parent_pid, death_signal, uid, gid, sys.argv[5:])
    except OSError as error:
        sys.stderr.write(f"cannot run {sys.argv[5]} as user id {sys.argv[3]}: {error}\n")
        sys.exit(126)
    sys.exit(1)


if __name__ == "__main__":
    main()
