"""What pipelines have done in the background."""

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.pipelines import service
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra


async def tend_pipelines(infra: Infra, attempt: Attempt) -> None:
    """Look after the pipelines of every tenant: the interrupted go on, the old are forgotten."""
    for tenant_id in await every_tenant(infra):
        async with infra.open_system_scope(tenant_id) as scope:
            await service.tend(scope)


JOBS = [
    Job(service.RESUME, service.resume, queue="interactive"),
    Job("pipelines.tend", tend_pipelines, cron="*/5 * * * *"),
]
