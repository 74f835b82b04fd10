"""Tenants: settings, limits, and who works in them with what role."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from aionserver.domains.accounts import service as accounts
from aionserver.domains.api_keys import service as api_keys
from aionserver.domains.mail import service as mail
from aionserver.domains.mail.service import MailListing
from aionserver.domains.usage import service as usage
from aionserver.infra.actors import Role
from aionserver.infra.clock import utc_now
from aionserver.infra.database import open_session
from aionserver.kit.ids import new_id
from aionserver.kit.passwords import hash_password
from plugins.product import Person, Product, Tenant, upload

TENANT = "/api/v2/tenant"
MEMBERS = f"{TENANT}/members"


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def field(answer: httpx2.Response) -> str:
    return answer.json()["error"]["details"][0]["field"].partition(".")[0]


async def scoped_key(product: Product, tenant: Tenant, *scopes: str, role: Role = Role.ADMIN) -> httpx2.AsyncClient:
    async with open_session(product.infra.engine) as session, session.begin():
        return product.client(api_keys.create_key(session, tenant.id, None, "Scoped", role, scopes=list(scopes)))


async def key_of(product: Product, tenant: Tenant, person: Person, role: Role = Role.ADMIN) -> httpx2.AsyncClient:
    async with open_session(product.infra.engine) as session, session.begin():
        return product.client(api_keys.create_key(session, tenant.id, person.user_id, "Theirs", role))


async def letters(product: Product) -> Sequence[MailListing]:
    """What waits to be sent, the newest first."""
    async with open_session(product.infra.engine) as session:
        return await mail.list_mails(session, product.infra.secret, 50, with_sent=False)


async def events(tenant: Tenant, event_type: str) -> list[dict[str, Any]]:
    answer = await tenant.client.get(f"{TENANT}/audit-logs", params={"event_type": event_type})
    return answer.json()["entries"]


async def change(client: httpx2.AsyncClient, **settings: Any) -> httpx2.Response:
    return await client.patch(f"{TENANT}/settings", json=settings)


async def invite(client: httpx2.AsyncClient, email: str, role: str = "viewer", **headers: str) -> httpx2.Response:
    return await client.post(f"{MEMBERS}/invite", json={"email": email, "role": role}, headers=headers)


async def give(client: httpx2.AsyncClient, user_id: object, role: str) -> httpx2.Response:
    return await client.patch(f"{MEMBERS}/{user_id}/role", json={"role": role})


async def test_settings_show_the_plan_and_what_was_used(product: Product, tenant: Tenant) -> None:
    owner = await product.person(tenant)
    last_year = utc_now() - timedelta(days=365)
    for moment, price in ((last_year, 5), (utc_now(), 7)):
        product.infra.clock = lambda moment=moment: moment
        async with product.infra.open_system_scope(tenant.id) as scope:
            await usage.charge(scope, usage.DESCRIBE, new_id(), price)
    shown = (await tenant.client.get(f"{TENANT}/settings")).json()
    assert (shown["id"], shown["name"], shown["owner_user_id"]) == (str(tenant.id), "Tenant", str(owner.user_id))
    assert (shown["current_month_credits"], shown["total_credits"]) == (7, 12)
    assert (shown["current_month_cost"], shown["total_cost"]) == (0.0, 0.0)
    assert (shown["subscription_tier"], shown["max_monthly_credits"], shown["included_credits"]) == (
        "enterprise",
        -1,
        -1,
    )
    assert shown["max_requests_per_minute"] == product.infra.settings.rate_limit_per_minute
    assert (shown["is_active"], shown["allowed_domains"], shown["custom_config"]) == (True, [], {})
    assert (shown["supports_overage"], shown["overage_cost"], shown["max_overage_credits"]) == (False, 0.0, 0)


async def test_settings_are_read_by_all_and_by_a_key_for_them_alone(product: Product, tenant: Tenant) -> None:
    clients = [
        (await product.person(tenant, Role.VIEWER)).client,
        await product.another_key(tenant, Role.VIEWER),
        await scoped_key(product, tenant, "tenants:read"),
        await scoped_key(product, tenant, "read"),
    ]
    stranger = await scoped_key(product, tenant, "usage:read")
    for path in ("settings", "limits", "members"):
        assert [(await client.get(f"{TENANT}/{path}")).status_code for client in clients] == [200] * 4
        assert refusal(await stranger.get(f"{TENANT}/{path}")) == (403, "PERMISSION_DENIED")


async def test_an_administrator_changes_settings_and_the_log_says_from_what_to_what(
    product: Product, tenant: Tenant
) -> None:
    given = {
        "name": "Ours",
        "webhook_url": "https://example.org/hooks?x=1",
        "allowed_vlm_providers": ["openai", "google", "openai"],
        "allowed_domains": ["Example.org", "example.org", "bücher.example"],
        "custom_config": {"colours": ["red"]},
    }
    kept = given | {"allowed_vlm_providers": ["openai", "google"], "allowed_domains": ["example.org", "bücher.example"]}
    before = (await tenant.client.get(f"{TENANT}/settings")).json()
    shown = (await change(tenant.client, **given)).json()
    assert {name: shown[name] for name in given} == kept
    assert shown["updated_at"] > before["updated_at"]
    same = (await change(tenant.client, **dict.fromkeys(set(given) - {"webhook_url"}))).json()
    assert same == shown
    cleared = (await change(tenant.client, webhook_url=None, allowed_domains=[], custom_config={})).json()
    assert (cleared["webhook_url"], cleared["allowed_domains"], cleared["custom_config"]) == (None, [], {})
    assert cleared["allowed_vlm_providers"] == ["openai", "google"]
    changes = (await events(tenant, "tenant.updated"))[-1]["metadata"]["changes"]
    assert changes["name"] == ["Tenant", "Ours"]
    assert changes["allowed_domains"] == [[], kept["allowed_domains"]]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
async def test_who_is_no_administrator_changes_no_setting(product: Product, tenant: Tenant, role: Role) -> None:
    for client in ((await product.person(tenant, role)).client, await product.another_key(tenant, role)):
        assert refusal(await change(client, name="Mine")) == (403, "PERMISSION_DENIED")
    assert (await tenant.client.get(f"{TENANT}/settings")).json()["name"] == "Tenant"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", " "),
        ("name", "x" * 256),
        ("name", "with a zero \0"),
        ("webhook_url", ""),
        ("webhook_url", "example.org"),
        ("webhook_url", "ftp://example.org/"),
        ("webhook_url", "javascript:alert(1)"),
        ("webhook_url", "https://"),
        ("webhook_url", "https://example.org:99999/"),
        ("webhook_url", "https://[::1/"),
        ("webhook_url", "https://user:secret@example.org/"),
        ("webhook_url", "https://example.org/a b"),
        ("webhook_url", "https://example.org/\r\nX: y"),
        ("webhook_url", "https://example.org/" + "x" * 2083),
        ("allowed_vlm_providers", ["acme"]),
        ("allowed_domains", ["not a domain"]),
        ("allowed_domains", ["a@example.org"]),
        ("allowed_domains", [f"d{number}.example.org" for number in range(101)]),
        ("custom_config", {"x": "y" * 16 * 1024}),
        ("custom_config", {"x": [[[[[[[[[1]]]]]]]]]}),
        ("max_monthly_credits", 10),
        ("max_requests_per_minute", None),
    ],
)
async def test_a_setting_that_is_none_is_refused_and_named(tenant: Tenant, name: str, value: object) -> None:
    answer = await change(tenant.client, **{"custom_config": {"a": 1}, name: value})
    assert (answer.status_code, field(answer)) == (422, name)
    assert (await tenant.client.get(f"{TENANT}/settings")).json()["custom_config"] == {}


async def test_settings_are_changed_ten_times_a_minute(product: Product, tenant: Tenant) -> None:
    now = utc_now()
    product.infra.clock = lambda: now
    statuses = [(await change(tenant.client, name=f"No {number}")).status_code for number in range(12)]
    assert statuses == [200] * 10 + [429] * 2


async def test_limits_are_those_of_the_plan(product: Product) -> None:
    free, enterprise = await product.tenant(tier="free"), await product.tenant()
    await upload(free)
    async with product.infra.open_system_scope(free.id) as scope:
        await usage.charge(scope, usage.DESCRIBE, new_id(), 4)
    shown = (await free.client.get(f"{TENANT}/limits")).json()
    assert shown["subscription_tier"] == "free"
    for name, figures in {
        "monthly_uploads": (1000, 1, 999),
        "monthly_verifications": (1000, 1, 999),
        "monthly_credits": (2000, 4, 1996),
    }.items():
        assert tuple(shown[part][name] for part in ("limits", "usage", "remaining")) == figures
    without = (await enterprise.client.get(f"{TENANT}/limits")).json()
    assert [without["limits"][name] for name in ("monthly_uploads", "monthly_credits")] == [-1, -1]
    assert [without["remaining"][name] for name in ("monthly_uploads", "monthly_credits")] == [-1, -1]


async def test_calls_a_minute_are_those_that_the_headers_tell(tenant: Tenant) -> None:
    answer = await tenant.client.get(f"{TENANT}/limits")
    calls = [answer.json()[part]["api_calls_per_minute"] for part in ("limits", "usage", "remaining")]
    assert calls[0] == int(answer.headers["X-RateLimit-Limit"]) == calls[1] + calls[2]
    assert calls[2] == int(answer.headers["X-RateLimit-Remaining"])


async def test_members_are_listed_with_their_roles(product: Product, tenant: Tenant) -> None:
    people = [await product.person(tenant, role, name=role) for role in (Role.OWNER, Role.EDITOR)]
    await product.person(await product.tenant("Neighbour"))
    shown = (await people[1].client.get(MEMBERS)).json()
    assert [(one["id"], one["email"], one["name"], one["role"]) for one in shown] == [
        (str(person.user_id), person.email, role, role)
        for person, role in zip(people, ("owner", "editor"), strict=True)
    ]
    assert shown[0]["joined_at"]
    assert (shown[0]["last_active_at"], shown[1]["last_active_at"] is None) == (None, False)


async def test_an_unknown_person_is_invited_and_gets_a_link(product: Product, tenant: Tenant) -> None:
    owner = await product.person(tenant, name="Ada")
    answer = await invite(owner.client, "New@Example.org", "editor")
    assert answer.status_code == 200
    assert (answer.json()["email"], answer.json()["name"], answer.json()["role"]) == (
        "new@example.org",
        "new@example.org",
        "editor",
    )
    (letter,) = await letters(product)
    assert letter.recipient == "new@example.org"
    assert letter.link
    assert letter.text
    assert "Ada invited you to work in Tenant" in letter.text
    assert [one["role"] for one in (await tenant.client.get(MEMBERS)).json()] == ["owner", "editor"]
    entry = (await events(tenant, "tenant.member_added"))[0]
    assert (entry["resource_id"], entry["metadata"]["changes"]) == (answer.json()["id"], {"role": [None, "editor"]})


async def test_who_is_invited_chooses_a_password_by_the_link_and_logs_in(product: Product, tenant: Tenant) -> None:
    owner, guest = await product.person(tenant), product.client(None)
    await invite(owner.client, "new@example.org", "editor")
    token = str((await letters(product))[0].link).partition("token=")[2]
    session, password = "/api/v2/auth/session", "Invited-horse-1"
    chosen = await guest.post(f"{session}/password-reset/complete", json={"token": token, "new_password": password})
    assert chosen.status_code == 200
    entered = await guest.post(f"{session}/login", json={"email": "new@example.org", "password": password})
    client = product.client(entered.json()["session_token"])
    assert (await client.get(f"{TENANT}/settings")).json()["id"] == str(tenant.id)
    assert (await client.get("/api/v2/user/profile")).json()["email_verified"] is True


async def test_a_known_person_is_added_at_once_and_told_without_a_link(product: Product, tenant: Tenant) -> None:
    owner, guest = await product.person(tenant), await product.person(await product.tenant("Theirs"), name="Grace")
    answer = await invite(owner.client, guest.email.upper(), "admin")
    assert answer.json()["id"] == str(guest.user_id)
    (letter,) = await letters(product)
    assert (letter.recipient, letter.link) == (guest.email, None)
    seen = await guest.client.get(f"{TENANT}/settings", headers={"X-Tenant-ID": str(tenant.id)})
    assert seen.json()["id"] == str(tenant.id)
    assert refusal(await invite(owner.client, guest.email)) == (409, "ALREADY_MEMBER")


async def test_whoever_invites_a_stranger_does_not_learn_their_name(product: Product, tenant: Tenant) -> None:
    owner, guest = await product.person(tenant), await product.person(await product.tenant("Theirs"), name="Grace")
    invited = (await invite(owner.client, guest.email)).json()
    assert (invited["email"], invited["name"]) == (guest.email, guest.email)
    assert [one["name"] for one in (await owner.client.get(MEMBERS)).json()] == ["Person", guest.email]
    await guest.client.get(f"{TENANT}/settings", headers={"X-Tenant-ID": str(tenant.id)})
    assert [one["name"] for one in (await owner.client.get(MEMBERS)).json()] == ["Person", "Grace"]


async def test_an_account_that_never_confirmed_its_address_is_not_let_in_by_an_invitation(
    product: Product, tenant: Tenant
) -> None:
    owner, eve = await product.person(tenant), product.client(None)
    asked = {"email": "bob@example.org", "password": "Eves-password-1", "name": "Bob", "auto_login": True}
    entered = (await eve.post("/api/v2/auth/session/register", json=asked)).json()
    assert refusal(await invite(owner.client, "bob@example.org")) == (409, "ADDRESS_NOT_CONFIRMED")
    seen = await product.client(entered["session_token"]).get(
        f"{TENANT}/settings", headers={"X-Tenant-ID": str(tenant.id)}
    )
    assert refusal(seen) == (403, "PERMISSION_DENIED")
    await product.do_jobs()
    letter = next(one for one in await letters(product) if one.recipient == "bob@example.org")
    token = str(letter.link).partition("token=")[2]
    assert (await eve.post("/api/v2/auth/session/verify-email", json={"token": token})).status_code == 200
    assert (await invite(owner.client, "bob@example.org")).status_code == 200


async def test_who_registered_an_address_that_is_not_theirs_gets_nothing_by_its_invitation(
    product: Product, tenant: Tenant
) -> None:
    owner = await product.person(tenant)
    async with open_session(product.infra.engine) as session, session.begin():
        await accounts.create_user(session, "grace@example.org", "Eve", hash_password("Eves-password-1"))
    answer = await invite(owner.client, "grace@example.org")
    assert answer.json()["name"] == "grace@example.org"
    async with open_session(product.infra.engine) as session:
        user = await accounts.find_user(session, "grace@example.org")
    assert user
    assert user.password_hash is None
    assert (await letters(product))[0].link


async def test_only_the_owner_and_the_owners_keys_change_members(product: Product, tenant: Tenant) -> None:
    owner, admin = await product.person(tenant), await product.person(tenant, Role.ADMIN)
    member = await product.person(tenant, Role.VIEWER)
    read_only = await key_of(product, tenant, owner, Role.VIEWER)
    for client in (admin.client, await key_of(product, tenant, admin), tenant.client, read_only):
        for answer in (
            await invite(client, "new@example.org"),
            await give(client, member.user_id, "admin"),
            await client.delete(f"{MEMBERS}/{member.user_id}"),
        ):
            assert refusal(answer) == (403, "PERMISSION_DENIED")
    key = await key_of(product, tenant, owner)
    assert (await invite(key, "new@example.org")).status_code == 200
    assert (await give(key, member.user_id, "editor")).json()["role"] == "editor"
    assert (await key.delete(f"{MEMBERS}/{member.user_id}")).status_code == 200


@pytest.mark.parametrize(
    ("email", "role", "name"),
    [("new@example.org", "owner", "role"), ("new@example.org", "", "role"), ("no address", "viewer", "email")],
)
async def test_nobody_is_invited_as_an_owner_or_without_an_address(
    product: Product, tenant: Tenant, email: str, role: str, name: str
) -> None:
    answer = await invite((await product.person(tenant)).client, email, role)
    assert (answer.status_code, field(answer)) == (422, name)


async def test_only_addresses_of_the_allowed_domains_are_invited(product: Product, tenant: Tenant) -> None:
    owner = await product.person(tenant)
    await change(tenant.client, allowed_domains=["example.org"])
    assert (await invite(owner.client, "a@EXAMPLE.org")).status_code == 200
    for email in ("a@example.com", "a@sub.example.org", "a@example.org.evil.com"):
        answer = await invite(owner.client, email)
        assert (answer.status_code, field(answer)) == (422, "email")
    assert len(await letters(product)) == 1


async def test_an_invitation_sent_again_with_its_key_is_one(product: Product, tenant: Tenant) -> None:
    owner = await product.person(tenant)
    first, again = [await invite(owner.client, "new@example.org", **{"Idempotency-Key": "one"}) for _ in range(2)]
    assert (first.json(), again.headers["Idempotent-Replayed"]) == (again.json(), "true")
    other = await invite(owner.client, "other@example.org", **{"Idempotency-Key": "one"})
    assert refusal(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(await letters(product)) == 1


async def test_two_tenants_invite_one_unknown_person_at_once(product: Product, tenant: Tenant) -> None:
    owners = [await product.person(tenant), await product.person(await product.tenant("Other"))]
    answers = await asyncio.gather(*(invite(owner.client, "new@example.org") for owner in owners))
    assert [one.status_code for one in answers] == [200, 200]
    assert len({one.json()["id"] for one in answers}) == 1


async def test_one_person_is_invited_many_times_at_once_and_added_once(product: Product, tenant: Tenant) -> None:
    owner = await product.person(tenant)
    answers = await asyncio.gather(*(invite(owner.client, "new@example.org") for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 4
    assert len(await letters(product)) == 1


async def test_a_new_role_holds_at_once(product: Product, tenant: Tenant) -> None:
    owner, member = await product.person(tenant), await product.person(tenant, Role.VIEWER)
    assert refusal(await change(member.client, name="Mine"))[0] == 403
    answer = await give(owner.client, member.user_id, "admin")
    assert (answer.status_code, answer.json()["role"]) == (200, "admin")
    assert (await change(member.client, name="Mine")).status_code == 200
    await give(owner.client, member.user_id, "viewer")
    assert refusal(await change(member.client, name="Again"))[0] == 403
    entry = (await events(tenant, "tenant.member_role_changed"))[-1]
    assert entry["metadata"]["changes"] == {"role": ["viewer", "admin"]}


async def test_the_owner_keeps_the_role_and_stays(product: Product, tenant: Tenant) -> None:
    owner = await product.person(tenant)
    assert refusal(await give(owner.client, owner.user_id, "viewer")) == (409, "OWNER_STAYS")
    assert refusal(await owner.client.delete(f"{MEMBERS}/{owner.user_id}")) == (409, "OWNER_STAYS")
    assert [one["role"] for one in (await owner.client.get(MEMBERS)).json()] == ["owner"]


async def test_who_is_no_member_is_not_found(product: Product, tenant: Tenant) -> None:
    owner, stranger = await product.person(tenant), await product.person(await product.tenant("Other"), Role.VIEWER)
    for user_id in (stranger.user_id, new_id(), "no-id", "0" * 31):
        assert refusal(await give(owner.client, user_id, "viewer")) == (404, "NOT_FOUND")
        assert refusal(await owner.client.delete(f"{MEMBERS}/{user_id}")) == (404, "NOT_FOUND")
    assert (await stranger.client.get(f"{TENANT}/settings")).status_code == 200


async def test_who_is_removed_is_out_at_once_with_their_keys_and_these_stay_ended(
    product: Product, tenant: Tenant
) -> None:
    owner, member = await product.person(tenant), await product.person(tenant, Role.EDITOR)
    key = await key_of(product, tenant, member, Role.EDITOR)
    assert (await key.get(f"{TENANT}/settings")).status_code == 200
    answer = await owner.client.delete(f"{MEMBERS}/{member.user_id}")
    assert (answer.status_code, member.email in answer.json()["detail"]) == (200, True)
    product.infra.clock = lambda: utc_now() + timedelta(seconds=5)
    assert (await member.client.get(f"{TENANT}/settings")).status_code == 403
    assert refusal(await key.get(f"{TENANT}/settings")) == (401, "INVALID_API_KEY")
    assert refusal(await owner.client.delete(f"{MEMBERS}/{member.user_id}")) == (404, "NOT_FOUND")
    assert (await invite(owner.client, member.email)).status_code == 200
    assert (await member.client.get(f"{TENANT}/settings")).status_code == 200
    assert refusal(await key.get(f"{TENANT}/settings")) == (401, "INVALID_API_KEY")
    entry = (await events(tenant, "tenant.member_removed"))[0]
    assert entry["metadata"]["changes"] == {"role": ["editor", None]}


async def test_a_role_changed_while_its_member_is_removed_leaves_no_member(product: Product, tenant: Tenant) -> None:
    owner, member = await product.person(tenant), await product.person(tenant, Role.VIEWER)
    changed, removed = await asyncio.gather(
        give(owner.client, member.user_id, "admin"), owner.client.delete(f"{MEMBERS}/{member.user_id}")
    )
    assert (changed.status_code in (200, 404), removed.status_code) == (True, 200)
    async with product.infra.engine.connect() as connection:
        roles = await connection.scalars(text("select role from memberships"))
        assert roles.all() == ["owner"]
