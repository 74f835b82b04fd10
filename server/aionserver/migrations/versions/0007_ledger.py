"""Charges become a ledger that is only added to; totals of it, kept with it; and counts of requests."""

import sqlalchemy as sa
from alembic import op

from aionserver.migrations.security import APP_ROLE, protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NEW_COLUMNS = """
alter table ledger_entries
    add column kind text not null default 'charge',
    add column prepaid_credits integer not null default 0,
    add column context_id uuid,
    add column file_id uuid,
    add column level text not null default '',
    add column provider text,
    add column model text,
    add column input_tokens integer not null default 0,
    add column output_tokens integer not null default 0,
    add column cache_read_tokens integer not null default 0,
    add column cache_creation_tokens integer not null default 0,
    add column api_key_id uuid,
    add column user_id uuid,
    add column processing_time_ms integer
"""

KIND_IS_SAID = "alter table ledger_entries alter column kind drop default"

KNOWN_OF_OLD = """
update ledger_entries set file_id = subject_id, level = case operation when 'describe' then 'standard' else '' end
where operation in ('upload', 'describe')
"""

# Once each: what is repeated after a crash changes nothing.
ONCE = """
alter table ledger_entries drop constraint uq_charges_tenant_id,
    add constraint uq_ledger_entries_tenant_id unique (tenant_id, operation, subject_id, kind)
"""

INDEXES = (
    "create index ix_ledger_entries_file on ledger_entries (tenant_id, file_id)"
    " where file_id is not null and input_tokens + output_tokens > 0",
    "create index ix_ledger_entries_context on ledger_entries (tenant_id, context_id) where context_id is not null",
)

SUMS = """
select tenant_id, span, case span when 'month' then date_trunc('month', created_at, 'UTC')
        else date_bin('15 minutes', created_at, timestamptz '2000-01-01 00:00:00+00') end,
    operation, kind, level,
    case when span = 'month' or api_key_id is null then '00000000-0000-0000-0000-000000000000' else api_key_id end,
    {place}, count(*), sum(credits), sum(prepaid_credits), sum(input_tokens), sum(output_tokens),
    sum(cache_read_tokens), sum(cache_creation_tokens), coalesce(sum(processing_time_ms), 0), count(processing_time_ms)
from {entries}, (values ('month'), ('slot')) as spans (span)
group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7
"""

# A total's row is locked until its transaction ends. A tenant's transactions that run side by side add to rows of
# their own: each takes the first place that no other holds.
ADD_TO_TOTALS = f"""
create function add_to_usage_totals() returns trigger language plpgsql as $$
declare owner integer; free integer;
begin
    select hashtext(tenant_id::text) into owner from added limit 1;
    if owner is null then
        return null;
    end if;
    for place in 0..15 loop
        if pg_try_advisory_xact_lock(owner, place) then
            free := place;
            exit;
        end if;
    end loop;
    if free is null then
        free := pg_backend_pid() % 16;
        perform pg_advisory_xact_lock(owner, free);
    end if;
    insert into usage_totals as total {SUMS.format(place="free", entries="added")}
    on conflict (tenant_id, span, starts_at, operation, kind, level, api_key_id, place) do update set
        entries = total.entries + excluded.entries,
        credits = total.credits + excluded.credits,
        prepaid_credits = total.prepaid_credits + excluded.prepaid_credits,
        input_tokens = total.input_tokens + excluded.input_tokens,
        output_tokens = total.output_tokens + excluded.output_tokens,
        cache_read_tokens = total.cache_read_tokens + excluded.cache_read_tokens,
        cache_creation_tokens = total.cache_creation_tokens + excluded.cache_creation_tokens,
        processing_ms = total.processing_ms + excluded.processing_ms,
        timed_entries = total.timed_entries + excluded.timed_entries;
    return null;
end $$
"""

TRIGGER = """
create trigger ledger_entries_totals after insert on ledger_entries referencing new table as added
for each statement execute function add_to_usage_totals()
"""

COUNTS = (
    "entries",
    "credits",
    "prepaid_credits",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "processing_ms",
    "timed_entries",
)


def upgrade() -> None:
    """Apply the change."""
    op.rename_table("charges", "ledger_entries")
    op.execute("alter table ledger_entries rename constraint pk_charges to pk_ledger_entries")
    op.execute("alter index ix_charges_tenant_created rename to ix_ledger_entries_tenant_created")
    # Its owner is bound by row-level security too, and works for no tenant here.
    op.execute("alter table ledger_entries no force row level security")
    for statement in (NEW_COLUMNS, KIND_IS_SAID, KNOWN_OF_OLD, ONCE, *INDEXES):
        op.execute(statement)
    _create_tables()
    op.execute(f"insert into usage_totals {SUMS.format(place='0', entries='ledger_entries')}")
    op.execute("alter table ledger_entries force row level security")
    for table in ("usage_totals", "request_counts"):
        protect(table)
    op.execute(f"revoke update, delete, truncate on ledger_entries from {APP_ROLE}")
    op.execute(ADD_TO_TOTALS)
    op.execute(TRIGGER)


def _create_tables() -> None:
    op.create_table(
        "usage_totals",
        sa.Column("tenant_id", sa.Uuid(), primary_key=True),
        sa.Column("span", sa.Text(), primary_key=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("operation", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("level", sa.Text(), primary_key=True),
        sa.Column("api_key_id", sa.Uuid(), primary_key=True),
        sa.Column("place", sa.SmallInteger(), primary_key=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        # Room on each page for the next state of its rows, which are written over and over.
        postgresql_with={"fillfactor": "60"},
    )
    op.create_table(
        "request_counts",
        sa.Column("tenant_id", sa.Uuid(), primary_key=True),
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("api_key_id", sa.Uuid(), primary_key=True),
        sa.Column("endpoint", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("calls", "failures", "total_ms")),
        postgresql_with={"fillfactor": "60"},
    )
