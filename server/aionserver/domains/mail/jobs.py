"""What mail has done in the background."""

from uuid import UUID

import structlog

from aionserver.domains.mail import service
from aionserver.domains.mail.errors import MailNotSent
from aionserver.infra.actors import NO_TENANT
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra

log = structlog.get_logger(__name__)


async def send(infra: Infra, attempt: Attempt, mail_id: str, tenant_id: str) -> None:
    """Send a letter. After its tries it waits for `resume`, for mail servers may be away for hours."""
    try:
        await service.send_waiting(infra, UUID(mail_id))
    except MailNotSent as error:
        if not attempt.is_last:
            raise
        log.warning("mail_waits", mail_id=mail_id, error=error.message)


async def resume(infra: Infra, attempt: Attempt) -> None:
    """Try letters again that wait: their tries are used up, or there was no mail server set."""
    if infra.settings.smtp_url is None:
        return
    async with infra.open_system_scope(NO_TENANT) as scope:
        await service.resume_waiting(scope)


async def forget(infra: Infra, attempt: Attempt) -> None:
    """Forget old letters."""
    await service.forget_old(infra)


JOBS = [
    Job(service.SEND, send),
    Job("mail.resume", resume, cron="*/10 * * * *"),
    Job("mail.forget", forget, cron="23 * * * *"),
]
