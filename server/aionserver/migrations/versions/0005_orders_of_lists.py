"""Lists by title and by size, and of what is not described yet, read an index instead of the whole library."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEXES = (
    "ix_files_title on files (tenant_id, lower(coalesce(title, filename)), id) where deleted_at is null",
    "ix_files_size on files (tenant_id, size_bytes, id) where deleted_at is null",
    "ix_files_undescribed on files (tenant_id, id) where deleted_at is null and description is null",
)


def upgrade() -> None:
    """Apply the change."""
    for index in INDEXES:
        op.execute(f"create index {index}")
