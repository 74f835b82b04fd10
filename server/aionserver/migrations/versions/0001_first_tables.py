"""The first tables, row-level security, the words of files and the turns of jobs."""

import pgvector.sqlalchemy
import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

from aionserver.migrations.security import APP_ROLE, grant_all, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


PROTECTED = (
    "charges",
    "color_analyses",
    "descriptions",
    "file_steps",
    "file_variants",
    "files",
    "folders",
    "idempotency_keys",
    "picture_facts",
    "search_vectors",
    "upload_session_items",
    "upload_sessions",
)

WORDS_INDEX = """
create index ix_search_vectors_words on search_vectors using hnsw ((vector::halfvec(384)) halfvec_cosine_ops)
where name = 'words'
"""

# The application's role owns nothing, so row-level security binds it. Where this role may neither make it nor take it
# on (a database that somebody else runs), its operator does so once.
ROLE = f"""
do $$ begin
    if not exists (select from pg_roles where rolname = '{APP_ROLE}') then
        create role {APP_ROLE} nologin;
    end if;
    if not pg_has_role(current_user, '{APP_ROLE}', 'SET') then
        execute format('grant {APP_ROLE} to %I', current_user);
    end if;
exception when insufficient_privilege then
    raise exception 'The role {APP_ROLE} is missing. As a superuser: create role {APP_ROLE} nologin; %',
        format('grant {APP_ROLE} to %I;', current_user);
end $$
"""

# All that is neither letter nor digit parts words: in file names, part numbers and tags as in sentences.
PLAIN_WORDS = """
create function plain_words(input text) returns text language sql immutable parallel safe
return regexp_replace(input, '[^[:alnum:]]+', ' ', 'g')
"""

# Stems, so that "running" finds "runs", and the words as they stand, so that "runnin" finds "running".
STEMS_AND_WORDS = """
create function stems_and_words(input text) returns tsvector language sql immutable parallel safe
return to_tsvector('english', plain_words(input)) || to_tsvector('simple', plain_words(input))
"""

FILE_WORDS = """
create function files_words() returns trigger language plpgsql as $$ begin
    new.words :=
        setweight(stems_and_words(coalesce(new.title, '')), 'A') ||
        setweight(stems_and_words(array_to_string(new.tags, ' ') || ' ' || new.filename), 'B') ||
        setweight(stems_and_words(coalesce(new.description, '')), 'C') ||
        setweight(stems_and_words(left(coalesce(new.visible_text, ''), 20000)), 'D');
    return new;
end $$
"""

FILE_WORDS_TRIGGER = """
create trigger files_words before insert or update of title, tags, filename, description, visible_text on files
for each row execute function files_words()
"""

# Start-time fair queuing. The clock is the turn of the first job that waits and may start; a tenant's next job
# comes one turn after its last one, but never before the clock. Both queues share the clock.
TAKE_TURNS = """
create function take_turns(for_tenant uuid, for_queue text, count integer) returns integer language plpgsql as $$
declare clock integer; last integer;
begin
    select -priority into clock from procrastinate_jobs
        where status = 'todo' and queue_name in ('interactive', 'bulk') and coalesce(scheduled_at, now()) <= now()
        order by priority desc, id limit 1;
    if clock is null then
        select coalesce(max(last_turn), 0) into clock from job_turns;
    end if;
    insert into job_turns as turns (tenant_id, queue, last_turn) values (for_tenant, for_queue, clock + count)
        on conflict (tenant_id, queue) do update set last_turn = greatest(turns.last_turn, clock) + count
        returning last_turn into last;
    return last - count + 1;
end $$
"""

# Row-level security lets an index serve only conditions whose function tells nothing of rows it rejects.
# These don't; PostgreSQL marks them so for superusers only, and elsewhere searches are right but slower.
LEAKPROOF = """
do $$ begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        alter function ts_match_vq(tsvector, tsquery) leakproof;
        alter function arraycontains(anyarray, anyarray) leakproof;
    end if;
end $$
"""


