"""The list of files looks at all of a document's text: the words of what is beyond its beginning, in parts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from aionserver.migrations.security import protect

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

# Stems with their positions, so that phrases match; the words as they stand without, for they only serve beginnings.
# The tenant is a word of each, as of its files.
FURTHER_WORDS = """
create function further_words(tenant uuid, input text) returns tsvector language sql immutable parallel safe
return array_to_tsvector(array['@' || cast(tenant as text)])
    || to_tsvector('english', plain_words(input)) || strip(to_tsvector('simple', plain_words(input)))
"""
INDEX = "create index ix_text_words_words on text_words using gin (words) with (fastupdate = off)"

# What is known of documents that are read already: those without a further text have had the step, those that could
# not be read have failed at it.
STEPS = """
insert into file_steps
    (file_id, tenant_id, step, version, status, error_code, error_message, started_at, finished_at)
select s.file_id, s.tenant_id, 'words', '1', s.status,
    case when s.status = 'failed' then 'step_skipped' end, s.error_message, now(), now()
from file_steps s join documents d on d.file_id = s.file_id
where s.step = 'read' and (s.status = 'failed' or d.character_count <= 20000)
"""
# The others get a job each. Only the first takes a turn, so that what is uploaded meanwhile comes between them.
JOBS = """
with waiting as (
    select f.tenant_id, f.id, row_number() over (partition by f.tenant_id order by f.id desc) - 1 as place
    from files f join documents d on d.file_id = f.id join file_steps s on s.file_id = f.id and s.step = 'read'
    where f.deleted_at is null and s.status = 'completed' and d.character_count > 20000
), turns as materialized (
    select tenant_id, take_turns(tenant_id, 'documents', 1) as first
    from (select distinct tenant_id from waiting) as tenants
)
insert into procrastinate_jobs (queue_name, task_name, priority, args)
select 'documents', 'files.process', -(first + place),
    jsonb_build_object('tenant_id', tenant_id, 'file_id', id)
from waiting join turns using (tenant_id) order by place
"""
READ = ("files", "documents", "file_steps")


def upgrade() -> None:
    """Apply the change."""
    op.execute(FURTHER_WORDS)
    op.create_table(
        "text_words",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_text_words_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "part", name=op.f("pk_text_words")),
    )
    op.execute(INDEX)
    protect("text_words")
    # The lock by row binds the owner too, who works for no tenant here.
    for table in READ:
        op.execute(f"alter table {table} no force row level security")
    op.execute(STEPS)
    op.execute(JOBS)
    for table in READ:
        op.execute(f"alter table {table} force row level security")
