"""Charging once, and saying what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aionserver.domains.accounts.service import plan_of
from aionserver.domains.usage import queries
from aionserver.domains.usage.errors import UsageLimitExceeded
from aionserver.domains.usage.tables import Charge
from aionserver.infra.scope import Scope

UPLOAD = "upload"
DESCRIBE = "describe"
AGENT_CALL = "agent_call"
CREDITS = {UPLOAD: 0, DESCRIBE: 2, AGENT_CALL: 1}
UNLIMITED = -1


@dataclass(frozen=True)
class UploadQuota:
    """How many more files may be uploaded this month. -1 is unlimited."""

    monthly_limit: int
    current_usage: int

    @property
    def available(self) -> int:
        """Files left this month; -1 when there is no limit."""
        return UNLIMITED if self.monthly_limit < 0 else max(0, self.monthly_limit - self.current_usage)

    def allows(self, count: int) -> bool:
        """Whether `count` more files may be uploaded."""
        return self.monthly_limit < 0 or count <= self.available


async def charge(scope: Scope, operation: str, subject_id: UUID) -> None:
    """Charge an operation on a subject; the same one again costs nothing."""
    await charge_each(scope, operation, [subject_id])


async def charge_each(scope: Scope, operation: str, subjects: Sequence[UUID]) -> None:
    """Charge an operation on each subject; the same one again costs nothing."""
    await queries.add_charges(scope, operation, subjects, CREDITS[operation])


async def charged(scope: Scope, operation: str, subjects: Sequence[UUID]) -> set[UUID]:
    """Which of the subjects were charged for an operation."""
    return await queries.charged(scope, operation, subjects)


async def charges_for_files(scope: Scope, since: datetime, last: UUID | None, limit: int) -> Sequence[Charge]:
    """Charges for what is done with files, since a moment, a page after the charge `last` in the order of ids."""
    return await queries.find_charges(scope, (UPLOAD, DESCRIBE), since, last, limit)


async def upload_quota(scope: Scope) -> UploadQuota:
    """The tenant's upload quota in the running month (UTC)."""
    limit = plan_of(scope.actor.tier).uploads_per_month
    used = await queries.count_charges(scope, UPLOAD, month_start(scope.now()))
    return UploadQuota(limit, used)


async def require_uploads(scope: Scope, count: int) -> None:
    """Raise UsageLimitExceeded when the plan does not allow `count` more files."""
    if plan_of(scope.actor.tier).uploads_per_month < 0:
        return
    quota = await upload_quota(scope)
    if not quota.allows(count):
        raise UsageLimitExceeded(
            f"The plan allows {quota.monthly_limit} uploads a month; {quota.available} are left.",
            details={"limit": quota.monthly_limit, "available": quota.available},
        )


def month_start(now: datetime) -> datetime:
    """Midnight of the month's first day."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
