"""What tenants have done in the background."""

import structlog

from aionserver.domains.tenants import service
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra

log = structlog.get_logger(__name__)


async def purge(infra: Infra, attempt: Attempt) -> None:
    """Remove what closed tenants have, when its time is over."""
    removed = await service.empty_closed(infra)
    if removed:
        log.info("closed_tenants_emptied", rows=removed)


JOBS = [Job("tenants.purge", purge, cron="29 3 * * *")]
