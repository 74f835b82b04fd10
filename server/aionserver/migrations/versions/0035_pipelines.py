"""Pipelines of agents, while they run."""

from alembic import op

from aionserver.migrations.security import protect

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table pipelines (
        id uuid constraint pk_pipelines primary key,
        tenant_id uuid not null,
        steps jsonb not null,
        image_ids uuid[] not null default '{}',
        document_ids uuid[] not null default '{}',
        nodes jsonb not null default '{}',
        status text not null,
        actor jsonb not null,
        request_key text,
        request_mark text,
        created_at timestamptz not null default now(),
        completed_at timestamptz
    )
    """,
    "create index ix_pipelines_request on pipelines (tenant_id, request_key) where request_key is not null",
    "create index ix_pipelines_created on pipelines (tenant_id, status, created_at)",
)


def upgrade() -> None:
    """Apply the change."""
    for statement in STATEMENTS:
        op.execute(statement)
    protect("pipelines")
