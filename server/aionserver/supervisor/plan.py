"""What a supervisor is to run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aionserver.infra.embedded_postgres import DatabaseUrls


@dataclass(frozen=True)
class Program:
    """A child to keep running: an absolute command line and its whole environment.

    One that `listens` inherits the listening socket, is the first to be started and the first to be stopped.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    listens: bool = False


@dataclass(frozen=True)
class Plan:
    """What to serve, and where; without `database`, PostgreSQL runs embedded in the data folder.

    prepare: runs in a thread once the database is up (migrations); until it is done, children wait at the gate.
    programs: gives the children, from the database's addresses and the listening socket's file descriptor.
    on_ready: gets the server's URL after the first 200 from its /health.
    """

    data_dir: Path
    host: str
    port: int
    prepare: Callable[[DatabaseUrls], None]
    programs: Callable[[DatabaseUrls, int], Sequence[Program]]
    on_ready: Callable[[str], None]
    database: DatabaseUrls | None = None
