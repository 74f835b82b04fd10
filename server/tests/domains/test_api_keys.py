"""Keys are made, shown once, changed and ended by people; and they can do no more than who made them."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from aionserver.domains.api_keys import service as api_keys
from aionserver.infra.actors import KNOWN_SCOPES, Role
from aionserver.infra.clock import utc_now
from aionserver.infra.database import open_session
from aionserver.kit.ids import new_id
from plugins.product import Product, Tenant

KEYS = "/api/v2/api-keys"
FILES = "/api/v2/user-files"


@pytest.fixture
async def admin(product: Product, tenant: Tenant) -> httpx2.AsyncClient:
    """A session of an administrator."""
    return (await product.person(tenant, Role.ADMIN)).client


async def make(client: httpx2.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post(KEYS, json={"name": "Robot", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def without(known: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in known.items() if name not in names}


async def test_a_key_is_shown_once_and_works(product: Product, admin: httpx2.AsyncClient) -> None:
    made = await make(admin, description="Counts boxes", metadata={"team": "dock"})
    key = made["api_key"]
    assert made["key_prefix"] == key[:12]
    assert (made["is_active"], made["scopes"], made["expires_at"]) == (True, [], None)
    assert (await product.client(key).get(FILES)).status_code == 200
    read, listed = await admin.get(f"{KEYS}/{made['id']}"), await admin.get(KEYS, params={"limit": 1})
    assert without(read.json(), "usage_count", "last_used_at") == without(made, "api_key")
    assert listed.json() == {"api_keys": [read.json()], "total": 2}
    assert key not in read.text + listed.text


async def test_the_same_request_sent_again_makes_one_key_and_what_is_remembered_of_it_is_sealed(
    product: Product, tenant: Tenant, admin: httpx2.AsyncClient
) -> None:
    sent: dict[str, Any] = {"json": {"name": "Robot"}, "headers": {"Idempotency-Key": "once"}}
    first, again = await admin.post(KEYS, **sent), await admin.post(KEYS, **sent)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    async with product.infra.open_system_scope(tenant.id) as scope:
        kept = await scope.session.scalar(text("select answer::text from idempotency_keys"))
    assert first.json()["api_key"] not in kept and first.json()["id"] not in kept
    other = await admin.post(KEYS, json={"name": "Other"}, headers={"Idempotency-Key": "once"})
    assert refusal(other) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_an_answer_is_not_repeated_to_another_person(
    product: Product, tenant: Tenant, admin: httpx2.AsyncClient
) -> None:
    colleague = (await product.person(tenant, Role.ADMIN)).client
    sent: dict[str, Any] = {"json": {"name": "Robot"}, "headers": {"Idempotency-Key": "guessed"}}
    mine, theirs = await admin.post(KEYS, **sent), await colleague.post(KEYS, **sent)
    assert "Idempotent-Replayed" not in theirs.headers
    assert mine.json()["api_key"] != theirs.json()["api_key"]


async def test_two_hundred_requests_at_once_with_one_idempotency_key_make_one_key(admin: httpx2.AsyncClient) -> None:
    sent: dict[str, Any] = {"json": {"name": "Robot"}, "headers": {"Idempotency-Key": "storm"}}
    answers = await asyncio.gather(*(admin.post(KEYS, **sent) for _ in range(200)))
    made = [answer for answer in answers if answer.status_code == 201]
    assert made and {answer.json()["api_key"] for answer in made} == {made[0].json()["api_key"]}
    assert {refusal(answer) for answer in answers if answer not in made} <= {(409, "REQUEST_IN_PROGRESS")}
    assert (await admin.get(KEYS)).json()["total"] == 2  # the fixture's own, and this one


@pytest.mark.parametrize("scope", sorted(KNOWN_SCOPES))
async def test_every_scope_of_both_versions_is_known(admin: httpx2.AsyncClient, scope: str) -> None:
    assert (await make(admin, scopes=[scope, scope]))["scopes"] == [scope]


@pytest.mark.parametrize("scope", ["", "owner", "READ", "rules:share", "cloud_storage", "usage:admin", "read "])
async def test_an_unknown_scope_is_refused(admin: httpx2.AsyncClient, scope: str) -> None:
    answer = await admin.post(KEYS, json={"name": "Robot", "scopes": ["read", scope]})
    assert refusal(answer) == (400, "UNKNOWN_SCOPE")
    assert answer.json()["error"]["details"]["unknown"] == [scope]


async def test_a_key_has_its_makers_role_but_at_most_an_administrators(product: Product, tenant: Tenant) -> None:
    for role in (Role.ADMIN, Role.OWNER):
        person = await product.person(tenant, role)
        await make(person.client)
    async with open_session(product.infra.engine) as session:
        roles = (await session.scalars(text("select role from api_keys where user_id is not null"))).all()
    assert list(roles) == ["admin", "admin"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
async def test_who_is_no_administrator_sees_keys_and_changes_none(product: Product, tenant: Tenant, role: Role) -> None:
    client = (await product.person(tenant, role)).client
    listed = (await client.get(KEYS)).json()["api_keys"]
    one = f"{KEYS}/{listed[0]['id']}"
    assert (await client.get(one)).status_code == 200
    for answer in (
        await client.post(KEYS, json={"name": "Mine"}),
        await client.put(one, json={"name": "Mine"}),
        await client.delete(one),
    ):
        assert refusal(answer) == (403, "PERMISSION_DENIED")
    assert (await client.get(KEYS)).json()["api_keys"] == listed


async def test_who_loses_a_role_loses_it_by_the_key_too(product: Product, tenant: Tenant) -> None:
    person = await product.person(tenant, Role.ADMIN)
    robot = product.client((await make(person.client))["api_key"])
    uploads = f"{FILES}/batch-delete"
    assert (await robot.post(uploads, json={"file_ids": [str(new_id())]})).status_code == 200
    async with open_session(product.infra.engine) as session, session.begin():
        query = text("update memberships set role = 'viewer' where user_id = :user")
        await session.execute(query, {"user": person.user_id})
    product.infra.clock = lambda: utc_now() + timedelta(seconds=2)
    assert refusal(await robot.post(uploads, json={"file_ids": [str(new_id())]})) == (403, "PERMISSION_DENIED")
    assert (await robot.get(FILES)).status_code == 200
    async with open_session(product.infra.engine) as session, session.begin():
        query = text("delete from memberships where user_id = :user")
        await session.execute(query, {"user": person.user_id})
    product.infra.clock = lambda: utc_now() + timedelta(seconds=4)
    assert refusal(await robot.get(FILES)) == (401, "INVALID_API_KEY")


async def test_a_key_ends_at_its_time_and_is_then_inactive(product: Product, admin: httpx2.AsyncClient) -> None:
    end = utc_now() + timedelta(hours=1)
    made = await make(admin, expires_at=end.isoformat())
    assert datetime.fromisoformat(made["expires_at"]) == end
    product.infra.clock = lambda: end
    assert refusal(await product.client(made["api_key"]).get(FILES)) == (401, "EXPIRED_API_KEY")
    assert (await admin.get(f"{KEYS}/{made['id']}")).json()["is_active"] is False
    assert (await admin.get(KEYS)).json()["total"] == 1
    assert (await admin.get(KEYS, params={"include_inactive": True})).json()["total"] == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expires_at", "2020-01-01T00:00:00Z"),
        ("expires_at", "0001-01-01T00:00:00+15:00"),
        ("rate_limit_per_minute", 0),
        ("rate_limit_per_minute", 600_001),
        ("name", ""),
        ("name", "a\0b"),
        ("description", "x" * 501),
        ("metadata", {"x": "y" * 16_384}),
        ("metadata", {"x": "a\0b"}),
        ("metadata", [1]),
    ],
)
async def test_what_does_not_fit_is_refused_by_its_field(admin: httpx2.AsyncClient, field: str, value: Any) -> None:
    answer = await admin.post(KEYS, json={"name": "Robot", field: value})
    assert refusal(answer) == (422, "VALIDATION_ERROR")
    assert [issue["field"] for issue in answer.json()["error"]["details"]] == [field]
    assert (await admin.get(KEYS)).json()["total"] == 1


@pytest.mark.parametrize("value", ['{"a":' * 9 + "1" + "}" * 9, '{"a": NaN}', '{"a": 1e999}', r'{"a": "\ud800"}'])
async def test_metadata_that_can_not_be_kept_is_refused(admin: httpx2.AsyncClient, value: str) -> None:
    body = f'{{"name": "Robot", "metadata": {value}}}'
    answer = await admin.post(KEYS, content=body, headers={"Content-Type": "application/json"})
    assert refusal(answer) == (422, "VALIDATION_ERROR")


async def test_metadata_is_merged_by_name_and_bounded_in_all(admin: httpx2.AsyncClient) -> None:
    one = f"{KEYS}/{(await make(admin, metadata={'a': 1, 'b': {'c': 2}}))['id']}"
    maker = (await admin.get(one)).json()["metadata"]["created_by_user_id"]
    changed = await admin.put(one, json={"metadata": {"b": None, "d": [3]}})
    assert changed.json()["metadata"] == {"a": 1, "d": [3], "created_by_user_id": maker}
    for name in ("x", "y"):
        last = await admin.put(one, json={"metadata": {name: "z" * 10_000}})
    assert refusal(last) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("name", ["created_by_user_id", "deactivation_reason", "deactivated_at"])
async def test_the_servers_own_names_in_metadata_are_refused(admin: httpx2.AsyncClient, name: str) -> None:
    assert refusal(await admin.post(KEYS, json={"name": "Robot", "metadata": {name: "x"}})) == (
        400,
        "RESERVED_METADATA",
    )
    one = f"{KEYS}/{(await make(admin))['id']}"
    assert refusal(await admin.put(one, json={"metadata": {name: None}})) == (400, "RESERVED_METADATA")


async def test_name_and_description_can_be_changed_and_what_a_key_may_do_can_not(admin: httpx2.AsyncClient) -> None:
    made = await make(admin, description="Old", scopes=["read"])
    one = f"{KEYS}/{made['id']}"
    changed = (await admin.put(one, json={"name": "New", "description": None})).json()
    assert (changed["name"], changed["description"]) == ("New", None)
    assert (await admin.put(one, json={"name": None})).json() == changed
    for field, value in {"scopes": ["admin"], "is_active": True, "expires_at": None}.items():
        assert refusal(await admin.put(one, json={field: value})) == (422, "VALIDATION_ERROR")
    assert (await admin.get(one)).json()["scopes"] == ["read"]


async def test_a_revoked_key_lets_in_no_more_and_keeps_its_first_reason(
    product: Product, admin: httpx2.AsyncClient
) -> None:
    made = await make(admin)
    one, robot = f"{KEYS}/{made['id']}", product.client(made["api_key"])
    assert (await robot.get(FILES)).status_code == 200
    assert (await admin.delete(one, params={"reason": "Lost laptop"})).status_code == 204
    assert (await admin.delete(one, params={"reason": "Again"})).status_code == 204
    product.infra.clock = lambda: utc_now() + timedelta(seconds=1)
    assert refusal(await robot.get(FILES)) == (401, "INVALID_API_KEY")
    read = (await admin.get(one)).json()
    assert (read["is_active"], read["metadata"]["deactivation_reason"]) == (False, "Lost laptop")
    assert datetime.fromisoformat(read["metadata"]["deactivated_at"]) <= product.infra.clock()
    assert made["id"] not in (await admin.get(KEYS)).text
    assert refusal(await admin.delete(one, params={"reason": "x" * 501})) == (422, "VALIDATION_ERROR")


async def test_all_keys_of_a_person_in_a_tenant_are_revoked_at_once(product: Product, tenant: Tenant) -> None:
    leaving, staying = await product.person(tenant, Role.ADMIN), await product.person(tenant, Role.ADMIN)
    theirs = [(await make(leaving.client))["id"] for _ in range(2)]
    other = (await make(staying.client))["id"]
    async with product.infra.open_system_scope(tenant.id) as scope:
        assert await api_keys.revoke_keys_of(scope, leaving.user_id, "Left") == 2
    elsewhere = await product.tenant("Other")
    async with product.infra.open_system_scope(elsewhere.id) as scope:
        assert await api_keys.revoke_keys_of(scope, staying.user_id, "Left") == 0
    left = {one["id"] for one in (await staying.client.get(KEYS)).json()["api_keys"]}
    assert other in left and not left & set(theirs)


async def test_another_tenants_key_is_not_there(product: Product, tenant: Tenant) -> None:
    stranger = (await product.person(await product.tenant("Other"), Role.ADMIN)).client
    theirs = (await (await product.person(tenant)).client.get(KEYS)).json()["api_keys"][0]["id"]
    for key_id in (theirs, theirs[:8], str(new_id()), "nonsense"):
        one = f"{KEYS}/{key_id}"
        for answer in (
            await stranger.get(one),
            await stranger.put(one, json={"name": "x"}),
            await stranger.delete(one),
        ):
            assert refusal(answer) == (404, "API_KEY_NOT_FOUND")


async def test_a_list_has_pages(admin: httpx2.AsyncClient) -> None:
    made = [(await make(admin, name=f"Robot {number}"))["id"] for number in range(3)]
    page = (await admin.get(KEYS, params={"limit": 2, "offset": 1})).json()
    assert ([one["id"] for one in page["api_keys"]], page["total"]) == ([made[1], made[0]], 4)
    assert (await admin.get(KEYS, params={"offset": 10**30})).json() == {"api_keys": [], "total": 4}
    assert len((await admin.get(KEYS, params={"limit": 10**30})).json()["api_keys"]) == 4
    assert refusal(await admin.get(KEYS, params={"limit": -1})) == (422, "VALIDATION_ERROR")


async def test_uses_are_counted_for_each_key(product: Product, tenant: Tenant, admin: httpx2.AsyncClient) -> None:
    made = await make(admin)
    robot = product.client(made["api_key"])
    for _ in range(3):
        await robot.get(FILES)
    await robot.get(f"{FILES}/nonsense")
    await product.app.state.request_counts.flush(product.infra)
    read = (await admin.get(f"{KEYS}/{made['id']}")).json()
    assert read["usage_count"] == 4
    assert read["last_used_at"] is not None
    await robot.get(FILES)
    await product.app.state.request_counts.flush(product.infra)
    assert (await admin.get(f"{KEYS}/{made['id']}")).json()["usage_count"] == 5


async def test_what_happens_to_keys_is_in_the_audit_log(
    product: Product, tenant: Tenant, admin: httpx2.AsyncClient
) -> None:
    made = await make(admin, scopes=["read"], metadata={"a": 1})
    one = f"{KEYS}/{made['id']}"
    await admin.put(one, json={"name": "Renamed"})
    await admin.delete(one, params={"reason": "Lost"})
    async with product.infra.open_system_scope(tenant.id) as scope:
        query = text(
            "select event_type, action, resource_id, metadata from audit_entries"
            " where resource_type = 'api_key' order by id"
        )
        rows = (await scope.session.execute(query)).all()
    assert [(row.event_type, row.action, row.resource_id) for row in rows] == [
        ("api_key.created", "create", made["id"]),
        ("api_key.updated", "update", made["id"]),
        ("api_key.deleted", "delete", made["id"]),
    ]
    assert rows[0].metadata["changes"]["scopes"] == [None, ["read"]]
    assert rows[1].metadata["changes"] == {"name": ["Robot", "Renamed"]}
    assert rows[2].metadata["reason"] == "Lost"
    assert made["api_key"] not in str(rows)


async def test_keys_are_for_people_only(product: Product, tenant: Tenant, admin: httpx2.AsyncClient) -> None:
    one = f"{KEYS}/{(await make(admin))['id']}"
    for method, path in (("POST", KEYS), ("GET", KEYS), ("GET", one), ("PUT", one), ("DELETE", one)):
        answer = await tenant.client.request(
            method, path, json={"name": "Robot"} if method in ("POST", "PUT") else None
        )
        assert refusal(answer) == (403, "SESSION_REQUIRED")
