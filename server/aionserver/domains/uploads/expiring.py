"""Presigned uploads that nobody confirmed in time: given up, and their bytes removed."""

from uuid import UUID

from aionserver.domains.custom_storage.service import system_reader
from aionserver.domains.uploads import queries
from aionserver.domains.uploads.confirming import alone, settle, tidy
from aionserver.domains.uploads.errors import UploadBeingConfirmed, UploadNotArrived
from aionserver.domains.uploads.presigned import KEPT_FOR, OPEN_FOR
from aionserver.domains.uploads.tables import PendingUpload
from aionserver.infra.errors import Conflict
from aionserver.infra.scope import Infra

AT_ONCE = 200


async def expire(infra: Infra, tenant_id: UUID) -> set[UUID | None]:
    """Give up a tenant's uploads whose time is over; of which batches, None for those of none."""
    batches: set[UUID | None] = set()
    before = infra.clock() - OPEN_FOR
    while True:
        async with infra.open_system_scope(tenant_id) as scope:
            await queries.forget_settled(scope, scope.now() - KEPT_FOR)
            rows = await queries.find_waiting(scope, before=before, limit=AT_ONCE)
        given_up = [row.batch_id for row in rows if await _give_up(infra, row)]
        batches.update(given_up)
        if not given_up:
            return batches


async def _give_up(infra: Infra, pending: PendingUpload) -> bool:
    """Whether it was given up; not when somebody is confirming it right now."""
    try:
        async with alone(infra, [pending.id], patience=1):
            async with infra.open_system_scope(pending.tenant_id) as scope:
                await settle(scope, pending, "expired", error=UploadNotArrived("It was not confirmed in time."))
            await tidy(system_reader(infra, pending.tenant_id), pending, keep_file=False)
    except (UploadBeingConfirmed, Conflict):
        return False
    return True
