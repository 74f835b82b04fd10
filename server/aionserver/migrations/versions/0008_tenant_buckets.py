"""Buckets of tenants, and which of them a file is in."""

import sqlalchemy as sa
from alembic import op

from aionserver.migrations.security import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Files uploaded before are in the server's own storage."""
    op.create_table(
        "tenant_buckets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("bucket_name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("endpoint_url", sa.Text()),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("sealed_keys", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("configured_by", sa.Uuid()),
        sa.Column("configured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_buckets")),
    )
    op.create_index("ix_tenant_buckets_tenant_id", "tenant_buckets", ["tenant_id"])
    op.create_index(
        "uq_tenant_buckets_current",
        "tenant_buckets",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.add_column("files", sa.Column("bucket_id", sa.Uuid()))
    # No row has one yet; and to look, row-level security would want a tenant of the tables' owner too.
    op.execute(
        "alter table files add constraint fk_files_bucket_id"
        " foreign key (bucket_id) references tenant_buckets not valid"
    )
    op.create_index("ix_files_bucket", "files", ["bucket_id"], postgresql_where=sa.text("bucket_id is not null"))
    protect("tenant_buckets")
