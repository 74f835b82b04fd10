"""Files that clients put into storage themselves: where each is expected, and what became of it."""

from alembic import op

from aionserver.migrations.security import protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table pending_uploads (
        id uuid constraint pk_pending_uploads primary key,
        tenant_id uuid not null,
        state text not null default 'waiting',
        file_id uuid,
        reason_code text,
        reason text,
        batch_id uuid constraint fk_pending_uploads_batch_id references upload_sessions on delete cascade,
        position integer not null default 0,
        object_key text not null,
        filename text not null,
        content_type text not null,
        size_bytes bigint not null,
        title text,
        tags text[] not null default '{}',
        folder_id uuid,
        auto_describe boolean not null,
        skip_duplicates boolean not null,
        bucket_id uuid constraint fk_pending_uploads_bucket_id references tenant_buckets,
        requested_by uuid,
        created_at timestamptz not null default now()
    )
    """,
    "create index ix_pending_uploads_state on pending_uploads (tenant_id, state, created_at)",
    "create index ix_pending_uploads_batch on pending_uploads (batch_id) where batch_id is not null",
    "create index ix_pending_uploads_bucket on pending_uploads (bucket_id) where bucket_id is not null",
)


def upgrade() -> None:
    """Apply the change."""
    for statement in STATEMENTS:
        op.execute(statement)
    protect("pending_uploads")
