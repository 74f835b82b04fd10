"""What is asked of the charges."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, text

from aionserver.domains.usage.tables import Charge
from aionserver.infra.scope import Scope
from aionserver.kit.ids import new_id

_CHARGE = text(
    "insert into charges (id, tenant_id, operation, subject_id, credits, created_at)"
    " select id, :tenant_id, :operation, subject_id, :credits, :now"
    " from unnest(cast(:ids as uuid[]), cast(:subjects as uuid[])) as wanted (id, subject_id) on conflict do nothing"
)


async def add_charges(scope: Scope, operation: str, subjects: Sequence[UUID], credits: int) -> None:  # noqa: A002
    """Insert a charge for each subject, unless the same one stands already."""
    values = {
        "ids": [new_id() for _ in subjects],
        "tenant_id": scope.tenant_id,
        "operation": operation,
        "subjects": list(subjects),
        "credits": credits,
        "now": scope.now(),
    }
    await scope.session.execute(_CHARGE, values)


async def count_charges(scope: Scope, operation: str, since: datetime) -> int:
    """How many charges of an operation were made since a moment."""
    query = scope.rows(Charge).where(Charge.operation == operation, Charge.created_at >= since)
    return await scope.session.scalar(query.with_only_columns(func.count())) or 0


async def charged(scope: Scope, operation: str, subjects: Sequence[UUID]) -> set[UUID]:
    """Which of the subjects were charged for an operation."""
    query = scope.rows(Charge).where(Charge.operation == operation, Charge.subject_id.in_(subjects))
    return set(await scope.session.scalars(query.with_only_columns(Charge.subject_id)))


async def find_charges(
    scope: Scope, operations: Sequence[str], since: datetime, last: UUID | None, limit: int
) -> Sequence[Charge]:
    """The charges of operations since a moment that follow an id in the order of ids."""
    query = scope.rows(Charge).where(Charge.operation.in_(operations), Charge.created_at >= since)
    query = query if last is None else query.where(Charge.id > last)
    return (await scope.session.scalars(query.order_by(Charge.id).limit(limit))).all()
