"""The items of upload sessions are found by their file, when it is removed for good."""

from alembic import op

revision = "0031"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.execute(
        "create index ix_upload_session_items_file on upload_session_items (tenant_id, file_id)"
        " where file_id is not null"
    )
