"""What is asked of the tables of all nouns, for a tenant that is no more."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ColumnClause, CursorResult, Table, delete, literal_column, select

from aionserver.infra.database import Base, TenantRow
from aionserver.infra.scope import Scope

# What was used and who did what; nobody but the operator reads it then, until its own time is over.
KEPT = frozenset({"ledger_entries", "usage_totals", "request_counts", "audit_entries"})


def tables_of_content() -> Sequence[Table]:
    """The tables with rows of tenants, each before those that it points at."""
    mine = {one.local_table for one in Base.registry.mappers if issubclass(one.class_, TenantRow)}
    return [table for table in reversed(Base.metadata.sorted_tables) if table in mine and table.name not in KEPT]


async def remove_rows(scope: Scope, table: Table, most: int) -> int:
    """Remove rows of the tenant from a table; how many there were, at most `most`."""
    row: ColumnClause[Any] = literal_column("ctid")
    found = select(row).select_from(table).where(table.c.tenant_id == scope.tenant_id).limit(most)
    gone = await scope.session.execute(delete(table).where(table.c.tenant_id == scope.tenant_id, row.in_(found)))
    return cast("CursorResult[Any]", gone).rowcount
