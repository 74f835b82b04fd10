"""A database to measure that is gone afterwards, and the product's own way into it."""

import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from aionserver.infra.building import build_infra
from aionserver.infra.database import migrate
from aionserver.infra.embedded_postgres import DatabaseUrls, EmbeddedPostgres
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings


@contextmanager
def fresh_database() -> Generator[tuple[Path, DatabaseUrls]]:
    """A folder with a PostgreSQL that has the product's tables, and its addresses."""
    with tempfile.TemporaryDirectory(prefix="aionvision-bench-") as folder:
        postgres = EmbeddedPostgres(Path(folder))
        urls = postgres.start()
        try:
            migrate(urls.owner)
            yield Path(folder), urls
        finally:
            postgres.stop()


@asynccontextmanager
async def product_over(folder: Path, urls: DatabaseUrls) -> AsyncGenerator[Infra]:
    """The product without its models: its connections, its role, its transactions."""
    infra = build_infra(Settings.model_validate({"data_dir": folder, "database_url": urls.application}), {})
    try:
        yield infra
    finally:
        await infra.close()
