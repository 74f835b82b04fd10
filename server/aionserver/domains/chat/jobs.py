"""What conversations have done in the background."""

from datetime import timedelta

from aionserver.domains.accounts.service import every_tenant
from aionserver.domains.chat import plans, queries
from aionserver.infra.job_worker import Attempt, Job
from aionserver.infra.scope import Infra

# Longer than an Idempotency-Key is good for.
KEPT_EVENTS = timedelta(hours=48)


async def forget_events(infra: Infra, attempt: Attempt) -> None:
    """Drop what was told of answers that nobody can follow any more, in every tenant."""
    for tenant_id in await every_tenant(infra):
        async with infra.open_system_scope(tenant_id) as scope:
            await queries.forget_events(scope, scope.now() - KEPT_EVENTS)


JOBS = [
    Job(plans.RUN, plans.run_plan, queue="interactive"),
    Job("chat.forget_events", forget_events, cron="23 * * * *"),
]
