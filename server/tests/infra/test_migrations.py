"""Migrations: by whom they can be run, and over what."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from aionserver.infra.database import MIGRATIONS, sqlalchemy_url
from aionserver.infra.schema_version import newest_revision
from plugins.database import Database, Databases

FIRST_RELEASE = "0005"
ROWS = (
    "insert into tenants (id, name, tier) values (%(tenant)s, 'Old', 'enterprise')",
    "insert into users (id, email, name) values (%(user)s, 'Old.Owner@Example.org', 'Owner')",
    "insert into memberships (tenant_id, user_id, role) values (%(tenant)s, %(user)s, 'owner')",
    "insert into files (id, tenant_id, media_type, content_type, format, filename, object_key, storage_target,"
    " upload_method, size_bytes, sha256, variant_status, description_status) values (%(file)s, %(tenant)s, 'image',"
    " 'image/jpeg', 'jpeg', 'old.jpg', 'k', 'default', 'STREAMING', 1, 'x', 'completed', 'completed')",
    "insert into charges (id, tenant_id, operation, subject_id, credits) values"
    " (%(file)s, %(tenant)s, 'describe', %(file)s, 2)",
)


@pytest.fixture
def plain_owner(databases: Databases, empty_database: Database) -> Iterator[str]:
    """The URL of an empty database by a role that owns it and is no superuser."""
    name = f"plain_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(empty_database.owner_url, autocommit=True) as connection:
        database = connection.info.dbname
        superuser = connection.info.user
        for statement in (
            "do $$ begin create role aion_app nologin; exception when duplicate_object then null; end $$",
            f"create role {name} login",
            f"grant aion_app to {name}",
            "create extension if not exists vector",
            f"alter database {database} owner to {name}",
            f"alter schema public owner to {name}",
        ):
            connection.execute(statement.encode())
        yield empty_database.owner_url.replace(f"//{superuser}", f"//{name}").replace(
            f"user={superuser}", f"user={name}"
        )
        connection.execute(f"reassign owned by {name} to {superuser}".encode())
        connection.execute(f"drop owned by {name}".encode())
        connection.execute(f"alter database {database} owner to {superuser}".encode())
        connection.execute(f"drop role {name}".encode())


def upgrade(url: str, revision: str) -> None:
    config, engine = Config(), create_engine(sqlalchemy_url(url))
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()


def test_an_owner_without_further_rights_brings_an_old_database_with_rows_to_the_newest_schema(
    plain_owner: str,
) -> None:
    upgrade(plain_owner, FIRST_RELEASE)
    ids = {name: uuid.uuid4() for name in ("tenant", "user", "file")}
    with psycopg.connect(plain_owner) as connection:
        may_all = connection.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        assert may_all.fetchone() == (False,)
        connection.execute("select set_config('aion.tenant_id', %s, true)", (str(ids["tenant"]),))
        for statement in ROWS:
            connection.execute(statement.encode(), ids)
    upgrade(plain_owner, "head")
    with psycopg.connect(plain_owner) as connection:
        connection.execute("select set_config('aion.tenant_id', %s, true)", (str(ids["tenant"]),))
        row = connection.execute("select email from users").fetchone()
        assert row == ("old.owner@example.org",)
        assert connection.execute("select sum(credits) from ledger_entries").fetchone() == (2,)
        assert connection.execute("select count(*) from files").fetchone() == (1,)
        assert connection.execute("select version_num from alembic_version").fetchone() == (newest_revision(),)


def test_tables_and_migrations_say_the_same(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from aionserver.infra.database import Base
    from aionserver.wiring import import_tables

    import_tables()
    engine = create_engine(sqlalchemy_url(database.owner_url))
    try:
        with engine.connect() as connection:
            found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    finally:
        engine.dispose()
    ours = {table.name for table in Base.metadata.sorted_tables}
    # What SQL alone makes, such as the queue's tables and the vector index, no table of ours tells of.
    by_hand = {"remove_table", "remove_index"}
    assert [one for one in found if one[0] not in by_hand or getattr(one[1], "name", "") in ours] == []
