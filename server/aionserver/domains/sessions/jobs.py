"""What sessions have done in the background."""

from typing import Any

from aionserver.domains.sessions import letters
from aionserver.domains.sessions.sweep import forget_old
from aionserver.infra.actors import NO_TENANT
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra


async def write_letter(
    infra: Infra, attempt: Attempt, kind: str, email: str, details: dict[str, Any], tenant_id: str
) -> None:
    """Write the letter that was asked for."""
    async with infra.open_system_scope(NO_TENANT) as scope:
        await letters.write(scope, letters.Kind(kind), email, details)


async def forget(infra: Infra, attempt: Attempt) -> None:
    """Forget sessions, links and failures that are over, and registrations that nobody confirmed."""
    await forget_old(infra)


JOBS = [Job(letters.WRITE, write_letter), Job("sessions.forget", forget, cron="41 * * * *")]
