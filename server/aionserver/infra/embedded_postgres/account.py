"""The operating-system user PostgreSQL runs as: ourselves, or an unprivileged one when we are root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from aionserver.infra.embedded_postgres.failures import EmbeddedPostgresError

ROOT = 0
UNPRIVILEGED_NAMES = ("aionvision", "nobody", "daemon")


@dataclass(frozen=True)
class Account:
    """A user by id, and whether it is another than the one we run as."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """True when programs must change their user to run as this one."""
        return self.uid != os.geteuid()

    def may_execute(self, path: Path) -> bool:
        """Whether this user may run the program, or enter the folder, at `path`."""
        if not self.is_other:
            return os.access(path, os.X_OK)
        # Asked of the system as that user: modes alone do not tell of ACLs, mount options and parent folders.
        test = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
        return subprocess.run(test, user=self.uid, group=self.gid, extra_groups=[]).returncode == 0


def account_for(cluster: Path) -> Account:
    """Whoever owns `cluster` already, else ourselves, else (as root) an unprivileged user of this system."""
    if cluster.exists():
        return owner_of(cluster)
    if os.geteuid() == ROOT:
        return unprivileged_account()
    return Account(os.geteuid(), os.getegid())


def owner_of(cluster: Path) -> Account:
    """The owner of an existing cluster, where we may act as that user."""
    status = cluster.stat()
    if status.st_uid == ROOT or os.geteuid() not in (ROOT, status.st_uid):
        raise EmbeddedPostgresError(
            f"{cluster} belongs to the user {name_of(status.st_uid)}, and PostgreSQL cannot run as that user"
            " from here: start as the user who started it first, or give the folder to an ordinary user."
        )
    return Account(status.st_uid, status.st_gid)


def unprivileged_account() -> Account:
    """The first of the usual unprivileged users that this system has."""
    for name in UNPRIVILEGED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root and this system has no unprivileged user for it:"
        " run `useradd --system aionvision`, or start as an ordinary user."
    )


def require_named(account: Account) -> None:
    """Raises where the user has no name: PostgreSQL's initdb insists on one."""
    if name_of(account.uid) == str(account.uid):
        raise EmbeddedPostgresError(
            f"The user id {account.uid} has no name in /etc/passwd, and PostgreSQL needs one to create its"
            " files: add an entry for it, start as another user, or set DATABASE_URL."
        )


def name_of(uid: int) -> str:
    """The user's name, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
