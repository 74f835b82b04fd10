"""Several selects in one round trip: whose rows they see, and what becomes of the connections."""

import asyncio
from datetime import datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import DateTime, bindparam, func, select, text

from aionserver.domains.folders.tables import Folder
from aionserver.infra.reading import Query, of_tenant
from aionserver.infra.scope import Reader
from aionserver.kit.ids import new_id
from plugins.product import Product, Tenant

NAMES = select(Folder.name).where(Folder.name == bindparam("name"))
MINE = Query(NAMES.where(of_tenant(Folder)))
KEPT = Query(NAMES.where(of_tenant(Folder)), kept=True)
EVERYBODYS = Query(select(Folder.name))
MOMENT = Query(select(bindparam("moment", type_=DateTime(timezone=True)).label("moment")))
SLOW = Query(select(func.pg_sleep(bindparam("seconds"))))


def reader_of(product: Product, tenant: Tenant) -> Reader:
    return Reader(tenant.actor, product.infra)


async def add_folder(product: Product, tenant: Tenant, name: str) -> None:
    async with product.infra.open_scope(tenant.actor) as scope:
        scope.session.add(Folder(id=new_id(), tenant_id=tenant.id, name=name))


async def names(reader: Reader, query: Query, **values: Any) -> list[str]:
    (rows,) = await reader.fetch([query], **values)
    return [row.name for row in rows]


@pytest.mark.parametrize("name", ["plain", "it's", "100%", "%(tenant_id)s", "\\'; drop table folders; --", "日本 \n"])
async def test_values_are_found_as_they_were_written(product: Product, tenant: Tenant, name: str) -> None:
    await add_folder(product, tenant, name)
    reader = reader_of(product, tenant)
    for query in (MINE, KEPT, KEPT):
        assert await names(reader, query, name=name) == [name]
    assert await names(reader, MINE, name="another") == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-02T03:04:05.678901", "2026-01-02T03:04:05.678901+00:00"),
        ("2026-01-02T03:04:05+16:28", "2026-01-01T10:36:05+00:00"),
        ("9999-12-31T23:59:59-16:28", "9999-12-31T23:59:59.999999+00:00"),
        ("0001-01-01T00:00:00+16:28", "0001-01-01T00:00:00+00:00"),
    ],
)
async def test_a_moment_of_any_zone_is_read_as_one_in_utc(
    product: Product, tenant: Tenant, written: str, read: str
) -> None:
    ((row,),) = await reader_of(product, tenant).fetch([MOMENT], moment=datetime.fromisoformat(written))
    assert row.moment == datetime.fromisoformat(read)


async def test_a_query_that_forgets_the_tenant_sees_no_other_tenants_rows(product: Product, tenant: Tenant) -> None:
    other = await product.tenant("Other")
    for one in (tenant, other, tenant):
        await add_folder(product, one, f"of {one.id}, {new_id()}")
    for one, count in ((tenant, 2), (other, 1), (tenant, 2)):
        found = await names(reader_of(product, one), EVERYBODYS)
        assert len(found) == count
        assert all(str(one.id) in name for name in found)


async def test_a_scope_reads_what_it_has_written_itself(product: Product, tenant: Tenant) -> None:
    async with product.infra.open_scope(tenant.actor) as scope:
        scope.session.add(Folder(id=new_id(), tenant_id=tenant.id, name="new"))
        await scope.session.flush()
        first, second = await scope.fetch([KEPT, EVERYBODYS], name="new")
        assert [row.name for row in (*first, *second)] == ["new", "new"]
        assert await names(reader_of(product, tenant), KEPT, name="new") == []


async def test_a_connection_that_died_while_idle_is_replaced(product: Product, tenant: Tenant) -> None:
    await add_folder(product, tenant, "kept")
    reader = reader_of(product, tenant)
    assert await names(reader, KEPT, name="kept") == ["kept"]
    async with product.infra.open_scope(tenant.actor) as scope:
        others = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
        await scope.session.execute(text(f"{others} and datname = current_database()"))
    assert await names(reader, KEPT, name="kept") == ["kept"]


async def test_a_connection_whose_reader_was_cancelled_answers_nobody_else(product: Product, tenant: Tenant) -> None:
    await add_folder(product, tenant, "mine")
    reader = reader_of(product, tenant)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await reader.fetch([SLOW], seconds=5)
    assert await names(reader, MINE, name="mine") == ["mine"]


async def test_an_error_of_the_database_is_raised_and_the_next_reader_goes_on(product: Product, tenant: Tenant) -> None:
    reader = reader_of(product, tenant)
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        await reader.fetch([SLOW], seconds="long")
    assert await names(reader, MINE, name="any") == []


def test_a_constant_in_a_query_is_refused_for_its_name_would_stand_for_several() -> None:
    with pytest.raises(AssertionError, match="bindparams"):
        Query(select(Folder.name).where(Folder.name == "fixed"))
