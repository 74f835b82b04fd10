"""Making a cluster of database files that is either complete or not there."""

import shutil
from collections.abc import Generator

from aionserver.infra.durable_files import sync_folder
from aionserver.infra.embedded_postgres.account import require_named
from aionserver.infra.embedded_postgres.failures import EmbeddedPostgresError
from aionserver.infra.embedded_postgres.folders import Home, claim
from aionserver.infra.embedded_postgres.processes import settled
from aionserver.infra.embedded_postgres.programs import MAJOR_VERSION, Programs

OWNER = "aion_owner"
APPLICATION = "aion_app"
DATABASE = "aion"

# One statement a line; in template1, so that the database made from it has the extension too.
FOUNDATION = f"""\
CREATE EXTENSION vector;
CREATE ROLE {APPLICATION} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE DATABASE {DATABASE};
"""


def created(programs: Programs, *, durable: bool) -> Generator[float, None, None]:
    """Steps that make the cluster: a draft beside it, complete with roles and database, then a rename."""
    home = programs.home
    require_named(programs.account)
    if home.draft.exists():  # an earlier first start was killed half way
        yield from settled(home.draft)
        shutil.rmtree(home.draft)
    claim(home.draft, programs.account)
    draft = str(programs.view.folder / home.draft.name)
    sync = () if durable else ("--no-sync",)
    yield from programs.run("initdb", "-D", draft, *initdb_options(), *sync)
    fsync = f"fsync={'on' if durable else 'off'}"
    stop_at_errors = ("-c", "exit_on_error=on", "-c", fsync)
    yield from programs.run("postgres", "--single", "-D", draft, *stop_at_errors, "template1", stdin=FOUNDATION)
    home.draft.rename(home.cluster)
    sync_folder(home.folder)


def initdb_options() -> tuple[str, ...]:
    """The same text order on every machine; the socket's folder decides who may connect."""
    locale = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
    return (*locale, f"--username={OWNER}", "--auth=trust", "--no-instructions")


def require_version(home: Home) -> None:
    """Raises when the cluster was made by another major version than the binaries here."""
    version = (home.cluster / "PG_VERSION").read_text().strip()
    if version != MAJOR_VERSION:
        raise EmbeddedPostgresError(
            f"{home.cluster} was made by PostgreSQL {version}, and this release brings {MAJOR_VERSION}:"
            " start it with the release that made it, take a backup there and restore it here."
        )
