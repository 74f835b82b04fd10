"""What colours have done in the background."""

from uuid import UUID

import structlog

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.colors import service
from aionserver.domains.colors.errors import UnreadablePicture
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra

log = structlog.get_logger(__name__)


async def extract(infra: Infra, attempt: Attempt, tenant_id: str, file_id: str, n_colors: int) -> None:
    """Count a picture's colours anew; a damaged one keeps those it has."""
    tenant, picture = UUID(tenant_id), UUID(file_id)
    async with infra.open_system_scope(tenant) as scope:
        file = await service.find_picture(scope, picture)
    if file is None:
        return
    try:
        analysis = await service.count(infra, file, n_colors)
    except UnreadablePicture as error:
        log.warning("colors_not_counted", file_id=file_id, reason=error.message)
        return
    async with infra.open_system_scope(tenant) as scope:
        if await service.find_picture(scope, picture):
            await service.keep(scope, picture, analysis, n_colors)


async def index(infra: Infra, attempt: Attempt) -> None:
    """Put analyses where searches look, that are not there or by an older version, in every tenant."""
    for tenant_id in await every_tenant(infra):
        async with infra.open_system_scope(tenant_id) as scope:
            last = await service.index_missing(scope, None)
        while last is not None:
            async with infra.open_system_scope(tenant_id) as scope:
                last = await service.index_missing(scope, last)


JOBS = [
    Job(service.EXTRACT, extract, queue="bulk"),
    Job("colors.index", index, cron="*/5 * * * *"),
]
