"""Files whose time to be restored is over: their objects are removed first, then all that is known of them.

Nobody can restore them any more, so no transaction is open while objects are removed. A row without objects is found
again by the next run; an object without a row is not.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.files import queries
from aionserver.domains.files.events import FilesPurged
from aionserver.domains.files.service import kept_since
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import AionError
from aionserver.infra.scope import Infra, Scope

log = structlog.get_logger(__name__)
PURGED_AT_ONCE = 500
OBJECTS_AT_ONCE = 32


@dataclass(frozen=True)
class _Doomed:
    """A file to be removed, and where its objects are."""

    file_id: UUID
    bucket_id: UUID | None
    keys: Sequence[str]


async def purge(infra: Infra, tenant_id: UUID) -> None:
    """Remove for good what a tenant deleted long enough ago; what is in a bucket that is silent waits."""
    silent: set[UUID] = set()
    while doomed := await _find(infra, tenant_id, silent):
        for bucket_id in {one.bucket_id for one in doomed}:
            of_bucket = [one for one in doomed if one.bucket_id == bucket_id]
            try:
                await _remove_objects(infra, tenant_id, of_bucket)
            except AionError as error:
                if bucket_id is None:
                    raise
                silent.add(bucket_id)
                log.warning("bucket_not_purged", bucket_id=str(bucket_id), files=len(of_bucket), reason=error.message)
                continue
            async with infra.open_system_scope(tenant_id) as scope:
                await _remove_rows(scope, [one.file_id for one in of_bucket])
    async with infra.open_system_scope(tenant_id) as scope:
        await custom_storage.forget_unused(scope)


async def _find(infra: Infra, tenant_id: UUID, silent: Collection[UUID]) -> list[_Doomed]:
    async with infra.open_system_scope(tenant_id) as scope:
        found = await queries.find_purgeable(scope, kept_since(scope), PURGED_AT_ONCE, silent)
        variants = await queries.variants_of(scope, [file.id for file in found])
    return [
        _Doomed(
            file.id,
            file.bucket_id,
            [key for key in (file.object_key, *(one.object_key for one in variants.get(file.id, {}).values())) if key],
        )
        for file in found
    ]


async def _remove_objects(infra: Infra, tenant_id: UUID, doomed: Sequence[_Doomed]) -> None:
    reader = custom_storage.system_reader(infra, tenant_id)
    storage = await custom_storage.storage_of(reader, doomed[0].bucket_id)
    keys = [key for one in doomed for key in one.keys]
    for start in range(0, len(keys), OBJECTS_AT_ONCE):
        await asyncio.gather(*(storage.delete(key) for key in keys[start : start + OBJECTS_AT_ONCE]))


async def _remove_rows(scope: Scope, ids: Sequence[UUID]) -> None:
    await queries.remove_files(scope, ids)
    await scope.publish(FilesPurged(ids))
    details = {"count": len(ids), "file_ids": ids}
    await scope.publish(Audited("file.purged", "purge", "file", details=details))
