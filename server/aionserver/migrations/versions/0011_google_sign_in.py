"""Identities at a provider, and sign-ins under way."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (
    """
    create table linked_identities (
        id uuid constraint pk_linked_identities primary key,
        user_id uuid not null constraint fk_linked_identities_user_id references users on delete cascade,
        issuer text not null,
        subject text not null,
        email text not null,
        linked_at timestamptz not null default now(),
        constraint uq_linked_identities_issuer unique (issuer, subject)
    )
    """,
    "create index ix_linked_identities_user_id on linked_identities (user_id)",
    """
    create table sign_in_attempts (
        state_hash bytea constraint pk_sign_in_attempts primary key,
        browser_hash bytea not null,
        sealed_proof bytea not null,
        user_id uuid constraint fk_sign_in_attempts_user_id references users on delete cascade,
        is_remembered boolean not null,
        expires_at timestamptz not null
    )
    """,
    "create index ix_sign_in_attempts_expires_at on sign_in_attempts (expires_at)",
)


def upgrade() -> None:
    """Apply the change."""
    for statement in TABLES:
        op.execute(statement)
