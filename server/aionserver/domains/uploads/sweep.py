"""Bytes that no file points at: what a request left that was cut off before its end."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.files import service as files
from aionserver.domains.uploads import queries
from aionserver.domains.uploads.presigned import INCOMING
from aionserver.infra.errors import AionError
from aionserver.infra.scope import Infra
from aionserver.infra.storage import Storage
from aionserver.kit.ids import moment_of, parse_id

log = structlog.get_logger(__name__)
GRACE = timedelta(hours=6)
PREFIXES = (INCOMING, "uploads", "variants")
PAGE = 500
# A list that somebody else's server makes may have no end.
BUCKET_SECONDS = 600


async def sweep(infra: Infra, tenant_id: UUID) -> int:
    """Remove a tenant's stored objects that belong to no file and are older than any upload lasts; how many."""
    removed = await _sweep(infra, tenant_id, infra.storage)
    for bucket_id in await custom_storage.bucket_ids(infra, tenant_id):
        try:
            storage = await custom_storage.storage_of(custom_storage.system_reader(infra, tenant_id), bucket_id)
            async with asyncio.timeout(BUCKET_SECONDS):
                removed += await _sweep(infra, tenant_id, storage)
        except (AionError, TimeoutError) as error:
            log.warning("bucket_not_swept", bucket_id=str(bucket_id), reason=str(error))
    return removed


async def _sweep(infra: Infra, tenant_id: UUID, storage: Storage) -> int:
    removed = 0
    for prefix in (f"{prefix}/{tenant_id}" for prefix in PREFIXES):
        async for keys in _pages(storage.list_keys(prefix)):
            for key in await _orphans(infra, tenant_id, keys):
                await storage.delete(key)
                removed += 1
    return removed


async def _pages(keys: AsyncIterator[str]) -> AsyncIterator[list[str]]:
    page: list[str] = []
    async for key in keys:
        page.append(key)
        if len(page) == PAGE:
            yield page
            page = []
    yield page


async def _orphans(infra: Infra, tenant_id: UUID, keys: Iterable[str]) -> list[str]:
    before = infra.clock() - GRACE
    old = {key: file_id for key in keys if (file_id := _old_owner(key, before)) is not None}
    async with infra.open_system_scope(tenant_id) as scope:
        ids = list(set(old.values()))
        known, waiting = await files.known_ids(scope, ids), await queries.waiting_ids(scope, ids)
    return [
        key for key, file_id in old.items() if file_id not in waiting and (is_incoming(key) or file_id not in known)
    ]


def is_incoming(key: str) -> bool:
    """Whether an object is where clients put it, which none of a file is."""
    return key.startswith(f"{INCOMING}/")


def _old_owner(key: str, before: datetime) -> UUID | None:
    """The file that an object is for, when it was made long enough ago."""
    owner = tenant_and_file(key)
    return owner[1] if owner is not None and moment_of(owner[1]) < before else None


def tenant_and_file(key: str) -> tuple[UUID, UUID] | None:
    """Whose an object is, by its key; None for a key that no object of a file has."""
    parts = key.split("/")
    ids = [parse_id(part) for part in parts[1:3]] if len(parts) > 3 or parts[0] == INCOMING else []
    return (ids[0], ids[1]) if len(ids) == 2 and ids[0] and ids[1] else None
