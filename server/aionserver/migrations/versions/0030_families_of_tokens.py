"""What all tokens of a session share, so that any old one tells a thief; and whose session wants an identity linked."""

from alembic import op

revision = "0030"
down_revision = "0032"
branch_labels = None
depends_on = None

STATEMENTS = (
    "alter table sessions add column family_hash bytea constraint uq_sessions_family_hash unique",
    """
    alter table sign_in_attempts add column session_id uuid
        constraint fk_sign_in_attempts_session_id references sessions on delete cascade
    """,
)


def upgrade() -> None:
    """Apply the change. Sessions from before get their family when their token is replaced next."""
    for statement in STATEMENTS:
        op.execute(statement)
