"""How all files are looked through, a page at a time, for what is to be true of each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import cast
from uuid import UUID

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.files import queries
from aionserver.domains.files.processing import PROCESS, UNFINISHED, Step, is_crawled
from aionserver.domains.files.tables import File, FileStep
from aionserver.infra.checks import Check, Findings, Inspection
from aionserver.infra.database import raw_connection
from aionserver.infra.scope import Scope

PAGE = 500
SECOND_LOOK_SECONDS = 1.0
Look = Callable[[Scope, Sequence[File]], Awaitable[Mapping[UUID, str]]]
Mend = Callable[[Scope, Sequence[UUID]], Awaitable[None]]


def every_file(subject: str, look: Look, mend: Mend | None = None) -> Check:
    """A check of every file, deleted ones too. `look` says what is wrong with which files of a page.

    A running server changes rows between two queries, so what seems wrong counts when it still does a second later.
    """

    async def run(inspection: Inspection, findings: Findings) -> None:
        for tenant_id in await every_tenant(inspection.infra):
            async for page in pages(inspection, tenant_id):
                findings.looked_at += len(page)
                for file_id, text in (await _looked_twice(inspection, tenant_id, page, look)).items():
                    can_mend = mend is not None and inspection.repair
                    if mend is not None and can_mend:
                        async with inspection.infra.open_system_scope(tenant_id) as scope:
                            await mend(scope, [file_id])
                    findings.disagree(f"file {file_id}: {text}", mended=can_mend)

    return Check(subject, run)


async def pages(inspection: Inspection, tenant_id: UUID) -> AsyncIterator[Sequence[File]]:
    """All files of a tenant in the order of their ids, deleted ones too."""
    last: UUID | None = None
    while True:
        async with inspection.infra.open_system_scope(tenant_id) as scope:
            page = await queries.find_after(scope, last, PAGE)
        if not page:
            return
        yield page
        last = page[-1].id


async def _looked_twice(
    inspection: Inspection, tenant_id: UUID, page: Sequence[File], look: Look
) -> Mapping[UUID, str]:
    async with inspection.infra.open_system_scope(tenant_id) as scope:
        suspects = await look(scope, page)
    if not suspects or inspection.is_quiet:
        return suspects
    await asyncio.sleep(SECOND_LOOK_SECONDS)
    async with inspection.infra.open_system_scope(tenant_id) as scope:
        found = await look(scope, await queries.find_with_deleted(scope, list(suspects)))
    return {file_id: text for file_id, text in found.items() if file_id in suspects}


async def standing_still(scope: Scope, files: Sequence[File]) -> dict[UUID, str]:
    """Files that have steps before them, and no job that takes them there."""
    steps = await queries.steps_of(scope, [file.id for file in files])
    waiting = [file.id for file in files if file.deleted_at is None and _has_work(scope, file, steps.get(file.id, {}))]
    still = await without_jobs(scope, waiting)
    return dict.fromkeys(still, "its processing stands still, for no job is left to go on with it")


async def without_jobs(scope: Scope, ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those of the files that no job waits for or works at."""
    if not ids:
        return []
    connection = await raw_connection(scope.session)
    moving = await scope.infra.jobs.having_jobs(connection, PROCESS, "file_id", [str(file_id) for file_id in ids])
    return [file_id for file_id in ids if str(file_id) not in moving]


def _has_work(scope: Scope, file: File, steps: Mapping[str, FileStep]) -> bool:
    crawl_status = file.crawl_status if is_crawled(file) else None
    if not {file.variant_status, file.work_status, crawl_status}.isdisjoint(UNFINISHED):
        return True
    return any(step.wanted(file) and step.name not in steps for step in cast("Sequence[Step]", scope.infra.steps))
