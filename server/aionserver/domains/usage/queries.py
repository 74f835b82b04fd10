"""What is asked of the charges."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from aionserver.domains.usage.tables import Charge
from aionserver.infra.scope import Scope
from aionserver.kit.ids import new_id


async def add_charge(scope: Scope, operation: str, subject_id: UUID, credits: int) -> None:  # noqa: A002
    """Insert a charge unless the same one stands already."""
    values = {
        "id": new_id(),
        "tenant_id": scope.tenant_id,
        "operation": operation,
        "subject_id": subject_id,
        "credits": credits,
        "created_at": scope.now(),
    }
    await scope.session.execute(insert(Charge).values(values).on_conflict_do_nothing())


async def count_charges(scope: Scope, operation: str, since: datetime) -> int:
    """How many charges of an operation were made since a moment."""
    query = scope.rows(Charge).where(Charge.operation == operation, Charge.created_at >= since)
    return await scope.session.scalar(query.with_only_columns(func.count())) or 0
