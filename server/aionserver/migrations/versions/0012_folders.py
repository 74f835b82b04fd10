"""Folders know when they changed; the database holds that a folder's contents are its own tenant's, and are there."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Keys are not validated: every folder named was looked at when it was named, and to look again row-level security would
# want a tenant of the tables' owner too.
STATEMENTS = (
    "alter table folders add column updated_at timestamptz not null default now()",
    "alter table folders add constraint uq_folders_tenant_id unique (tenant_id, id)",
    "alter table folders drop constraint fk_folders_parent_id",
    """
    alter table folders add constraint fk_folders_parent_id
        foreign key (tenant_id, parent_id) references folders (tenant_id, id) on delete cascade not valid
    """,
    # With the moment of deletion in it, files are counted without reading them.
    "drop index ix_files_folder",
    "create index ix_files_folder on files (tenant_id, folder_id, deleted_at) where folder_id is not null",
    """
    alter table files add constraint fk_files_folder_id
        foreign key (tenant_id, folder_id) references folders (tenant_id, id) on delete set null (folder_id) not valid
    """,
)


def upgrade() -> None:
    """Apply the change."""
    for statement in STATEMENTS:
        op.execute(statement)
