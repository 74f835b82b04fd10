"""What uploads have done in the background."""

from aionserver.domains.accounts.service import every_tenant, forget_old_windows
from aionserver.domains.uploads.sweep import GRACE, sweep
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra
from aionserver.infra.web.idempotency import forget_old_keys


async def sweep_all(infra: Infra, attempt: Attempt) -> None:
    """Remove what has served its time: bytes that no file points at, remembered answers, counters of requests."""
    await infra.storage.remove_unfinished(infra.clock() - GRACE)
    for tenant_id in await every_tenant(infra):
        await sweep(infra, tenant_id)
        async with infra.open_system_scope(tenant_id) as scope:
            await forget_old_keys(scope)
    await forget_old_windows(infra)


JOBS = [Job("uploads.sweep", sweep_all, cron="41 * * * *")]
