"""Many files, copied in the database from a few that were really uploaded and described.

Every table that hangs on a file is copied, with words of the copy's own name and vectors near the real one's.
"""

from collections.abc import Mapping, Sequence
from typing import LiteralString, cast

import numpy as np
import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from psycopg import sql

MARK = "COPIED"
# By how much each number of a vector is off, of itself.
NOISE = 0.5
INTO_VECTORS = "copy search_vectors (file_id, name, model, tenant_id, vector) from stdin (format binary)"
# Building an index anew is faster than growing it, and gives the same index.
REBUILD_FROM = 3_000
# Every copy has an id by its time, as uploads have, a minute apart, on into the past with every further fill.
COPIES = """
create temp table copies as
select number, seed.id as seed, taken as created_at,
    (lpad(to_hex((extract(epoch from taken) * 1000)::bigint), 12, '0') || '7' || substr(md5(number::text), 1, 3)
        || 'a' || substr(md5(number::text), 4, 15))::uuid as id
from generate_series({present} + 1, {count}) number
cross join lateral (select now() - number * interval '1 minute' as taken) as moment
join (select id, row_number() over (order by id) - 1 as place, count(*) over () as seeds from files
      where upload_method <> '{mark}' and description_status = 'completed') as seed
    on seed.place = number % seed.seeds
"""
DEPENDENTS = """
select k.conrelid::regclass::text, a.attname from pg_constraint k
join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
where k.contype = 'f' and k.confrelid = 'files'::regclass
"""
OVERRIDES: Mapping[str, str] = {
    "created_at": "copies.created_at",
    "filename": "copies.number || '-' || source.filename",
    "sha256": "encode(sha256(copies.id::text::bytea), 'hex')",
    "object_key": "replace(source.object_key, copies.seed::text, copies.id::text)",
    "upload_method": f"'{MARK}'",
    "packed": "uuid_send(copies.id) || substr(source.packed, 17)",
    "words": "source.words || setweight(stems_and_words(copies.number::text), 'B')",
}


def fill(connection: psycopg.Connection, count: int, *, vectors: bool = True) -> Sequence[str]:
    """Ids of files all over the library, which has `count` afterwards; it has to be the owner's connection.

    Without `vectors` it takes a tenth of the time, for what does not search.
    """
    row = connection.execute("select count(*) from files").fetchone()
    present = int(row[0]) if row else 0
    if present < count:
        # Triggers and foreign keys are passed over: all that they make is copied.
        connection.execute("set session_replication_role = replica")
        _execute(connection, COPIES.format(present=present, count=count, mark=MARK))
        _copy_all(connection)
        if vectors:
            _copy_vectors(connection, rebuild=count - present >= REBUILD_FROM)
        connection.execute("drop table copies")
        connection.execute("set session_replication_role = origin")
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
    found = connection.execute("select id from files order by md5(id::text) limit 2000").fetchall()
    return [str(one[0]) for one in found]


def _copy_all(connection: psycopg.Connection) -> None:
    _copy(connection, "files", "id")
    # Its trigger is needed: the totals are not copied.
    _execute(connection, "set session_replication_role = origin")
    _copy(connection, "ledger_entries", "subject_id", "file_id")
    _execute(connection, "set session_replication_role = replica")
    for table, column in connection.execute(DEPENDENTS).fetchall():
        if table != "search_vectors":
            _copy(connection, str(table), str(column))


def _execute(connection: psycopg.Connection, statement: str) -> None:
    connection.execute(sql.SQL(cast(LiteralString, statement)))


def _copy(connection: psycopg.Connection, table: str, *links: str) -> None:
    """Copy the rows of a table whose columns `links` name a file."""
    query = """
        select column_name from information_schema.columns
        where table_schema = 'public' and table_name = %s and is_generated = 'NEVER'
    """
    columns = [str(one[0]) for one in connection.execute(query, (table,)).fetchall()]
    changes = {**OVERRIDES, "id": "gen_random_uuid()", **dict.fromkeys(links, "copies.id")}
    values = [changes.get(column, f"source.{column}") for column in columns]
    statement = f"insert into {table} ({', '.join(columns)}) select {', '.join(values)} from copies"
    _execute(connection, f"{statement} join {table} source on source.{links[0]} = copies.seed order by copies.number")


def _vector_indexes(connection: psycopg.Connection) -> dict[str, str]:
    query = "select indexname, indexdef from pg_indexes where tablename = 'search_vectors' and indexdef ~ 'hnsw'"
    return {str(name): str(definition) for name, definition in connection.execute(query).fetchall()}


def _copy_vectors(connection: psycopg.Connection, *, rebuild: bool) -> None:
    indexes = _vector_indexes(connection) if rebuild else {}
    for name in indexes:
        _execute(connection, f"drop index {name}")
    _add_vectors(connection)
    for definition in indexes.values():
        _execute(connection, definition)


def _add_vectors(connection: psycopg.Connection) -> None:
    """Every real vector with noise of its own."""
    register_vector(connection)
    dice = np.random.default_rng(0)
    rows = connection.execute(
        "select c.id, v.name, v.model, v.tenant_id, v.vector from copies c "
        "join search_vectors v on v.file_id = c.seed order by c.number"
    )
    with connection.cursor() as cursor, cursor.copy(INTO_VECTORS) as target:
        target.set_types(["uuid", "text", "text", "uuid", "halfvec"])
        for *start, vector in rows:
            target.write_row((*start, _near(dice, vector)))


def _near(dice: np.random.Generator, vector: HalfVector) -> HalfVector:
    """A vector of the same length at a cosine of about 0.9; what is zero stays so, for that is how labels look."""
    real = np.asarray(vector.to_numpy(), dtype=np.float32)
    near = real * (1 + NOISE * dice.standard_normal(real.size, dtype=np.float32))
    return HalfVector(near * (np.linalg.norm(real) / max(float(np.linalg.norm(near)), 1e-12)))
