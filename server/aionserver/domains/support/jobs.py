"""What support has done in the background."""

from aionserver.domains.support import service
from aionserver.infra.actors import NO_TENANT
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra
from aionserver.infra.web.idempotency import forget_old_keys


async def forget(infra: Infra, attempt: Attempt) -> None:
    """Forget old messages, and the remembered answers to those who were nobody."""
    await service.forget_old(infra)
    async with infra.open_system_scope(NO_TENANT) as scope:
        await forget_old_keys(scope)


JOBS = [Job("support.forget", forget, cron="37 4 * * *")]
