"""The audit log, which the application's role adds to and reads, and cannot change."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from aionserver.migrations.security import APP_ROLE, protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# By it alone entries go, and none that is younger than 30 days by the database's clock. It works in the tenant that the
# caller works in, also where its owner is not bound by row-level security.
FORGET = """
create function forget_audit_entries(older_than_days integer, most integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    gone bigint;
begin
    if older_than_days is null or older_than_days < 30 then
        raise exception 'entries of the audit log are kept for 30 days at least' using errcode = '42501';
    end if;
    delete from public.audit_entries
    where tenant_id = current_setting('aion.tenant_id')::uuid and id in (
        select id from public.audit_entries
        where tenant_id = current_setting('aion.tenant_id')::uuid
            and event_timestamp < now() - make_interval(days => older_than_days)
        order by event_timestamp, id limit most
    );
    get diagnostics gone = row_count;
    return gone;
end $$
"""


def _index(name: str, *columns: str, where: str | None = None) -> None:
    condition = sa.text(where) if where else None
    op.create_index(f"ix_audit_entries_{name}", "audit_entries", ["tenant_id", *columns], postgresql_where=condition)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("event_timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("api_key_id", sa.Uuid()),
        sa.Column("session_id", sa.Uuid()),
        sa.Column("ip_address", sa.Text()),
        sa.Column("user_agent", sa.Text()),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text()),
        sa.Column("resource_id", sa.Text()),
        sa.Column("error_message", sa.Text()),
        sa.Column("metadata", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    newest = ("event_timestamp", "id")
    _index("time", *newest)
    _index("event_type", "event_type", *newest)
    for name in ("user_id", "api_key_id", "resource_id"):
        _index(name, name, *newest, where=f"{name} is not null")
    _index("notable", *newest, where="severity <> 'info' or result <> 'success'")
    _index("request_id", "request_id", where="request_id <> ''")
    protect("audit_entries")
    op.execute(f"revoke all on audit_entries from {APP_ROLE}")
    op.execute(f"grant select, insert on audit_entries to {APP_ROLE}")
    op.execute(FORGET)
    op.execute("revoke all on function forget_audit_entries(integer, integer) from public")
    op.execute(f"grant execute on function forget_audit_entries(integer, integer) to {APP_ROLE}")
