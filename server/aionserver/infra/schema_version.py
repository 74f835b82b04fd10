"""Whether the database has the newest schema, asked without loading what would change it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import psycopg

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
_NAMED = re.compile(r'^(revision|down_revision) = (?:"(\w+)"|None)', re.MULTILINE)


@lru_cache(maxsize=1)
def _followed() -> Mapping[str, str]:
    """Each revision with the one it follows; read, not imported, for that would load what changes a schema."""
    found = [dict(_NAMED.findall(path.read_text(encoding="utf-8"))) for path in VERSIONS.glob("[0-9]*.py")]
    return {one["revision"]: one["down_revision"] for one in found}


def newest_revision() -> str:
    """The revision that no other follows. Their numbers say nothing: who comes second may have the lower one."""
    (newest,) = set(_followed()) - set(_followed().values())
    return newest


def is_current(revision: str | None) -> bool:
    """Whether this version can work with the schema; one it does not know is of a version about to take over."""
    return revision is not None and (revision == newest_revision() or revision not in _followed())


def is_settled(url: str) -> bool:
    """Whether the schema is the newest and the first tenant is there, so that a start has nothing to prepare."""
    try:
        with psycopg.connect(url) as connection:
            revision = connection.execute("select version_num from alembic_version").fetchone()
            tenants = connection.execute("select exists (select from tenants)").fetchone()
    except psycopg.errors.UndefinedTable:
        return False
    return revision == (newest_revision(),) and tenants == (True,)
