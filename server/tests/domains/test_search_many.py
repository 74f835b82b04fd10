"""Search in libraries that are too large to look at everything: by index, for each tenant as if it were alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray
from pgvector import HalfVector
from sqlalchemy import text

from aionserver.domains.search import matching, queries
from aionserver.domains.search.matching import matching_words
from aionserver.domains.search.queries import SearchFilter, nearest
from aionserver.domains.search.tables import INDEXED_SPACES
from aionserver.infra.scope import Scope
from aionserver.kit.ids import new_id
from aionserver.kit.tenant_codes import CODE_DIMENSIONS, tenant_code
from plugins.database import Database
from plugins.folders import add_folder
from plugins.product import Product

EVERYWHERE = SearchFilter()
ADD_FILE = """
insert into files (id, tenant_id, media_type, content_type, format, filename, object_key, storage_target, upload_method,
    size_bytes, sha256, variant_status, description_status, description, folder_id)
values (:id, :tenant, 'image', 'image/jpeg', 'JPEG', :name, '', 'default', 'stream', 1, '', 'completed', 'completed',
    :description, :folder)
"""
ADD_VECTOR = """
insert into search_vectors (file_id, tenant_id, name, model, vector)
values (:id, :tenant, :space, 'test', cast(:vector as halfvec))
"""
Vectors = NDArray[np.float32]


def like_real_ones(count: int, seed: int) -> Vectors:
    """Unit vectors around 12 centres that all seeds share."""
    centres = np.random.default_rng(0).standard_normal((12, 384))
    chance = np.random.default_rng(seed)
    vectors = centres[chance.integers(12, size=count)] + 1.2 * chance.standard_normal((count, 384))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


async def add(scope: Scope, vectors: Vectors, folder: UUID | None = None, space: str = "words") -> list[UUID]:
    """Files with these vectors."""
    ids = [new_id() for _ in vectors]
    common = {"tenant": scope.tenant_id, "name": "a.jpg", "description": None, "folder": folder, "space": space}
    await scope.session.execute(text(ADD_FILE), [{**common, "id": one} for one in ids])
    rows = [
        {**common, "id": one, "vector": HalfVector(vector).to_text()} for one, vector in zip(ids, vectors, strict=True)
    ]
    await scope.session.execute(text(ADD_VECTOR), rows)
    return ids


def truly_nearest(ids: Sequence[UUID], vectors: Vectors, query: Vectors) -> set[UUID]:
    return {ids[place] for place in np.argsort(-(vectors @ query))[:10]}


def recall(found: Sequence[Sequence[UUID]], truth: Sequence[set[UUID]]) -> float:
    return float(np.mean([len(set(one[:10]) & true) / 10 for one, true in zip(found, truth, strict=True)]))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every library counts as large."""
    monkeypatch.setattr(queries, "EXACT_UP_TO", 0)
    monkeypatch.setattr(queries, "EXACT_IN_FOLDER_UP_TO", 0)


@pytest.mark.usefixtures("large")
async def test_the_index_finds_each_tenants_nearest_among_those_of_others(product: Product) -> None:
    asked = like_real_ones(20, 99)
    for number, count in enumerate((900, 500, 150)):
        tenant, vectors = await product.tenant(f"Tenant {number}"), like_real_ones(count, number)
        async with product.infra.open_system_scope(tenant.id) as scope:
            ids = await add(scope, vectors)
        async with product.infra.open_system_scope(tenant.id) as scope:
            found = [await nearest(scope, "words", query, EVERYWHERE, 50) for query in asked]
        assert all(set(one) <= set(ids) and len(set(one)) == 50 for one in found)
        assert recall(found, [truly_nearest(ids, vectors, query) for query in asked]) >= 0.97


@pytest.mark.usefixtures("large")
async def test_the_index_is_what_finds_them(product: Product) -> None:
    tenant = await product.tenant()
    async with product.infra.open_system_scope(tenant.id) as scope:
        await add(scope, like_real_ones(60, 1))
        await nearest(scope, "words", like_real_ones(1, 2)[0], EVERYWHERE, 20)
        query = "select pg_stat_get_xact_numscans('ix_search_vectors_words'::regclass)"
        assert (await scope.session.execute(text(query))).scalar_one() == 1


