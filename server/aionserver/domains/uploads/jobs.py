"""What uploads have done in the background."""

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.uploads.sweep import sweep
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra
from aionserver.infra.web.idempotency import forget_old_keys


async def sweep_all(infra: Infra, attempt: Attempt) -> None:
    """Remove bytes that no file points at and answers no client asks for again, in every tenant."""
    for tenant_id in await every_tenant(infra):
        await sweep(infra, tenant_id)
        async with infra.open_system_scope(tenant_id) as scope:
            await forget_old_keys(scope)


JOBS = [Job("uploads.sweep", sweep_all, cron="41 * * * *")]
