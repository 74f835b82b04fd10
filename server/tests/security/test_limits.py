"""Nobody gets more requests than the limit, however many processes serve; and the headers say exactly what is left."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from aionserver.domains.accounts import service as accounts
from aionserver.domains.api_keys import service as api_keys
from aionserver.domains.api_keys.keyring import Keyring
from aionserver.infra.actors import Role
from aionserver.infra.clock import utc_now
from aionserver.infra.database import open_session
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.web.door import Allowance
from aionserver.infra.web.limits import network_of
from plugins.database import Database
from plugins.product import Product, Tenant, photo, running, settings_for

PICTURE = photo()
FILES = "/api/v2/user-files"
VALIDATE = "/api/v2/tenant/s3-config/validate"  # ten a minute
NOON = utc_now().replace(hour=12, minute=0, second=10, microsecond=0)
NEXT_MINUTE = int(NOON.timestamp()) + 50


async def limited_key(product: Product, tenant: Tenant, limit: int | None) -> str:
    async with open_session(product.infra.engine) as session, session.begin():
        return api_keys.create_key(session, tenant.id, None, "Limited", Role.ADMIN, rate_limit=limit)


def left(answer: httpx2.Response) -> tuple[int, int, int]:
    limit, remaining, reset = (answer.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))
    return int(limit), int(remaining), int(reset)


@pytest.fixture
def product(product: Product) -> Product:
    """The product with a clock that stands still, so that no minute ends within a test."""
    product.infra.clock = lambda: NOON
    return product


@pytest.mark.parametrize("processes", [1, 4])
async def test_a_key_gets_its_sixty_requests_a_minute_and_each_is_told_what_is_left(
    product: Product, tenant: Tenant, processes: int
) -> None:
    key, rings = await limited_key(product, tenant, 60), [Keyring() for _ in range(processes)]
    asked = [rings[number % processes](product.infra, key, None) for number in range(200)]
    allowances = [allowance for _, allowance in await asyncio.gather(*asked)]
    admitted = [one for one in allowances if not one.exceeded]
    assert sorted(one.remaining for one in admitted) == list(range(60))
    assert {(one.limit, one.reset_at) for one in allowances} == {(60, NEXT_MINUTE)}
    product.infra.clock = lambda: NOON + timedelta(minutes=1)
    assert (await rings[0](product.infra, key, None))[1].remaining == 59


async def test_a_request_over_the_limit_is_told_when_to_come_again(product: Product, tenant: Tenant) -> None:
    client = product.client(await limited_key(product, tenant, 2))
    for remaining in (1, 0):
        answer = await client.get(FILES)
        assert (answer.status_code, left(answer)) == (200, (2, remaining, NEXT_MINUTE))
        assert "Retry-After" not in answer.headers
    refused = await client.get(FILES)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "RATE_LIMIT_ERROR")
    assert (left(refused), refused.headers["Retry-After"]) == ((2, 0, NEXT_MINUTE), "50")
    product.infra.clock = lambda: NOON + timedelta(seconds=int(refused.headers["Retry-After"]))
    assert (await client.get(FILES)).status_code == 200
    assert (await tenant.client.get(FILES)).status_code == 200  # each key has a limit of its own


@pytest.mark.parametrize(("seconds", "told"), [(0.0, "50"), (0.4, "50"), (49.0, "1"), (49.9, "1"), (50.0, "1")])
def test_who_waits_as_long_as_told_has_waited_long_enough(seconds: float, told: str) -> None:
    spent = Allowance(2, 0, NEXT_MINUTE, exceeded=True)
    assert spent.headers(NOON.timestamp() + seconds)["Retry-After"] == told


async def test_no_key_gets_more_than_the_server_allows_all(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    async with running(settings_for(database, tmp_path, rate_limit_per_minute=3), sandbox) as product:
        product.infra.clock = lambda: NOON
        tenant = await product.tenant()
        for own, limit in ((10_000, 3), (2, 2), (None, 3)):
            client = product.client(await limited_key(product, tenant, own))
            statuses = [(await client.get(FILES)).status_code for _ in range(limit + 1)]
            assert statuses == [200] * limit + [429]


async def test_without_a_figure_of_the_server_the_plans_holds(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    async with running(settings_for(database, tmp_path, rate_limit_per_minute=0), sandbox) as product:
        for tier, limit in (("free", 10), ("starter", 30), ("professional", 100), ("enterprise", 500)):
            tenant = await product.tenant(tier=tier)
            assert left(await tenant.client.get(FILES))[0] == limit
            assert left(await (await product.person(tenant)).client.get(FILES))[0] == limit


async def test_all_sessions_of_a_person_share_one_limit(database: Database, tmp_path: Path, sandbox: Sandbox) -> None:
    async with running(settings_for(database, tmp_path, rate_limit_per_minute=3), sandbox) as product:
        product.infra.clock = lambda: NOON
        tenant = await product.tenant()
        person = await product.person(tenant)
        statuses = [(await person.client.get(FILES)).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        async with open_session(product.infra.engine) as session, session.begin():
            await accounts.add_member(session, (await product.tenant("Other")).id, person.user_id, Role.ADMIN)
        assert (await person.client.get(FILES)).status_code == 429


async def test_the_limit_of_an_operation_holds_across_processes(
    product: Product, tenant: Tenant, database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    async with running(settings_for(database, tmp_path), sandbox) as other:
        other.infra.clock = lambda: NOON
        clients = [product.client(tenant.key), other.client(tenant.key)]
        answers = [await clients[number % 2].post(VALIDATE) for number in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    assert [left(answer)[:2] for answer in answers[:10]] == [(10, number) for number in range(9, -1, -1)]
    assert answers[-1].headers["Retry-After"] == "50"
    another = await product.another_key(tenant, Role.ADMIN)
    assert (await another.post(VALIDATE)).status_code == 200


async def test_of_two_limits_the_scarcer_is_told(product: Product, tenant: Tenant) -> None:
    client = product.client(await limited_key(product, tenant, 8))
    told = [left(await client.post(VALIDATE))[:2] for _ in range(3)]
    assert told == [(8, 7), (8, 6), (8, 5)]
    wide = product.client(await limited_key(product, tenant, 100))
    assert left(await wide.post(VALIDATE))[:2] == (10, 9)


async def test_a_counter_never_overflows(product: Product, tenant: Tenant) -> None:
    await tenant.client.get(FILES)
    async with open_session(product.infra.engine) as session, session.begin():
        await session.execute(text("update rate_windows set hits = 1999999999"))
    for number in range(1, 4):
        product.infra.clock = lambda number=number: NOON + timedelta(seconds=number)
        assert (await tenant.client.get(FILES)).status_code == 429


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_addresses_count_by_who_has_them(address: str, counted: str) -> None:
    assert network_of(address) == counted


async def test_two_hundred_uploads_at_once_with_one_idempotency_key_store_one_file(
    product: Product, tenant: Tenant
) -> None:
    async def send() -> httpx2.Response:
        files: Any = {"file": ("a.jpg", PICTURE)}
        return await tenant.client.post(f"{FILES}/upload/stream", files=files, headers={"Idempotency-Key": "storm"})

    answers = await asyncio.gather(*(send() for _ in range(200)))
    stored = [answer.json()["image_id"] for answer in answers if answer.status_code == 200]
    assert stored and set(stored) == {stored[0]}
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert [file["id"] for file in (await tenant.client.get(FILES)).json()["files"]] == [stored[0]]
    async with product.infra.open_system_scope(tenant.id) as scope:
        charged = await scope.session.scalar(text("select count(*) from ledger_entries where operation = 'upload'"))
    assert charged == 1
