"""Keys of tenants for providers of language models, and entries for what was done with them."""

import sqlalchemy as sa
from alembic import op

from aionserver.migrations.security import protect

revision = "0038"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "provider_keys",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("configured_by", sa.Uuid()),
        sa.Column("configured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("tenant_id", "provider", name=op.f("pk_provider_keys")),
    )
    protect("provider_keys")
    # With a constant for a default no row is written anew.
    op.add_column("ledger_entries", sa.Column("own_key", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_ledger_entries_own_key",
        "ledger_entries",
        ["tenant_id", "created_at"],
        postgresql_where=sa.text("own_key"),
    )
