"""Chunks keep what each of their words means, which a search compares with the words of its query."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.execute("alter table chunks add column word_vectors bytea")
    # Beside the row and as they are: a search reads those of a few chunks, and nothing makes them smaller.
    op.execute("alter table chunks alter column word_vectors set storage external")