def upgrade() -> None:
    """Apply the change."""
    op.execute(ROLE)
    op.execute("create extension if not exists vector")
    op.create_table(
        "charges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charges")),
        sa.UniqueConstraint("tenant_id", "operation", "subject_id", name=op.f("uq_charges_tenant_id")),
    )
    op.create_index("ix_charges_tenant_created", "charges", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("tags_edited", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("folder_id", sa.Uuid(), nullable=True),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("storage_target", sa.Text(), nullable=False),
        sa.Column("upload_method", sa.Text(), nullable=False),
        sa.Column("upload_session_id", sa.Uuid(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("camera", sa.Text(), nullable=True),
        sa.Column("blur_hash", sa.Text(), nullable=True),
        sa.Column("variant_status", sa.Text(), nullable=False),
        sa.Column("variant_error", sa.Text(), nullable=True),
        sa.Column("auto_describe", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("description_status", sa.Text(), nullable=False),
        sa.Column("description_error", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("visible_text", sa.Text(), nullable=True),
        sa.Column("confidence_score", sa.Float(), nullable=True),
        sa.Column("described_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_created_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", postgresql.TSVECTOR(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index(
        "ix_files_created",
        "files",
        ["tenant_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_index(
        "ix_files_deleted",
        "files",
        ["deleted_at"],
        unique=False,
        postgresql_where=sa.text("deleted_at is not null"),
    )
    op.create_index(
        "ix_files_folder",
        "files",
        ["tenant_id", "folder_id"],
        unique=False,
        postgresql_where=sa.text("folder_id is not null"),
    )
    op.create_index(
        "ix_files_newest",
        "files",
        [
            "tenant_id",
            sa.literal_column("coalesce(content_created_at, created_at) DESC"),
            sa.literal_column("id desc"),
        ],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_index(
        "ix_files_session",
        "files",
        ["upload_session_id"],
        unique=False,
        postgresql_where=sa.text("upload_session_id is not null"),
    )
    op.create_index(
        "ix_files_sha256",
        "files",
        ["tenant_id", "sha256"],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_index("ix_files_tags", "files", ["tags"], unique=False, postgresql_using="gin")
    op.create_index("ix_files_words", "files", ["words"], unique=False, postgresql_using="gin")
    op.create_table(
        "folders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["folders.id"], name=op.f("fk_folders_parent_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folders")),
    )
    op.create_index(
        "uq_folders_name",
        "folders",
        ["tenant_id", "parent_id", sa.literal_column("lower(name)")],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created", "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "job_turns",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("last_turn", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "queue", name=op.f("pk_job_turns")),
    )
    op.create_table(
        "rate_windows",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("window_start", sa.Integer(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "window_start", name=op.f("pk_rate_windows")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
    )
    op.create_table(
        "upload_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("upload_method", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("total_files", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_sessions")),
    )
    op.create_index("ix_upload_sessions_newest", "upload_sessions", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("key_prefix", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_api_keys_tenant_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_index(op.f("ix_api_keys_tenant_id"), "api_keys", ["tenant_id"], unique=False)
    op.create_table(
        "color_analyses",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("analysis", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("extracted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_color_analyses_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_color_analyses")),
    )
    op.create_table(
        "descriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("visible_text", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("fallback_reason", sa.Text(), nullable=True),
        sa.Column("processing_time_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_descriptions_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_descriptions")),
    )
    op.create_index("ix_descriptions_file", "descriptions", ["file_id", "created_at"], unique=False)
    op.create_table(
        "file_steps",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_file_steps_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "step", name=op.f("pk_file_steps")),
    )
    op.create_table(
        "file_variants",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_file_variants_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "name", name=op.f("pk_file_variants")),
    )
    op.create_table(
        "memberships",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_memberships_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_table(
        "picture_facts",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("probabilities", sa.LargeBinary(), nullable=False),
        sa.Column("tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("objects", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("text_rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("safety_score", sa.Float(), nullable=False),
        sa.Column("models", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_picture_facts_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_picture_facts")),
    )
    op.create_table(
        "search_vectors",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("vector", pgvector.sqlalchemy.HALFVEC(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_search_vectors_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "name", name=op.f("pk_search_vectors")),
    )
    op.create_index("ix_search_vectors_tenant", "search_vectors", ["tenant_id", "name"], unique=False)
    op.execute(WORDS_INDEX)
    op.create_table(
        "upload_session_items",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["upload_sessions.id"],
            name=op.f("fk_upload_session_items_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "position", name=op.f("pk_upload_session_items")),
    )
    for table in PROTECTED:
        protect(table)
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    for statement in (PLAIN_WORDS, STEMS_AND_WORDS, FILE_WORDS, FILE_WORDS_TRIGGER, TAKE_TURNS, LEAKPROOF):
        op.execute(statement)
    grant_all()
