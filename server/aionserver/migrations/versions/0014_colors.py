"""Single colours of pictures, for searches; analyses from before are brought there by the job `colors.index`."""

from alembic import op

from aionserver.migrations.security import protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    alter table color_analyses
        add column n_colors smallint not null default 16,
        add column version text not null default '1',
        add column index_version text not null default ''
    """,
    """
    create table image_colors (
        tenant_id uuid not null,
        file_id uuid not null constraint fk_image_colors_file_id_files references files on delete cascade,
        rank smallint not null,
        cell integer not null,
        name integer not null,
        family smallint not null,
        percentage real not null,
        leads boolean not null,
        packed bytea not null,
        constraint pk_image_colors primary key (file_id, rank)
    )
    """,
    "create index ix_image_colors_cell on image_colors (tenant_id, cell) include (percentage, packed)",
    "create index ix_image_colors_name on image_colors (tenant_id, name) include (percentage, packed)",
    "create index ix_image_colors_family on image_colors (tenant_id, family, percentage, file_id) where leads",
)


def upgrade() -> None:
    """Apply the change."""
    for statement in STATEMENTS:
        op.execute(statement)
    protect("image_colors")
