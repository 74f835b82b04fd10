"""Pictures by how bright, vivid and warm they are."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    alter table color_analyses
        add brightness real generated always as ((analysis #>> '{analytics,brightness,average}')::real) stored,
        add saturation real generated always as ((analysis #>> '{analytics,saturation,average}')::real) stored,
        add warmth real generated always as ((analysis #>> '{analytics,temperature,score}')::real) stored
    """,
    """
    create index ix_color_analyses_looks on color_analyses (tenant_id, file_id)
        include (brightness, saturation, warmth) where index_version <> ''
    """,
)


def upgrade() -> None:
    """Make the columns and the index that holds all three."""
    for statement in STATEMENTS:
        op.execute(statement)
