"""Bytes that no file points at: what a request left that was cut off before its end."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from aionserver.domains.files import service as files
from aionserver.infra.scope import Infra
from aionserver.kit.ids import moment_of, parse_id

GRACE = timedelta(hours=6)
PAGE = 500


async def sweep(infra: Infra, tenant_id: UUID) -> int:
    """Remove a tenant's stored objects that belong to no file and are older than any upload lasts; how many."""
    removed = 0
    for prefix in (f"uploads/{tenant_id}", f"variants/{tenant_id}"):
        async for keys in _pages(infra.storage.list_keys(prefix)):
            for key in await _orphans(infra, tenant_id, keys):
                await infra.storage.delete(key)
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
        known = await files.known_ids(scope, list(set(old.values())))
    return [key for key, file_id in old.items() if file_id not in known]


def _old_owner(key: str, before: datetime) -> UUID | None:
    """The file that an object is for, when it was made long enough ago."""
    owner = tenant_and_file(key)
    return owner[1] if owner is not None and moment_of(owner[1]) < before else None


def tenant_and_file(key: str) -> tuple[UUID, UUID] | None:
    """Whose an object is, by its key; None for a key that no object of a file has."""
    parts = key.split("/")
    ids = [parse_id(part) for part in parts[1:3]] if len(parts) > 3 else []
    return (ids[0], ids[1]) if len(ids) == 2 and ids[0] and ids[1] else None
