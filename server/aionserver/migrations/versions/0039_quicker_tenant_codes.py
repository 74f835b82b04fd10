"""A tenant's code takes a quarter of the time: searches compute it once more for each vector that an index brings."""

from alembic import op

revision = "0039"
down_revision = "0037"
branch_labels = None
depends_on = None

# The same numbers as before, to the bit, so indexes over them stay as they are: bits of a hash as signs, the lowest of
# each byte first. Written as one expression, without a select, it is put in the place of its call.
HASH = "sha256(uuid_send(tenant))"
BITS = " | ".join(f"(get_byte({HASH}, {place})::bigint << {8 * place})" for place in range(4))
TENANT_CODE = f"""
create or replace function tenant_code(tenant uuid) returns halfvec language sql immutable strict parallel safe
return (
    '[' || rtrim(replace(replace(replace(
        reverse(({BITS})::bit(32)::text), '0', '-a,'), '1', 'a,'), 'a', '0.12374369'), ',') || ']'
)::halfvec
"""


def upgrade() -> None:
    """Apply the change."""
    op.execute(TENANT_CODE)
