"""What the counts of requests have done in the background."""

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.usage import service
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra


async def forget(infra: Infra, attempt: Attempt) -> None:
    """Drop old counts of requests, in every tenant."""
    for tenant_id in await every_tenant(infra):
        async with infra.open_system_scope(tenant_id) as scope:
            await service.forget_request_counts(scope)


JOBS = [Job("usage.forget", forget, cron="41 4 * * *")]
