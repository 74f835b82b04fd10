"""Who is let in, as whom, and what they may do."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from aionserver.domains.api_keys.keyring import Keyring
from aionserver.infra.actors import Access, Actor, Permission, Role
from aionserver.infra.clock import utc_now
from aionserver.infra.database import open_session
from aionserver.infra.errors import NotAllowed
from aionserver.infra.sandbox import Sandbox
from aionserver.kit.api_keys import fingerprint, new_key
from aionserver.kit.ids import new_id
from plugins.database import Database
from plugins.product import Product, Tenant, photo, running, settings_for, upload

FILES = "/api/v2/user-files"


async def ask(product: Product, token: str | None, **headers: str) -> httpx2.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await product.client(token).get(FILES, headers=sent)


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def change_keys(product: Product, assignment: str, **values: Any) -> None:
    async with open_session(product.infra.engine) as session, session.begin():
        await session.execute(text(f"update api_keys set {assignment}"), values)


async def test_a_key_lets_in_until_it_is_revoked_or_expires(product: Product, tenant: Tenant) -> None:
    assert (await ask(product, tenant.key)).status_code == 200
    assert refusal(await ask(product, None)) == (401, "NOT_AUTHENTICATED")
    assert refusal(await ask(product, new_key())) == (401, "INVALID_API_KEY")
    await change_keys(product, "expires_at = :at", at=utc_now() + timedelta(days=1))
    assert (await ask(product, tenant.key)).status_code == 200
    product.infra.clock = lambda: utc_now() + timedelta(days=2)
    expired = await ask(product, tenant.key)
    assert refusal(expired) == (401, "EXPIRED_API_KEY")
    assert expired.headers["WWW-Authenticate"] == "Bearer"
    await change_keys(product, "revoked_at = now(), expires_at = null")
    product.infra.clock = lambda: utc_now() + timedelta(days=3)
    assert refusal(await ask(product, tenant.key)) == (401, "INVALID_API_KEY")


async def test_the_end_of_a_key_is_known_after_a_second_at_most(product: Product, tenant: Tenant) -> None:
    now = utc_now().replace(second=30)
    product.infra.clock = lambda: now
    assert (await ask(product, tenant.key)).status_code == 200
    await change_keys(product, "revoked_at = now()")
    product.infra.clock = lambda: now + timedelta(seconds=1)
    for _ in range(2):
        assert refusal(await ask(product, tenant.key)) == (401, "INVALID_API_KEY")


async def test_what_is_remembered_of_a_key_is_forgotten_when_the_clock_is_set_back(
    product: Product, tenant: Tenant
) -> None:
    now = utc_now().replace(second=30)
    product.infra.clock = lambda: now
    assert (await ask(product, tenant.key)).status_code == 200
    await change_keys(product, "revoked_at = now()")
    product.infra.clock = lambda: now - timedelta(seconds=5)
    assert refusal(await ask(product, tenant.key)) == (401, "INVALID_API_KEY")


async def test_keys_asked_at_once_get_their_own_tenants_files(product: Product, tenant: Tenant) -> None:
    other = await product.tenant("Other")
    mine = (await upload(tenant))["image_id"]
    for _ in range(3):
        asked = [ask(product, key) for key in (tenant.key, other.key) for _ in range(8)]
        answers = [answer.json()["files"] for answer in await asyncio.gather(*asked)]
        assert [[file["id"] for file in files] for files in answers] == [[mine]] * 8 + [[]] * 8


@pytest.mark.parametrize("scheme", ["Basic {}", "{}", "Token {}", "Bearer", "Bearer  ", ""])
async def test_only_bearer_tokens_are_read(product: Product, tenant: Tenant, scheme: str) -> None:
    answer = await product.client(None).get(FILES, headers={"Authorization": scheme.format(tenant.key)})
    assert answer.status_code == 401
    lower = await product.client(None).get(FILES, headers={"Authorization": f"bearer {tenant.key}"})
    assert lower.status_code == 200


async def test_a_mistyped_key_is_refused_without_asking_the_database(tmp_path: Path, sandbox: Sandbox) -> None:
    nowhere = Database("", "postgresql://nobody@127.0.0.1:1/nowhere")
    async with running(settings_for(nowhere, tmp_path), sandbox) as product:
        key = new_key()
        for mistyped in (key[:-1], key + "A", key[:20] + key[21] + key[20] + key[22:], "aion_", "x" * 10_000, "\u00fc"):
            if mistyped != key:
                sent = [("Authorization", f"Bearer {mistyped}".encode())]
                assert refusal(await product.client(None).get(FILES, headers=sent)) == (401, "INVALID_API_KEY")
        away = await ask(product, key)
        assert refusal(away) == (503, "SERVICE_UNAVAILABLE")
        assert away.headers["Retry-After"]


async def test_a_key_works_in_its_own_tenant_only(product: Product, tenant: Tenant) -> None:
    other = await product.tenant("Other")
    assert (await ask(product, tenant.key, X_Tenant_ID=str(tenant.id))).status_code == 200
    for wrong in (str(other.id), "nonsense"):
        assert refusal(await ask(product, tenant.key, X_Tenant_ID=wrong)) == (403, "PERMISSION_DENIED")


async def test_only_a_digest_of_a_key_is_kept_and_its_use_is_noted(product: Product, tenant: Tenant) -> None:
    await ask(product, tenant.key)
    async with open_session(product.infra.engine) as session:
        row = (await session.execute(text("select *, k::text as whole from api_keys k"))).mappings().one()
    assert row["key_hash"] == fingerprint(tenant.key)
    assert row["key_prefix"] == tenant.key[:12]
    assert tenant.key not in row["whole"]
    assert row["last_used_at"] is not None


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"),
    [
        (set(), True, True),
        ({"read"}, True, False),
        ({"write"}, True, True),
        ({"admin"}, True, True),
        ({"usage:read"}, False, False),
        ({"nonsense"}, False, False),
    ],
)
async def test_scopes_narrow_a_key(
    product: Product, tenant: Tenant, scopes: set[str], reads: bool, writes: bool
) -> None:
    await change_keys(product, "scopes = :scopes", scopes=list(scopes))
    assert (await ask(product, tenant.key)).status_code == (200 if reads else 403)
    sent = await tenant.client.post(f"{FILES}/upload/stream", files={"file": ("a.jpg", photo())})
    assert sent.status_code == (200 if writes else 403)


async def test_a_scope_never_widens_a_role(product: Product, tenant: Tenant) -> None:
    viewer = await product.another_key(tenant, Role.VIEWER)
    await change_keys(product, "scopes = '{admin,write}'")
    assert (await viewer.get(FILES)).status_code == 200
    sent = await viewer.post(f"{FILES}/upload/stream", files={"file": ("a.jpg", photo())})
    assert refusal(sent) == (403, "PERMISSION_DENIED")


async def test_an_editor_may_change_what_a_viewer_may_only_read(product: Product, tenant: Tenant) -> None:
    file_id = (await upload(tenant))["image_id"]
    for role, status in ((Role.VIEWER, 403), (Role.EDITOR, 200), (Role.OWNER, 200)):
        client = await product.another_key(tenant, role)
        assert (await client.get(f"{FILES}/{file_id}")).status_code == 200
        assert (await client.patch(f"{FILES}/{file_id}", json={"title": role})).status_code == status


def test_each_role_may_do_what_those_below_it_may() -> None:
    ladder = [Role.VIEWER, Role.EDITOR, Role.ADMIN, Role.OWNER]

    def allowed(actor: Actor) -> set[Permission]:
        return {one for one in Permission if actor.allows(Access(one))}

    read, write, admin, _ = Permission
    ranks = [allowed(Actor(new_id(), role)) for role in ladder]
    assert ranks == [{read}, {read, write}, {read, write, admin}, {read, write, admin}]
    assert allowed(Actor(new_id(), Role.OWNER, is_owner=True)) == set(Permission)
    with pytest.raises(NotAllowed, match="editor"):
        Actor(new_id(), Role.VIEWER).require(Access(Permission.WRITE))


async def test_a_high_limit_is_shared_out_to_processes_and_none_lets_in_more(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    async with running(settings_for(database, tmp_path, rate_limit_per_minute=4000), sandbox) as product:
        tenant, now, processes = await product.tenant(), utc_now().replace(second=10), (Keyring(), Keyring())
        product.infra.clock = lambda: now
        await processes[0](product.infra, tenant.key, None)
        async with open_session(product.infra.engine) as session, session.begin():
            await session.execute(text("update rate_windows set hits = 3991"))
        product.infra.clock = lambda: now + timedelta(seconds=1)  # what the first has set aside and not used goes back
        allowances = [(await ring(product.infra, tenant.key, None))[1] for _ in range(8) for ring in processes]
        assert [one.exceeded for one in allowances].count(False) == 4000 - (3991 - 3)
        assert all(one.remaining == 0 for one in allowances if one.exceeded)
        product.infra.clock = lambda: now + timedelta(minutes=1)
        assert (await processes[0](product.infra, tenant.key, None))[1].remaining == 3999
