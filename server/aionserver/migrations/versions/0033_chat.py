"""Conversations: messages, what was told while answers were made, and plans."""

from alembic import op

from aionserver.migrations.security import protect

revision = "0033"
down_revision = "0030"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    create table chat_sessions (
        id uuid constraint pk_chat_sessions primary key,
        tenant_id uuid not null,
        user_id uuid,
        api_key_id uuid,
        title text not null,
        is_titled boolean not null,
        use_all_images boolean not null,
        image_ids uuid[] not null default '{}',
        document_ids uuid[] not null default '{}',
        video_ids uuid[] not null default '{}',
        total_messages integer not null default 0,
        total_tokens integer not null default 0,
        summary text not null default '',
        summarized_through integer not null default 0,
        is_active boolean not null default true,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        last_message_at timestamptz,
        closed_at timestamptz
    )
    """,
    "create index ix_chat_sessions_latest on chat_sessions (tenant_id, user_id, updated_at)",
    """
    create table chat_messages (
        id uuid constraint pk_chat_messages primary key,
        tenant_id uuid not null,
        session_id uuid not null
            constraint fk_chat_messages_session_id references chat_sessions on delete cascade,
        position integer not null,
        role text not null,
        status text not null,
        content text not null default '',
        resolved_content text not null default '',
        results jsonb not null default '[]',
        details jsonb not null default '{}',
        token_count integer not null default 0,
        processing_time_ms integer,
        provider text,
        model text,
        request_key text,
        request_mark text,
        watched_at timestamptz,
        created_at timestamptz not null default now(),
        constraint uq_chat_messages_session_id unique (session_id, position)
    )
    """,
    "create index ix_chat_messages_request on chat_messages (tenant_id, request_key) where request_key is not null",
    """
    create table chat_events (
        message_id uuid not null
            constraint fk_chat_events_message_id references chat_messages on delete cascade,
        number integer not null,
        tenant_id uuid not null,
        events jsonb not null,
        created_at timestamptz not null default now(),
        constraint pk_chat_events primary key (message_id, number)
    )
    """,
    "create index ix_chat_events_created on chat_events (tenant_id, created_at)",
    """
    create table chat_plans (
        id uuid constraint pk_chat_plans primary key,
        tenant_id uuid not null,
        session_id uuid not null constraint fk_chat_plans_session_id references chat_sessions on delete cascade,
        message_id uuid not null constraint fk_chat_plans_message_id references chat_messages on delete cascade,
        summary text not null,
        steps jsonb not null,
        outcomes jsonb not null default '[]',
        status text not null,
        actor jsonb,
        created_at timestamptz not null default now(),
        decided_at timestamptz,
        completed_at timestamptz
    )
    """,
    "create index ix_chat_plans_session_id on chat_plans (session_id)",
)


def upgrade() -> None:
    """Apply the change."""
    for statement in STATEMENTS:
        op.execute(statement)
    for table in ("chat_sessions", "chat_messages", "chat_events", "chat_plans"):
        protect(table)
