"""Documents: how far their reading is, their pages, and the chunks they are split into."""

from alembic import op

from aionserver.migrations.security import protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATEMENTS = (
    "alter table files add column text_extraction_status text, add column text_extraction_error text",
    """
    create index ix_files_extraction on files (tenant_id, text_extraction_status, id)
    where text_extraction_status is not null
    """,
    """
    create table documents (
        file_id uuid constraint pk_documents primary key,
        tenant_id uuid not null,
        version text not null,
        page_count integer,
        has_pages boolean not null default true,
        next_page integer,
        title text,
        properties jsonb not null default '{}',
        language text,
        chunk_count integer,
        started_at timestamptz,
        completed_at timestamptz
    )
    """,
    """
    alter table documents add constraint fk_documents_file_id
    foreign key (file_id) references files on delete cascade not valid
    """,
    """
    create table document_pages (
        file_id uuid not null,
        tenant_id uuid not null,
        number integer not null,
        blocks jsonb not null,
        is_recognised boolean not null default false,
        constraint pk_document_pages primary key (file_id, number)
    )
    """,
    """
    alter table document_pages add constraint fk_document_pages_file_id
    foreign key (file_id) references files on delete cascade not valid
    """,
    """
    create table chunks (
        id uuid constraint pk_chunks primary key,
        tenant_id uuid not null,
        file_id uuid not null,
        position integer not null,
        content text not null,
        heading_path text[] not null default '{}',
        page_numbers integer[],
        token_count integer not null,
        kind text not null,
        model text,
        vector halfvec
    )
    """,
    """
    alter table chunks add constraint fk_chunks_file_id
    foreign key (file_id) references files on delete cascade not valid
    """,
    "create index ix_chunks_file on chunks (file_id, position)",
)


def upgrade() -> None:
    """Apply the change."""
    for statement in STATEMENTS:
        op.execute(statement)
    for table in ("documents", "document_pages", "chunks"):
        protect(table)
