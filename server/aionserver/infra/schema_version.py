"""Whether the database has the newest schema, asked without loading what would change it."""

from pathlib import Path

import psycopg

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"


def newest_revision() -> str:
    """The revision of the newest migration: its file's name up to the first underscore."""
    return max(path.name for path in VERSIONS.glob("[0-9]*.py")).split("_")[0]


def is_settled(url: str) -> bool:
    """Whether the schema is the newest and the first tenant is there, so that a start has nothing to prepare."""
    try:
        with psycopg.connect(url) as connection:
            revision = connection.execute("select version_num from alembic_version").fetchone()
            tenants = connection.execute("select exists (select from tenants)").fetchone()
    except psycopg.errors.UndefinedTable:
        return False
    return revision == (newest_revision(),) and tenants == (True,)
