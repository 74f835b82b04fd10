"""Connections to PostgreSQL, the declarative base of all tables, and migrations."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from uuid import UUID

import psycopg
from sqlalchemy import AsyncAdaptedQueuePool, MetaData, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aionserver.infra.errors import Unavailable

MIGRATIONS = Path(__file__).parents[1] / "migrations"
APP_ROLE = "aion_app"
CONNECTION_OPTIONS = f"-c role={APP_ROLE} -c hnsw.iterative_scan=relaxed_order -c timezone=UTC"


class Base(DeclarativeBase):
    """The tables of every noun."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class TenantRow:
    """A row that belongs to a tenant: read through `scope.rows`, and locked by row-level security."""

    tenant_id: Mapped[UUID] = mapped_column(index=False)


def sqlalchemy_url(url: str) -> URL:
    """`postgres://` or `postgresql://` of any driver, as SQLAlchemy's URL for psycopg 3."""
    return make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+psycopg")


def psycopg_url(url: str) -> str:
    """The same URL in the form that libpq reads."""
    return sqlalchemy_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def open_engine(url: str, pool_size: int) -> AsyncEngine:
    """An engine whose connections work as the role that owns no table.

    Prepared statements are off: a generic plan ruins filtered vector search.
    """
    return create_async_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"prepare_threshold": None, "options": CONNECTION_OPTIONS},
    )


def pool_figures(engine: AsyncEngine) -> dict[str, int]:
    """How many connections the engine may open and has: kept ones (`size`), and those for a rush (`overflow`)."""
    pool = cast("AsyncAdaptedQueuePool", engine.pool)
    return {
        "size": pool.size(),
        "most_overflow": pool._max_overflow,  # pyright: ignore[reportPrivateUsage]  what it was opened with
        "idle": pool.checkedin(),
        "checked_out": pool.checkedout(),
        "overflow": max(0, pool.overflow()),
    }


Session = AsyncSession


def open_session(engine: AsyncEngine) -> Session:
    """A session that works for no tenant: for accounts, which are read before one is known."""
    return AsyncSession(engine, expire_on_commit=False)


async def raw_connection(session: AsyncSession) -> object:
    """The psycopg connection that carries the session's transaction."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    return raw.driver_connection


def is_full(error: BaseException | None) -> bool:
    """Whether an error of the database, however wrapped, says that its disk is full."""
    while error is not None and not isinstance(error, psycopg.errors.DiskFull):
        error = error.orig if isinstance(error, DBAPIError) else error.__cause__
    return error is not None


def is_away(error: BaseException | None) -> bool:
    """Whether an error of the database, however wrapped, says that it is down, or on its way down or up."""
    while error is not None and not isinstance(error, psycopg.Error):
        error = error.orig if isinstance(error, DBAPIError) else error.__cause__
    if not isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P0"))


class DatabaseUnusable(Unavailable):
    """The database refuses what the server needs; the message says what."""

    code = "DATABASE_UNUSABLE"


@contextmanager
def database_faults() -> Generator[None]:
    """Faults of the database as one sentence, for the commands of the operator."""
    try:
        yield
    except DBAPIError as error:
        raise DatabaseUnusable(f"The database can't be used: {str(error.orig).strip()}") from error


def migrate(owner_url: str) -> None:
    """Bring the database to the newest schema; safe to run at every start and from several processes at once."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(sqlalchemy_url(owner_url))
    try:
        with database_faults(), engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(7022026)"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
