"""What files have done in the background."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import structlog

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.files import purging, service
from aionserver.domains.files.processing import process
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra, Scope

log = structlog.get_logger(__name__)


async def purge(infra: Infra, attempt: Attempt) -> None:
    """Remove files whose time to be restored is over, in every tenant."""
    for tenant_id in await every_tenant(infra):
        await purging.purge(infra, tenant_id)


async def resume(infra: Infra, attempt: Attempt) -> None:
    """Write a job anew for files that wait for one that is no more, in every tenant."""
    async for tenant_id, count in _wherever(infra, service.resume_standing_still):
        log.error("processing_stood_still", files=count, tenant_id=str(tenant_id))


async def renew(infra: Infra, attempt: Attempt) -> None:
    """Have documents read anew that an older version has read, some of every tenant at a time."""
    async for tenant_id, count in _wherever(infra, service.renew_outdated):
        log.info("documents_read_anew", files=count, tenant_id=str(tenant_id))


async def _wherever(infra: Infra, write: Callable[[Scope], Awaitable[int]]) -> AsyncIterator[tuple[UUID, int]]:
    """The tenants for which it wrote jobs, and how many; in a transaction for each tenant."""
    for tenant_id in await every_tenant(infra):
        async with infra.open_system_scope(tenant_id) as scope:
            count = await write(scope)
        if count:
            yield tenant_id, count


JOBS = [
    Job(service.PROCESS, process, queue="interactive"),
    Job("files.purge", purge, cron="17 3 * * *"),
    Job("files.resume", resume, cron="11 * * * *"),
    Job("files.renew", renew, cron="41 * * * *"),
]
