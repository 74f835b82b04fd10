"""Bookmarked pages of the web; files say how far the fetching of theirs is, and what only their kind has."""

from alembic import op

from aionserver.migrations.search_spaces import index_space
from aionserver.migrations.security import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATEMENTS = (
    "alter table files add column crawl_status text, add column crawl_error text",
    "alter table files add column particulars jsonb not null default '{}'",
    "create index ix_files_crawl on files (tenant_id, crawl_status, id) where crawl_status is not null",
    """
    create table links (
        file_id uuid constraint pk_links primary key
            constraint fk_links_file_id references files on delete cascade,
        tenant_id uuid not null,
        url text not null,
        domain text not null,
        final_url text,
        canonical_url text,
        page_title text,
        description text,
        image_url text,
        site_name text,
        page_type text,
        language text,
        author text,
        published text,
        favicon_url text,
        images jsonb not null default '[]',
        text text,
        crawled_at timestamptz,
        recrawled_at timestamptz
    )
    """,
)


def upgrade() -> None:
    """Apply the change."""
    for statement in STATEMENTS:
        op.execute(statement)
    protect("links")
    index_space("pages", 384)
