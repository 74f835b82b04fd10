"""Building the process's one Infra from its settings."""

from collections.abc import Sequence
from typing import Any

from aionserver.infra.database import open_engine, open_session, raw_connection
from aionserver.infra.errors import NotConfigured
from aionserver.infra.events import Subscriptions
from aionserver.infra.job_queue import JobQueue
from aionserver.infra.locks import ProcessLocks
from aionserver.infra.pressure import DATABASE_BYTES_A_FILE, OBJECTS_BYTES_A_FILE, Place, Pressure
from aionserver.infra.reading import ReadConnections
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings
from aionserver.infra.storage import Storage
from aionserver.infra.tools import Tool


def build_infra(
    settings: Settings, subscriptions: Subscriptions, steps: Sequence[Any] = (), tools: Sequence[Tool] = ()
) -> Infra:
    """Connections are opened when first used; models and the sandbox are added by who needs them."""
    if settings.database_url is None:
        raise NotConfigured.setting("AIONVISION_DATABASE_URL", "The database")
    url = settings.database_url.get_secret_value()
    engine, jobs = open_engine(url, settings.database_pool_size), JobQueue(url)
    storage = Storage(settings.storage_url or f"file://{settings.root / 'objects'}")

    async def count_waiting(most: int) -> int:
        async with open_session(engine) as session:
            return await jobs.count_waiting(await raw_connection(session), most)

    return Infra(
        settings=settings,
        engine=engine,
        reads=ReadConnections(url, settings.database_pool_size),
        storage=storage,
        jobs=jobs,
        locks=ProcessLocks(url),
        pressure=Pressure(settings, _places(settings, storage), count_waiting),
        secret=settings.read_secret(),
        subscriptions=subscriptions,
        steps=steps,
        tools={tool.name: tool for tool in tools},
    )


def _places(settings: Settings, storage: Storage) -> list[Place]:
    """The folders of ours that fill: objects, and the embedded database where there is one."""
    places = [Place(storage.local, OBJECTS_BYTES_A_FILE)] if storage.local else []
    database = settings.root / "postgres"
    return [*places, Place(database, DATABASE_BYTES_A_FILE)] if database.is_dir() else places
