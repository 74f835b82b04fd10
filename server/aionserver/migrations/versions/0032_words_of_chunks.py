"""Chunks are found by vectors and words; how many of a tenant have a word is counted as they come and go."""

from alembic import op

from aionserver.migrations.search_spaces import CODE_DIMENSIONS, EF_CONSTRUCTION
from aionserver.migrations.security import protect

revision = "0032"
down_revision = "0017"
branch_labels = None
depends_on = None

DIMENSIONS = 384

STATEMENTS = (
    "alter table chunks add column terms integer[], add column weights sparsevec",
    # What a search compares stays in the row; what it shows of a few is kept elsewhere.
    "alter table chunks alter column vector set storage main",
    "alter table chunks alter column weights set storage main",
    "create index ix_chunks_terms on chunks using gin (terms) with (fastupdate = off)",
    f"""
    create index ix_chunks_vector on chunks
    using hnsw (((vector || tenant_code(tenant_id))::halfvec({DIMENSIONS + CODE_DIMENSIONS})) halfvec_cosine_ops)
    with (ef_construction = {EF_CONSTRUCTION}) where vector_dims(vector) = {DIMENSIONS}
    """,
    "create index ix_chunks_tenant on chunks (tenant_id)",
    # Its rows are written over and over: room on each page for their next state.
    """
    create table chunk_terms (
        tenant_id uuid not null,
        term integer not null,
        chunks integer not null,
        constraint pk_chunk_terms primary key (tenant_id, term)
    ) with (fillfactor = 60)
    """,
)

ADDED = "select tenant_id, terms, 1 as sign from added where terms is not null"
REMOVED = "select tenant_id, terms, -1 as sign from removed where terms is not null"
CHANGES = {
    "insert": ("new table as added", ADDED),
    "delete": ("old table as removed", REMOVED),
    "update": ("old table as removed new table as added", f"{ADDED} union all {REMOVED}"),
}
# Term 0 stands for all. Who writes waits for the tenant's other writers, and so never for one that waits for it.
COUNT = """
create function count_chunk_terms_on_{event}() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('chunk_terms:' || tenant_id, 0))
    from (select distinct tenant_id from ({changes}) as changed order by 1) as tenants;
    insert into chunk_terms as known (tenant_id, term, chunks)
    select tenant_id, term, sum(sign) from ({changes}) as changed, unnest(array[0] || terms) as term
    group by 1, 2 having sum(sign) <> 0 order by 1, 2
    on conflict (tenant_id, term) do update set chunks = known.chunks + excluded.chunks;
    return null;
end $$
"""


def upgrade() -> None:
    """Apply the change."""
    for statement in STATEMENTS:
        op.execute(statement)
    protect("chunk_terms")
    for event, (tables, changes) in CHANGES.items():
        op.execute(COUNT.format(event=event, changes=changes))
        op.execute(
            f"create trigger chunks_count_on_{event} after {event} on chunks referencing {tables}"
            f" for each statement execute function count_chunk_terms_on_{event}()"
        )
