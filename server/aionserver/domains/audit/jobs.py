"""What the audit log has done in the background."""

import structlog

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.audit import service
from aionserver.infra.actors import NO_TENANT
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra

log = structlog.get_logger(__name__)


async def forget(infra: Infra, attempt: Attempt) -> None:
    """Remove entries that are older than the setting says, in every tenant and in none."""
    for tenant_id in (NO_TENANT, *await every_tenant(infra)):
        gone = await service.forget_old(infra, tenant_id)
        if gone:
            log.info("audit_entries_forgotten", entries=gone, tenant_id=str(tenant_id))


JOBS = [Job("audit.forget", forget, cron="53 2 * * *")]
