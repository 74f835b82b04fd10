"""What files have done in the background."""

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.files import service
from aionserver.domains.files.processing import process
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra


async def purge(infra: Infra, attempt: Attempt) -> None:
    """Remove files whose time to be restored is over, in every tenant."""
    for tenant_id in await every_tenant(infra):
        removed = 1
        while removed:
            async with infra.open_system_scope(tenant_id) as scope:
                removed = await service.purge_deleted(scope)


JOBS = [Job(service.PROCESS, process, queue="interactive"), Job("files.purge", purge, cron="17 3 * * *")]
