"""Documents say how long they are, and are listed by themselves."""

from alembic import op

revision = "0017"
down_revision = "0031"
branch_labels = None
depends_on = None

STATEMENTS = (
    "alter table documents add column character_count bigint not null default 0",
    """
    create index ix_files_documents on files (tenant_id, id)
    where deleted_at is null and text_extraction_status is not null
    """,
)


def upgrade() -> None:
    """Apply the change."""
    for statement in STATEMENTS:
        op.execute(statement)
