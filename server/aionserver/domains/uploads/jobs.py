"""What uploads have done in the background."""

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.uploads.expiring import expire
from aionserver.domains.uploads.sweep import GRACE, sweep
from aionserver.infra.actors import NO_TENANT
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.rate_windows import forget_windows
from aionserver.infra.scope import Infra
from aionserver.infra.web.idempotency import forget_old_keys


async def sweep_all(infra: Infra, attempt: Attempt) -> None:
    """Remove what has served its time: bytes that no file points at, remembered answers, counters of requests."""
    await infra.storage.remove_unfinished(infra.clock() - GRACE)
    tenants = await every_tenant(infra)
    for tenant_id in tenants:
        await sweep(infra, tenant_id)
    for tenant_id in (*tenants, NO_TENANT):  # also what who had not logged in was answered
        async with infra.open_system_scope(tenant_id) as scope:
            await forget_old_keys(scope)
    await forget_windows(infra.engine, infra.clock().timestamp())


async def expire_all(infra: Infra, attempt: Attempt) -> None:
    """Give up presigned uploads that nobody confirmed in time, in every tenant."""
    for tenant_id in await every_tenant(infra):
        await expire(infra, tenant_id)


JOBS = [
    Job("uploads.sweep", sweep_all, cron="41 * * * *"),
    Job("uploads.expire", expire_all, cron="*/10 * * * *"),
]
