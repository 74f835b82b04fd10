"""Building the process's one Infra from its settings."""

from collections.abc import Sequence
from typing import Any

from aionserver.infra.database import open_engine
from aionserver.infra.errors import NotConfigured
from aionserver.infra.events import Subscriptions
from aionserver.infra.job_queue import JobQueue
from aionserver.infra.locks import ProcessLocks
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings
from aionserver.infra.storage import Storage


def build_infra(settings: Settings, subscriptions: Subscriptions, steps: Sequence[Any] = ()) -> Infra:
    """Connections are opened when first used; models and the sandbox are added by who needs them."""
    if settings.database_url is None:
        raise NotConfigured.setting("AIONVISION_DATABASE_URL", "The database")
    url = settings.database_url.get_secret_value()
    return Infra(
        settings=settings,
        engine=open_engine(url, settings.database_pool_size),
        storage=Storage(settings.storage_url or f"file://{settings.root / 'objects'}"),
        jobs=JobQueue(url),
        locks=ProcessLocks(url),
        secret=settings.read_secret(),
        subscriptions=subscriptions,
        steps=steps,
    )
