"""Hints: scores of objects that are too unsure to be stated, for search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Pictures seen before have none until they are looked at again."""
    hints = sa.Column("hints", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("picture_facts", hints)