@pytest.mark.usefixtures("large")
async def test_in_a_large_folder_only_its_files_are_found_and_the_nearest_of_them(product: Product) -> None:
    tenant, folder, asked = await product.tenant(), new_id(), like_real_ones(10, 98)
    async with product.infra.open_system_scope(tenant.id) as scope:
        await add(scope, like_real_ones(500, 1))
        vectors = like_real_ones(200, 2)
        await add_folder(scope, folder)
        ids = await add(scope, vectors, folder)
    async with product.infra.open_system_scope(tenant.id) as scope:
        found = [await nearest(scope, "words", query, SearchFilter(folder_id=folder), 20) for query in asked]
        assert all(set(one) <= set(ids) for one in found)
        assert recall(found, [truly_nearest(ids, vectors, query) for query in asked]) >= 0.97
        few = SearchFilter(folder_id=folder, ids=ids[:3])
        assert set(await nearest(scope, "words", asked[0], few, 20)) == set(ids[:3])


@pytest.mark.usefixtures("large")
async def test_what_the_index_finds_too_little_of_is_looked_for_one_by_one(product: Product) -> None:
    crowd, tenant, asked = await product.tenant("Crowd"), await product.tenant("Few"), like_real_ones(1, 97)[0]
    async with product.infra.open_system_scope(crowd.id) as scope:
        theirs = await add(scope, like_real_ones(300, 1))
    async with product.infra.open_system_scope(tenant.id) as scope:
        vectors = like_real_ones(30, 2)
        ids = await add(scope, vectors)
        await scope.session.execute(text("set local hnsw.max_scan_tuples = 1"))
        found = await nearest(scope, "words", asked, EVERYWHERE, 100)
    assert found == [ids[place] for place in np.argsort(-(vectors @ asked))]
    assert not set(found) & set(theirs)


async def test_a_space_without_index_is_searched_while_the_library_is_small(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, asked = await product.tenant(), like_real_ones(1, 96)[0]
    async with product.infra.open_system_scope(tenant.id) as scope:
        ids = await add(scope, like_real_ones(12, 1), space="other")
        assert set(await nearest(scope, "other", asked, EVERYWHERE, 20)) == set(ids)
        monkeypatch.setattr(queries, "EXACT_UP_TO", 11)
        assert await nearest(scope, "other", asked, EVERYWHERE, 20) == []


def test_the_database_and_the_program_know_tenants_by_the_same_numbers(database: Database) -> None:
    with psycopg.connect(database.owner_url) as connection:
        for tenant in (UUID(int=0), UUID(int=2**128 - 1), new_id(), new_id()):
            row = connection.execute("select tenant_code(%s)::text", (tenant,)).fetchone()
            assert row
            numbers = np.array([float(number) for number in str(row[0])[1:-1].split(",")])
            assert numbers == pytest.approx(tenant_code(tenant), rel=1e-3)


def test_every_space_of_large_libraries_has_its_index(database: Database) -> None:
    query = "select indexdef from pg_indexes where tablename = 'search_vectors' and indexdef like '%hnsw%'"
    with psycopg.connect(database.owner_url) as connection:
        indexes = [str(row[0]) for row in connection.execute(query.encode())]
    assert len(indexes) == len(INDEXED_SPACES)
    for name, dimensions in INDEXED_SPACES.items():
        size = f"halfvec({dimensions + CODE_DIMENSIONS})"
        assert any(size in index and f"name = '{name}'" in index for index in indexes)


async def described(scope: Scope, *descriptions: str) -> list[UUID]:
    """Files with these descriptions, in the order in which they came."""
    rows: list[dict[str, Any]] = [
        {"id": new_id(), "tenant": scope.tenant_id, "name": "a.jpg", "description": one, "folder": None}
        for one in descriptions
    ]
    await scope.session.execute(text(ADD_FILE), rows)
    return [row["id"] for row in rows]


async def test_words_that_few_files_have_are_found_however_old_and_common_ones_among_the_newest(
    product: Product, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "NEWEST", 5)
    monkeypatch.setattr(matching, "FEW", 20)
    crowd, tenant = await product.tenant("Crowd"), await product.tenant("Mine")
    async with product.infra.open_system_scope(crowd.id) as scope:
        await described(scope, *["a viaduct"] * 10)
    async with product.infra.open_system_scope(tenant.id) as scope:
        (viaduct,) = await described(scope, "a viaduct at night")
    async with product.infra.open_system_scope(tenant.id) as scope:
        await described(scope, *["a street at night"] * 100)
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("analyze files")
    async with product.infra.open_system_scope(tenant.id) as scope:
        assert await matching_words(scope, ["locomotive", "the"], EVERYWHERE, 50) == []
        assert len(await matching_words(scope, ["street"], EVERYWHERE, 50)) == 5
        both = await matching_words(scope, ["viaduct", "night"], EVERYWHERE, 50)
    assert both[0] == viaduct
    assert len(both) == 6
