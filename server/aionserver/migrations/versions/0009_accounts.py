"""Settings of tenants and people, sessions, single-use links, and keys with limits and reasons."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = "timestamptz"
COLUMNS = {
    "tenants": (
        "webhook_url text",
        "allowed_vlm_providers text[] not null default '{}'",
        "allowed_domains text[] not null default '{}'",
        "custom_config jsonb not null default '{}'",
        f"subscription_expires_at {MOMENT}",
        f"updated_at {MOMENT} not null default now()",
        f"closed_at {MOMENT}",
    ),
    "users": (
        "is_active boolean not null default true",
        f"email_verified_at {MOMENT}",
        f"last_login_at {MOMENT}",
        "preferences jsonb not null default '{}'",
    ),
    "memberships": (f"last_active_at {MOMENT}",),
    "api_keys": (
        "description text",
        "rate_limit integer",
        "usage_count bigint not null default 0",
        "revoked_reason text",
    ),
}

TABLES = """
create table sessions (
    id uuid constraint pk_sessions primary key,
    user_id uuid not null constraint fk_sessions_user_id references users on delete cascade,
    tenant_id uuid constraint fk_sessions_tenant_id references tenants on delete set null,
    token_hash bytea not null constraint uq_sessions_token_hash unique,
    previous_token_hash bytea constraint uq_sessions_previous_token_hash unique,
    rotated_at timestamptz,
    is_remembered boolean not null default false,
    address text,
    user_agent text,
    created_at timestamptz not null default now(),
    last_active_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index ix_sessions_user_id on sessions (user_id);
create table one_time_tokens (
    id uuid constraint pk_one_time_tokens primary key,
    user_id uuid not null constraint fk_one_time_tokens_user_id references users on delete cascade,
    purpose text not null,
    token_hash bytea not null constraint uq_one_time_tokens_token_hash unique,
    details jsonb not null default '{}',
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);
create index ix_one_time_tokens_user on one_time_tokens (user_id, purpose);
create index ix_one_time_tokens_expires_at on one_time_tokens (expires_at);
create table login_failures (
    subject bytea constraint pk_login_failures primary key,
    failures integer not null,
    last_at timestamptz not null
);
create index ix_login_failures_last_at on login_failures (last_at);
drop table rate_windows;
create unlogged table rate_windows (
    subject uuid not null,
    ends_at bigint not null,
    hits integer not null,
    constraint pk_rate_windows primary key (subject, ends_at)
);
create index ix_rate_windows_ends on rate_windows (ends_at);
drop index ix_api_keys_tenant_id;
create index ix_api_keys_tenant_newest on api_keys (tenant_id, created_at);
create index ix_api_keys_user_id on api_keys (user_id);
"""


def upgrade() -> None:
    """Apply the change."""
    op.execute("update users set email = lower(email)")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"alter table {table} add column {column}")
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
