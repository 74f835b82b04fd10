"""What agents have done in the background."""

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.agents import pipelines
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra


async def tend_pipelines(infra: Infra, attempt: Attempt) -> None:
    """Look after the pipelines of every tenant: the interrupted go on, the old are forgotten."""
    for tenant_id in await every_tenant(infra):
        async with infra.open_system_scope(tenant_id) as scope:
            await pipelines.tend(scope)


JOBS = [
    Job(pipelines.RESUME, pipelines.resume, queue="interactive"),
    Job("agents.tend_pipelines", tend_pipelines, cron="*/5 * * * *"),
]
