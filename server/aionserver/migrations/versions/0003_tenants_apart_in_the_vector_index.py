"""Tenants apart in the indexes of vectors and of words; vectors of up to 4,000 dimensions in their rows."""

from alembic import op

from aionserver.migrations.search_spaces import TENANT_CODE, index_space

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Kept elsewhere, as rows beyond 2 KB are otherwise, each vector of a scan would be another search in an index.
KEEP_IN_ROW = "alter table search_vectors set (toast_tuple_target = 8160)"

# The tenant is a word of its files, which nobody can type: so the index finds what only few of the tenant's files have
# without reading everybody else's.
FILE_WORDS = """
create or replace function files_words() returns trigger language plpgsql as $$ begin
    new.words :=
        array_to_tsvector(array['@' || new.tenant_id]) ||
        setweight(stems_and_words(coalesce(new.title, '')), 'A') ||
        setweight(stems_and_words(array_to_string(new.tags, ' ') || ' ' || new.filename), 'B') ||
        setweight(stems_and_words(coalesce(new.description, '')), 'C') ||
        setweight(stems_and_words(left(coalesce(new.visible_text, ''), 20000)), 'D');
    return new;
end $$
"""
# The lock by row binds the owner too, who works for no tenant here.
FILES_THERE = """
alter table files no force row level security;
update files set words = array_to_tsvector(array['@' || tenant_id]) || words;
alter table files force row level security
"""
# Else every search reads up to 4 MB of words that are not in order yet.
IN_ORDER = "alter index ix_files_words set (fastupdate = off)"


def upgrade() -> None:
    """Apply the change."""
    op.execute(TENANT_CODE)
    op.execute(KEEP_IN_ROW)
    index_space("words", 384)
    for statement in (FILE_WORDS, *FILES_THERE.split(";"), IN_ORDER):
        op.execute(statement)
