"""That rows and objects agree, both ways; that uploads are charged and sessions count right."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.custom_storage import service as custom_storage
from aionserver.domains.custom_storage.service import Store
from aionserver.domains.files import service as files
from aionserver.domains.uploads import queries
from aionserver.domains.uploads.sweep import GRACE, PREFIXES, is_incoming, tenant_and_file
from aionserver.domains.uploads.tables import UploadSession, UploadSessionItem
from aionserver.domains.usage import service as usage
from aionserver.infra.checks import Check, Findings, Inspection
from aionserver.infra.errors import AionError, NotFound
from aionserver.infra.scope import Scope
from aionserver.infra.storage import StoredSize
from aionserver.kit.ids import moment_of

SESSIONS = 50
AT_A_TIME = 16
# Outcomes of items that name a file; the others name none, or what may never have become one.
OF_FILES = ("stored", "skipped")


class _Objects:
    """The comparison of what a store has with what the rows of these tenants name in it. First by a list of what is
    stored, in which orphans and wrong sizes show. Rows name each object once, so when fewer were found than rows name,
    each is looked up."""

    def __init__(self, inspection: Inspection, findings: Findings, store: Store, tenants: Sequence[UUID]) -> None:
        self._inspection, self._infra, self._findings = inspection, inspection.infra, findings
        self._storage, self._bucket_id, self._tenants = store.storage, store.bucket_id, tenants
        self._slots = asyncio.Semaphore(AT_A_TIME)
        self._found = self._young = 0

    async def compare(self, prefixes: Sequence[str]) -> None:
        for prefix in prefixes:
            async for page in self._storage.list_objects(prefix):
                self._findings.looked_at += len(page)
                for tenant_id, stored in _by_tenant(page):
                    await self._find_rows(tenant_id, stored)
        if self._young:
            hours = GRACE // timedelta(hours=1)
            text = f"{self._young} belong to no file yet: uploads under way or cut off; swept after {hours} hours"
            self._findings.notes.append(text)
        if self._inspection.content or self._found != await self._named():
            await self._look_up_all()

    async def _named(self) -> int:
        total = 0
        for tenant_id in self._tenants:
            async with self._infra.open_system_scope(tenant_id) as scope:
                total += await files.count_objects(scope, self._bucket_id)
        return total

    async def _find_rows(self, tenant_id: UUID | None, stored: Sequence[StoredSize]) -> None:
        owners = {one.key: owner[1] for one in stored if (owner := tenant_and_file(one.key)) is not None}
        known = files.Objects({}, {}, set())
        if tenant_id is not None:
            async with self._infra.open_system_scope(tenant_id) as scope:
                ids = list(set(owners.values()))
                known = await files.objects_of(scope, ids, self._bucket_id)
                known.busy.update(await queries.waiting_ids(scope, ids))
        for one in stored:
            size = known.sizes.get(one.key)
            if size is None:
                await self._judge_unnamed(one.key, owners.get(one.key), known.busy)
                continue
            self._found += 1
            if size != one.size_bytes:
                text = f"object {one.key}: has {one.size_bytes} bytes, and its row says {size}"
                self._findings.disagree(text)

    async def _judge_unnamed(self, key: str, file_id: UUID | None, busy: set[UUID]) -> None:
        if file_id is None:
            self._findings.disagree(f"object {key}: its name is none that a file's object has")
            return
        if file_id in busy:
            return  # it is about to get its row, or its upload is waited for
        if not self._inspection.is_quiet and moment_of(file_id) > self._infra.clock() - GRACE:
            self._young += 1
        elif await self._is_there(key):  # else it was purged since it was listed
            mends = self._inspection.repair and (is_incoming(key) or not await self._is_known(key))
            if mends:
                await self._storage.delete(key)
            self._findings.disagree(f"object {key}: no row names it", mended=mends)

    async def _is_known(self, key: str) -> bool:
        """Whether there is a file that the object could be of, if it were in another store."""
        owner = tenant_and_file(key)
        if owner is None:
            return False
        async with self._infra.open_system_scope(owner[0]) as scope:
            return bool(await files.known_ids(scope, [owner[1]]))

    async def _is_there(self, key: str) -> bool:
        try:
            await self._storage.head(key)
        except NotFound:
            return False
        return True

    async def _look_up_all(self) -> None:
        for tenant_id in self._tenants:
            async for page in files.pages(self._inspection, tenant_id):
                ids = [file.id for file in page]
                async with self._infra.open_system_scope(tenant_id) as scope:
                    named = await files.objects_of(scope, ids, self._bucket_id)
                wrong = await asyncio.gather(*(self._fault_of(key, named) for key in named.sizes))
                async with self._infra.open_system_scope(tenant_id) as scope:
                    still = await files.objects_of(scope, ids, self._bucket_id)
                for key, text in zip(named.sizes, wrong, strict=True):
                    if text and key in still.sizes:
                        self._findings.disagree(f"object {key}: {text}")

    async def _fault_of(self, key: str, named: files.Objects) -> str | None:
        async with self._slots:
            if not await self._is_there(key):
                return "is gone, and a row names it"
            if not self._inspection.content or key not in named.digests:
                return None
            digest = hashlib.sha256()
            async for piece in self._storage.stream(key, 0, named.sizes[key]):
                digest.update(piece)
            return None if digest.hexdigest() == named.digests[key] else "its content is not what was uploaded"


def _by_tenant(page: Sequence[StoredSize]) -> list[tuple[UUID | None, list[StoredSize]]]:
    def tenant_of(one: StoredSize) -> str:
        owner = tenant_and_file(one.key)
        return str(owner[0]) if owner else ""

    groups = groupby(sorted(page, key=tenant_of), key=tenant_of)
    return [(UUID(tenant) if tenant else None, list(stored)) for tenant, stored in groups]


async def _objects(inspection: Inspection, findings: Findings) -> None:
    infra = inspection.infra
    if inspection.repair:
        now = infra.clock()
        await infra.storage.remove_unfinished(now if inspection.is_quiet else now - GRACE)
    tenants = await every_tenant(infra)
    await _Objects(inspection, findings, Store(infra.storage), tenants).compare(PREFIXES)
    for tenant_id in tenants:
        for bucket_id in await custom_storage.bucket_ids(infra, tenant_id):
            await _objects_of_bucket(inspection, findings, tenant_id, bucket_id)


async def _objects_of_bucket(inspection: Inspection, findings: Findings, tenant_id: UUID, bucket_id: UUID) -> None:
    """The same for a tenant's own bucket, in which others may be too."""
    reader = custom_storage.system_reader(inspection.infra, tenant_id)
    try:
        store = Store(await custom_storage.storage_of(reader, bucket_id), bucket_id)
        prefixes = [f"{prefix}/{tenant_id}" for prefix in PREFIXES]
        await _Objects(inspection, findings, store, [tenant_id]).compare(prefixes)
    except AionError as error:
        findings.disagree(f"bucket {bucket_id} of tenant {tenant_id}: {error.message}")


