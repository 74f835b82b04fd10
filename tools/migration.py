"""Writes a new revision from what the tables say and the migrated database does not: `make migration M=…`."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from aionserver.infra.database import MIGRATIONS, sqlalchemy_url
from aionserver.infra.embedded_postgres import EmbeddedPostgres


def main(message: str) -> None:
    """Write the revision, to be read and completed by hand."""
    with tempfile.TemporaryDirectory() as folder:
        postgres = EmbeddedPostgres(Path(folder), durable=False)
        engine = create_engine(sqlalchemy_url(postgres.start().owner))
        try:
            with engine.connect() as connection:
                config = Config()
                config.set_main_option("script_location", str(MIGRATIONS))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                count = len(list((MIGRATIONS / "versions").glob("*.py")))
                command.revision(config, message, autogenerate=True, rev_id=f"{count + 1:04}")
        finally:
            engine.dispose()
            postgres.stop()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or sys.exit("usage: migration.py MESSAGE"))
