"""The languages of a tenant's documents are told by an index, whatever the number of documents."""

from alembic import op

revision = "0040"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_index("ix_documents_language", "documents", ["tenant_id", "language"])
