"""Row-level security: a tenant's rows are seen by connections that say they work for it, and by no other."""

from alembic import op

APP_ROLE = "aion_app"


def protect(table: str) -> None:
    """Lock a table's rows by tenant, for its owner too. The plain `current_setting` keeps indexes usable."""
    mine = "tenant_id = current_setting('aion.tenant_id')::uuid"
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy tenant_rows on {table} using ({mine}) with check ({mine})")


def grant_all() -> None:
    """Let the application's role use what stands in the schema, and what will be added."""
    for what, rights in (
        ("tables", "select, insert, update, delete"),
        ("sequences", "usage, select"),
        ("functions", "execute"),
    ):
        op.execute(f"grant {rights} on all {what} in schema public to {APP_ROLE}")
        op.execute(f"alter default privileges in schema public grant {rights} on {what} to {APP_ROLE}")