async def _uncharged(scope: Scope, found: Sequence[files.StoredFile]) -> dict[UUID, str]:
    charged = await usage.charged(scope, usage.UPLOAD, [file.id for file in found])
    return {file.id: "its upload was not charged" for file in found if file.id not in charged}


async def _sessions(inspection: Inspection, findings: Findings) -> None:
    """A session counts as many files as it has, and names files that are there."""
    infra = inspection.infra
    for tenant_id in await every_tenant(infra):
        async for sessions, items in _session_pages(inspection, tenant_id):
            findings.looked_at += len(sessions)
            async with infra.open_system_scope(tenant_id) as scope:
                named = [item.file_id for item in items if item.outcome in OF_FILES and item.file_id]
                known = await files.known_ids(scope, named)
            for session in sessions:
                mine = [item for item in items if item.session_id == session.id]
                for text in _miscounts(session, mine, known):
                    findings.disagree(f"upload session {session.id}: {text}")


async def _session_pages(
    inspection: Inspection, tenant_id: UUID
) -> AsyncIterator[tuple[Sequence[UploadSession], Sequence[UploadSessionItem]]]:
    last: UUID | None = None
    while True:
        async with inspection.infra.open_system_scope(tenant_id) as scope:
            sessions = await queries.sessions_after(scope, last, SESSIONS)
            items = await queries.items_of(scope, [session.id for session in sessions])
        if not sessions:
            return
        yield sessions, items
        last = sessions[-1].id


def _miscounts(session: UploadSession, items: Sequence[UploadSessionItem], known: set[UUID]) -> list[str]:
    found: list[str] = []
    if len(items) != session.total_files:
        found.append(f"counts {session.total_files} files and has {len(items)}")
    gone = [item.file_id for item in items if item.outcome in OF_FILES and item.file_id and item.file_id not in known]
    if gone:
        found.append(f"there is no file {gone[0]}")
    return found


CHECKS = [
    Check("rows and objects agree", _objects),
    files.every_file("uploads are charged", _uncharged),
    Check("upload sessions count right", _sessions),
]
