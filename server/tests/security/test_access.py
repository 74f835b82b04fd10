"""Every operation asks of its caller what the OpenAPI document says of it: walked one by one, whatever is added."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from aionserver.app import describe_app
from aionserver.domains.api_keys import service as api_keys
from aionserver.infra.actors import KNOWN_SCOPES, RESOURCE_SCOPES, Role
from aionserver.infra.database import open_session
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.web.credentials import SESSION_COOKIE
from aionserver.kit.ids import new_id
from plugins.database import Databases
from plugins.product import Person, Product, Tenant, running, settings_for
from plugins.routes import OPTIONAL, PUBLIC, routes_of

DOCUMENT: dict[str, Any] = describe_app().openapi()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
GUARDED = {name: one for name, one in OPERATIONS.items() if "x-required-role" in one}
FOR_KEYS = [name for name, one in GUARDED.items() if not one["x-session-only"]]
FOR_SESSIONS = [name for name, one in GUARDED.items() if one["x-session-only"]]
LADDER = [Role.VIEWER, Role.EDITOR, Role.ADMIN, Role.OWNER]
WITH_SCOPES = [(name, scope) for name in FOR_KEYS for scope in GUARDED[name]["x-required-scopes"]]


@dataclass(frozen=True)
class House:
    """A product with a tenant that has a person of each role."""

    product: Product
    tenant: Tenant
    people: dict[Role, Person]

    async def key(self, role: Role, scopes: list[str] | None = None) -> httpx2.AsyncClient:
        """A client with a new key, as the person of the role makes one: an owner's has an administrator's role."""
        held = Role.ADMIN if role is Role.OWNER else role
        async with open_session(self.product.infra.engine) as session, session.begin():
            user = self.people[role].user_id
            key = api_keys.create_key(session, self.tenant.id, user, "Test", held, scopes=scopes or [])
        return self.product.client(key)


@pytest_asyncio.fixture(scope="module")
async def house(
    databases: Databases, migrated_template: str, tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox
) -> AsyncIterator[House]:
    with databases.copied(migrated_template) as fresh:
        async with running(settings_for(fresh, tmp_path_factory.mktemp("house")), sandbox) as product:
            tenant = await product.tenant()
            yield House(product, tenant, {role: await product.person(tenant, role) for role in LADDER})


async def ask(client: httpx2.AsyncClient, name: str, **headers: str) -> httpx2.Response:
    """The answer to an operation that is sent nothing: who may not do it is told so before anything else."""
    method, path = name.split(" ")
    return await client.request(method, re.sub(r"\{\w+\}", str(new_id()), path), headers=headers)


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def is_let_in(answer: httpx2.Response) -> bool:
    """Whether an answer is about what was asked, not about who asked."""
    return answer.status_code not in (401, 403, 429) and answer.status_code < 500


def below(role: str) -> list[Role]:
    return LADDER[: LADDER.index(Role(role))]


def test_what_states_no_role_is_open_to_all_and_nothing_else_is() -> None:
    assert {name.split(" ")[1] for name in OPERATIONS if name not in GUARDED} == PUBLIC & set(DOCUMENT["paths"])
    assert {name for name in OPERATIONS if not OPERATIONS[name].get("security")} == {
        name for name in OPERATIONS if name not in GUARDED and name.split(" ")[1] not in OPTIONAL
    }


def test_the_document_names_the_credentials_that_are_taken() -> None:
    taken = {name: [next(iter(way)) for way in GUARDED[name]["security"]] for name in GUARDED}
    assert {tuple(taken[name]) for name in FOR_KEYS} == {("HTTPBearer", "SessionCookie")}
    assert {tuple(taken[name]) for name in FOR_SESSIONS} == {("SessionBearer", "SessionCookie")}
    assert DOCUMENT["components"]["securitySchemes"]["SessionCookie"]["name"] == SESSION_COOKIE


@pytest.mark.parametrize("name", GUARDED)
def test_every_description_says_who_may(name: str) -> None:
    operation = GUARDED[name]
    said = operation["description"].split("\n\n")[-1]
    role = "any role" if operation["x-required-role"] == "viewer" else f"the role {operation['x-required-role']}"
    assert said.startswith(f"Needs {role}")
    if operation["x-session-only"]:
        assert "API keys are refused" in said and "x-required-scopes" not in operation
    else:
        assert re.findall("`(.+?)`", said) == operation["x-required-scopes"]
        assert set(operation["x-required-scopes"]) <= KNOWN_SCOPES


@pytest.mark.parametrize("name", [" ".join(route) for route in routes_of(describe_app()) if route[1] not in PUBLIC])
async def test_nobody_gets_in_without_a_credential(house: House, name: str) -> None:
    answer = await ask(house.product.client(None), name)
    assert refusal(answer) == (401, "NOT_AUTHENTICATED")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("name", FOR_KEYS)
async def test_a_key_without_the_scope_is_refused_and_told_which(house: House, name: str) -> None:
    needed = GUARDED[name]["x-required-scopes"]
    others = sorted(KNOWN_SCOPES - set(needed))
    answer = await ask(await house.key(Role.OWNER, others), name)
    assert refusal(answer) == (403, "PERMISSION_DENIED")
    assert answer.json()["error"]["details"]["scopes"] == needed
    assert all(f"'{scope}'" in answer.json()["error"]["message"] for scope in needed)


@pytest.mark.parametrize(("name", "scope"), WITH_SCOPES)
async def test_a_key_with_one_of_the_scopes_is_let_in(house: House, name: str, scope: str) -> None:
    answer = await ask(await house.key(Role.OWNER, [scope]), name)
    assert is_let_in(answer), answer.text


@pytest.mark.parametrize("name", FOR_KEYS)
async def test_a_key_of_a_lower_role_is_refused_even_with_the_scope(house: House, name: str) -> None:
    operation = GUARDED[name]
    for role in below(operation["x-required-role-of-keys"]):
        for scopes in ([], operation["x-required-scopes"]):
            answer = await ask(await house.key(role, scopes), name)
            assert refusal(answer) == (403, "PERMISSION_DENIED")
            assert answer.json()["error"]["details"]["role"] == operation["x-required-role-of-keys"]


@pytest.mark.parametrize("name", GUARDED)
async def test_a_session_of_a_lower_role_is_refused(house: House, name: str) -> None:
    for role in below(GUARDED[name]["x-required-role"]):
        assert refusal(await ask(house.people[role].client, name)) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("name", FOR_SESSIONS)
@pytest.mark.parametrize("scopes", [[], ["admin"], sorted(RESOURCE_SCOPES)])
async def test_what_needs_a_session_refuses_every_key(house: House, name: str, scopes: list[str]) -> None:
    assert refusal(await ask(await house.key(Role.OWNER, scopes), name)) == (403, "SESSION_REQUIRED")


@pytest.mark.parametrize("name", [name for name in GUARDED if not name.startswith("GET ")])
async def test_a_cookie_is_not_enough_for_what_another_site_sends(house: House, name: str) -> None:
    cookie = {"Cookie": f"{SESSION_COOKIE}={house.people[Role.OWNER].token}"}
    for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        answer = await ask(house.product.client(None), name, **cookie, **foreign)
        assert refusal(answer) == (403, "CROSS_SITE_REQUEST")


@pytest.mark.parametrize("name", GUARDED)
async def test_a_credential_for_one_tenant_opens_no_other(house: House, name: str) -> None:
    other = str((await house.product.tenant("Other")).id)
    for client in (await house.key(Role.OWNER), house.people[Role.OWNER].client):
        assert refusal(await ask(client, name, **{"X-Tenant-ID": other})) == (403, "PERMISSION_DENIED")
