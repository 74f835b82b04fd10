"""How Alembic runs here: on the connection that `infra.database.migrate` opened, in its transaction."""

from alembic import context

from aionserver.infra.database import Base
from aionserver.wiring import import_tables

import_tables()


def _ours(name: str | None, kind: str, _: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=_ours,
    compare_server_default=False,
)
context.run_migrations()
