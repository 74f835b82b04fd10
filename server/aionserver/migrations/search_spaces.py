"""Indexes of search vectors: one for each space that is searched in large libraries."""

from alembic import op

CODE_DIMENSIONS = 32
# Among a million vectors, 64 leaves one in a hundred of the nearest beyond the reach of any search.
EF_CONSTRUCTION = 128

# Bits of a hash as signs; `kit/tenant_codes.py` says what for, and gives the same numbers.
TENANT_CODE = """
create function tenant_code(tenant uuid) returns halfvec language sql immutable strict parallel safe
return (
    select array_agg((get_bit(sha256(uuid_send(tenant)), place) * 2 - 1) * 0.7 / sqrt(32) order by place)
    from generate_series(0, 31) place
)::real[]::halfvec
"""


def index_space(name: str, dimensions: int) -> None:
    """Make the index of a space anew; it holds up writes while it is built."""
    coded = f"(vector || tenant_code(tenant_id))::halfvec({dimensions + CODE_DIMENSIONS})"
    op.execute(f"drop index if exists ix_search_vectors_{name}")
    op.execute(
        f"create index ix_search_vectors_{name} on search_vectors using hnsw (({coded}) halfvec_cosine_ops)"
        f" with (ef_construction = {EF_CONSTRUCTION}) where name = '{name}'"
    )
