"""A person's own account: profile, password, e-mail address, sessions, and its end."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from aionserver.domains.accounts import service as accounts
from aionserver.domains.api_keys import service as api_keys
from aionserver.domains.mail import service as mail
from aionserver.domains.mail.service import MailListing
from aionserver.domains.sessions import service as sessions
from aionserver.domains.tenants import jobs as tenant_jobs
from aionserver.domains.uploads import sweep
from aionserver.infra.actors import Role, nobody
from aionserver.infra.clock import utc_now
from aionserver.infra.database import open_session
from aionserver.infra.job_worker import Attempt
from aionserver.kit.passwords import is_password
from plugins.product import Person, Product, Tenant, upload

USER = "/api/v2/user"
NEW_PASSWORD = "Another-horse-8"
PHRASE = {"confirmation": "delete my account"}


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def fields(answer: httpx2.Response) -> list[str]:
    return [one["field"] for one in answer.json()["error"]["details"]]


async def key_of(product: Product, tenant: Tenant, person: Person, role: Role = Role.ADMIN) -> httpx2.AsyncClient:
    async with open_session(product.infra.engine) as session, session.begin():
        return product.client(api_keys.create_key(session, tenant.id, person.user_id, "Theirs", role))


async def another_session(product: Product, person: Person) -> httpx2.AsyncClient:
    async with product.infra.open_scope(nobody()) as scope:
        return product.client((await sessions.begin(scope, person.user_id, None)).token)


async def letters(product: Product) -> Sequence[MailListing]:
    """What waits to be sent, the newest first."""
    async with open_session(product.infra.engine) as session:
        return await mail.list_mails(session, product.infra.secret, 50, with_sent=False)


async def token_for(product: Product, recipient: str) -> str:
    """The token in the newest letter to somebody."""
    links = [one.link for one in await letters(product) if one.recipient == recipient]
    assert links and links[0]
    return links[0].partition("token=")[2]


async def user_of(product: Product, user_id: UUID) -> accounts.User:
    async with open_session(product.infra.engine) as session:
        return await accounts.get_user(session, user_id)


async def events(tenant: Tenant, event_type: str) -> list[dict[str, Any]]:
    answer = await tenant.client.get("/api/v2/tenant/audit-logs", params={"event_type": event_type})
    return answer.json()["entries"]


def later(product: Product, **time: float) -> None:
    product.infra.clock = lambda: utc_now() + timedelta(**time)


def stand_still(product: Product) -> None:
    """Let no window of time end while a test counts in it."""
    now = utc_now()
    product.infra.clock = lambda: now


async def change_password(client: httpx2.AsyncClient, current: str, new: str = NEW_PASSWORD) -> httpx2.Response:
    body = {"current_password": current, "new_password": new}
    return await client.post(f"{USER}/change-password", json=body)


async def ask_for_email(person: Person, new_email: str, password: str | None = None) -> httpx2.Response:
    body = {"new_email": new_email, "password": password or person.password}
    return await person.client.post(f"{USER}/change-email", json=body)


async def confirm_email(product: Product, token: str) -> httpx2.Response:
    return await product.client(None).post(f"{USER}/confirm-email-change", json={"token": token})


async def test_the_profile_is_that_of_the_session_or_of_who_made_the_key(product: Product, tenant: Tenant) -> None:
    person = await product.person(tenant, Role.VIEWER, name="Ada")
    key = await key_of(product, tenant, person, Role.VIEWER)
    shown = [(await client.get(f"{USER}/profile")).json() for client in (person.client, key)]
    assert shown[0] == shown[1]
    assert (shown[0]["id"], shown[0]["email"], shown[0]["name"]) == (str(person.user_id), person.email, "Ada")
    assert (shown[0]["is_active"], shown[0]["email_verified"], shown[0]["preferences"]) == (True, True, {})
    assert refusal(await tenant.client.get(f"{USER}/profile")) == (404, "NOT_FOUND")


async def test_a_viewer_changes_their_profile_and_a_key_that_may_only_read_does_not(
    product: Product, tenant: Tenant
) -> None:
    person = await product.person(tenant, Role.VIEWER, name="Ada")
    changed = await person.client.patch(f"{USER}/profile", json={"name": " Ada L. ", "preferences": {"theme": "dark"}})
    assert (changed.json()["name"], changed.json()["preferences"]) == ("Ada L.", {"theme": "dark"})
    same = await person.client.patch(f"{USER}/profile", json={"name": None, "preferences": None})
    assert same.json() == changed.json()
    key = await key_of(product, tenant, person, Role.VIEWER)
    assert refusal(await key.patch(f"{USER}/profile", json={"name": "Eve"})) == (403, "PERMISSION_DENIED")
    entry = (await events(tenant, "user.updated"))[-1]
    assert entry["metadata"]["changes"]["name"] == ["Ada", "Ada L."]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "  "),
        ("name", "x" * 256),
        ("name", "with a zero \0"),
        ("preferences", {"x": "y" * 16 * 1024}),
        ("preferences", {"x": [[[[[[[[[1]]]]]]]]]}),
        ("preferences", {"x": "\0"}),
        ("preferences", []),
    ],
)
async def test_a_profile_that_is_none_is_refused(product: Product, tenant: Tenant, field: str, value: object) -> None:
    person = await product.person(tenant)
    answer = await person.client.patch(f"{USER}/profile", json={field: value})
    assert (answer.status_code, fields(answer)) == (422, [field])


HOSTILE = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"[" * 100_000,
    b'"\\ud800 Abcdefgh1"',
    b'"' + b"Aa1" * 100_000 + b'"',
    b'{"new_email": "\\ud800@example.org", "password": "\\ud800"}',
    b'{"new_email": "a@example.org", "password": "\\ud800\\u0000"}',
    b'{"current_password": "\\ud800", "new_password": "A1\\ud800aaaaaaaa"}',
    b'{"current_password": "x", "new_password": "' + b"Aa1" * 100_000 + b'"}',
    b'{"name": "\\ud800"}',
    b'{"preferences": {"\\ud800": "\\ud800"}}',
    b'{"preferences": {"a": NaN}}',
    b'{"preferences": {"a": 1e999}}',
    b'{"preferences": ' + b'{"a": ' * 5_000 + b"1" + b"}" * 5_001,
    b'{"token": "\\ud800\\u0000"}',
    b'{"confirmation": "\\ud800\\u0000"}',
]
OPERATIONS = (
    ("PATCH", "profile"),
    ("POST", "change-password"),
    ("POST", "change-email"),
    ("POST", "confirm-email-change"),
    ("POST", "set-initial-password"),
    ("POST", "account/delete"),
)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_hostile_bodies_are_refused_and_change_nothing(
    product: Product, tenant: Tenant, method: str, path: str
) -> None:
    person = await product.person(tenant)
    before = await user_of(product, person.user_id)
    headers = {"Content-Type": "application/json"}
    for body in HOSTILE:
        async with product.infra.engine.begin() as connection:
            await connection.execute(text("delete from rate_windows"))
        answer = await person.client.request(method, f"{USER}/{path}", content=body, headers=headers)
        assert answer.status_code in ((200, 400, 422) if method == "PATCH" else (400, 422)), (
            body[:80],
            answer.text[:200],
        )
    after = await user_of(product, person.user_id)
    for name in ("email", "name", "password_hash", "preferences", "is_active"):
        assert getattr(after, name) == getattr(before, name)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "change-password"),
        ("POST", "change-email"),
        ("POST", "set-initial-password"),
        ("POST", "account/delete"),
        ("GET", "sessions"),
        ("DELETE", "sessions/x"),
        ("POST", "revoke-all-sessions"),
    ],
)
async def test_only_a_session_may_touch_what_lets_a_person_in(
    product: Product, tenant: Tenant, method: str, path: str
) -> None:
    key = await key_of(product, tenant, await product.person(tenant))
    assert refusal(await key.request(method, f"{USER}/{path}")) == (403, "SESSION_REQUIRED")


async def test_a_changed_password_ends_the_other_sessions_and_asks_for_another_token(
    product: Product, tenant: Tenant
) -> None:
    person = await product.person(tenant)
    other = await another_session(product, person)
    answer = await change_password(person.client, person.password)
    assert answer.status_code == 200
    assert answer.json()["session_rotation_required"] is True
    assert answer.json()["rotation_endpoint"] == "/api/v2/auth/session/rotate-session"
    assert (await person.client.get(f"{USER}/profile")).status_code == 200
    assert refusal(await other.get(f"{USER}/profile")) == (401, "INVALID_SESSION")
    assert is_password((await user_of(product, person.user_id)).password_hash, NEW_PASSWORD)
    assert [one.recipient for one in await letters(product)] == [person.email]
    entry = (await events(tenant, "auth.password_changed"))[0]
    assert entry["metadata"] == {"sessions_ended": 1}


async def test_a_wrong_password_changes_nothing_and_can_be_tried_three_times_an_hour(
    product: Product, tenant: Tenant
) -> None:
    stand_still(product)
    person = await product.person(tenant)
    answers = [await change_password(person.client, f"Wrong-horse-{number}") for number in range(4)]
    assert [refusal(one) for one in answers[:3]] == [(400, "WRONG_PASSWORD")] * 3
    assert refusal(answers[3]) == (429, "RATE_LIMIT_ERROR")
    assert int(answers[3].headers["Retry-After"]) > 0
    assert is_password((await user_of(product, person.user_id)).password_hash, person.password)
    assert len(await events(tenant, "auth.password_check_failed")) == 3


@pytest.mark.parametrize("new", ["short-1", "all-small-letters-1", "ALL-LARGE-LETTERS-1", "No-digits-here", "x" * 129])
async def test_a_weak_password_is_refused(product: Product, tenant: Tenant, new: str) -> None:
    person = await product.person(tenant)
    answer = await change_password(person.client, person.password, new)
    assert (answer.status_code, fields(answer)) == (422, ["new_password"])


async def test_the_password_there_is_is_no_new_one(product: Product, tenant: Tenant) -> None:
    person = await product.person(tenant)
    answer = await change_password(person.client, person.password, person.password)
    assert (answer.status_code, fields(answer)) == (422, ["new_password"])


async def test_a_new_address_is_used_when_its_link_is_opened_and_the_old_one_is_told(
    product: Product, tenant: Tenant
) -> None:
    person = await product.person(tenant)
    answer = await ask_for_email(person, "New@Example.org")
    assert answer.status_code == 202
    assert sorted(one.recipient for one in await letters(product)) == sorted(["new@example.org", person.email])
    assert (await person.client.get(f"{USER}/profile")).json()["email"] == person.email
    token = await token_for(product, "new@example.org")
    confirmed = await confirm_email(product, token)
    assert (confirmed.status_code, confirmed.json()["email"]) == (200, "new@example.org")
    assert (await person.client.get(f"{USER}/profile")).json()["email"] == "new@example.org"
    assert refusal(await confirm_email(product, token)) == (400, "INVALID_LINK")
    entry = (await events(tenant, "user.email_changed"))[0]
    assert entry["metadata"]["changes"] == {"email": [person.email, "new@example.org"]}


async def test_asking_tells_nothing_of_an_address_that_has_an_account(product: Product, tenant: Tenant) -> None:
    person, other = await product.person(tenant), await product.person(None)
    taken, free = await ask_for_email(person, other.email), await ask_for_email(person, "free@example.org")
    assert (taken.status_code, taken.json()) == (free.status_code, free.json())
    again = await ask_for_email(person, other.email)
    assert again.status_code == 202
    assert refusal(await confirm_email(product, await token_for(product, other.email))) == (409, "EMAIL_TAKEN")
    assert (await user_of(product, person.user_id)).email == person.email


async def test_a_newer_link_and_a_changed_password_end_the_link_to_a_new_address(
    product: Product, tenant: Tenant
) -> None:
    person = await product.person(tenant)
    await ask_for_email(person, "first@example.org")
    await ask_for_email(person, "second@example.org")
    assert refusal(await confirm_email(product, await token_for(product, "first@example.org")))[0] == 400
    assert (await change_password(person.client, person.password)).status_code == 200
    assert refusal(await confirm_email(product, await token_for(product, "second@example.org")))[0] == 400
    assert (await user_of(product, person.user_id)).email == person.email


async def test_an_address_is_changed_with_the_password_only_and_three_times_a_day(
    product: Product, tenant: Tenant
) -> None:
    stand_still(product)
    person = await product.person(tenant)
    wrong = await ask_for_email(person, "new@example.org", "Wrong-horse-1")
    assert refusal(wrong) == (400, "WRONG_PASSWORD")
    assert await letters(product) == []
    own = await ask_for_email(person, person.email.upper())
    assert (own.status_code, fields(own)) == (422, ["new_email"])
    assert refusal(await ask_for_email(person, "no address"))[0] == 422
    assert refusal(await ask_for_email(person, "new@example.org")) == (429, "RATE_LIMIT_ERROR")


@pytest.mark.parametrize("token", ["", "once_x", "once_" + "0" * 40, "\0", "x" * 100_000])
async def test_a_token_that_is_none_confirms_nothing(product: Product, token: str) -> None:
    assert refusal(await confirm_email(product, token)) == (400, "INVALID_LINK")


async def test_two_people_confirm_one_address_and_one_of_them_has_it(product: Product, tenant: Tenant) -> None:
    people = [await product.person(tenant), await product.person(tenant, Role.VIEWER)]
    tokens: list[str] = []
    for person in people:
        await ask_for_email(person, "one@example.org")
        tokens.append(await token_for(product, "one@example.org"))
    answers = await asyncio.gather(*(confirm_email(product, token) for token in tokens))
    assert sorted(one.status_code for one in answers) == [200, 409]


async def test_sessions_are_listed_and_ended_but_not_the_one_that_asks(product: Product, tenant: Tenant) -> None:
    person, stranger = await product.person(tenant), await product.person(tenant, Role.VIEWER)
    others = [await another_session(product, person) for _ in range(2)]
    shown = (await person.client.get(f"{USER}/sessions")).json()
    assert [one["is_current"] for one in shown].count(True) == 1
    assert len(shown) == 3
    assert set(shown[0]) == {
        "id", "user_agent", "ip_address", "created_at", "last_activity_at", "expires_at", "is_current",
    }  # fmt: skip
    current = next(one["id"] for one in shown if one["is_current"])
    ended = next(one["id"] for one in shown if not one["is_current"])
    assert refusal(await person.client.delete(f"{USER}/sessions/{current}")) == (400, "CURRENT_SESSION")
    for wrong in (ended[:-1], "no-id", "0" * 32):
        assert refusal(await person.client.delete(f"{USER}/sessions/{wrong}")) == (404, "NOT_FOUND")
    assert refusal(await stranger.client.delete(f"{USER}/sessions/{ended}")) == (404, "NOT_FOUND")
    assert (await person.client.delete(f"{USER}/sessions/{ended}")).status_code == 204
    assert sorted([(await one.get(f"{USER}/profile")).status_code for one in others]) == [200, 401]
    assert (await person.client.post(f"{USER}/revoke-all-sessions")).status_code == 204
    assert [(await one.get(f"{USER}/profile")).status_code for one in (*others, person.client)] == [401, 401, 200]
    assert (await stranger.client.get(f"{USER}/profile")).status_code == 200


async def test_a_first_password_is_set_once(product: Product, tenant: Tenant) -> None:
    person = await product.person(tenant)
    assert refusal(await person.client.post(f"{USER}/set-initial-password", json=NEW_PASSWORD)) == (
        400,
        "PASSWORD_EXISTS",
    )
    async with product.infra.engine.begin() as connection:
        await connection.execute(text("update users set password_hash = null"))
    assert refusal(await change_password(person.client, person.password)) == (400, "NO_PASSWORD")
    weak = await person.client.post(f"{USER}/set-initial-password", json="weak-password")
    assert (weak.status_code, fields(weak)) == (422, ["password"])
    answer = await person.client.post(f"{USER}/set-initial-password", json=NEW_PASSWORD)
    assert (answer.status_code, answer.json()) == (200, {"success": True, "auth_provider": "both"})
    assert is_password((await user_of(product, person.user_id)).password_hash, NEW_PASSWORD)


async def test_an_account_is_deleted_by_the_phrase_only(product: Product, tenant: Tenant) -> None:
    stand_still(product)
    person = await product.person(tenant)
    for phrase in ("Delete my account", "delete my account ", ""):
        answer = await person.client.post(f"{USER}/account/delete", json={"confirmation": phrase})
        assert refusal(answer) == (400, "NOT_CONFIRMED")
    assert (await person.client.get(f"{USER}/profile")).status_code == 200
    assert refusal(await person.client.post(f"{USER}/account/delete", json=PHRASE)) == (429, "RATE_LIMIT_ERROR")


async def test_who_deletes_their_account_gets_in_nowhere_and_leaves_the_address_free(
    product: Product, tenant: Tenant
) -> None:
    await product.person(tenant)
    person = await product.person(tenant, Role.EDITOR, name="Ada")
    other, key = await another_session(product, person), await key_of(product, tenant, person, Role.EDITOR)
    assert (await person.client.post(f"{USER}/account/delete", json=PHRASE)).status_code == 200
    later(product, seconds=5)
    assert [(await one.get(f"{USER}/profile")).status_code for one in (person.client, other, key)] == [401] * 3
    left = await user_of(product, person.user_id)
    assert (left.name, left.password_hash, left.is_active) == ("Deleted account", None, False)
    members = (await tenant.client.get("/api/v2/tenant/members")).json()
    assert str(person.user_id) not in [one["id"] for one in members]
    async with open_session(product.infra.engine) as session, session.begin():
        assert (await accounts.create_user(session, person.email, "Another Ada")).id != person.user_id
    owner = await product.person(await product.tenant("Other"))
    again = await owner.client.post("/api/v2/tenant/members/invite", json={"email": left.email})
    assert (again.status_code, fields(again)) == (422, ["email"])
    assert (await events(tenant, "user.deleted"))[0]["user_id"] == str(person.user_id)
    assert (await events(tenant, "tenant.member_removed"))[0]["resource_id"] == str(person.user_id)
    assert (await tenant.client.get("/api/v2/tenant/settings")).json()["is_active"] is True


async def test_who_deletes_their_account_is_unlinked_from_other_services(product: Product, tenant: Tenant) -> None:
    await product.person(tenant)
    person = await product.person(tenant, Role.VIEWER)
    async with product.infra.engine.begin() as connection:
        query = "insert into linked_identities (id, user_id, issuer, subject, email) values (:id, :id, 'i', 's', 'e')"
        await connection.execute(text(query), {"id": person.user_id})
    assert (await person.client.post(f"{USER}/account/delete", json=PHRASE)).status_code == 200
    async with product.infra.engine.connect() as connection:
        assert (await connection.scalars(text("select subject from linked_identities"))).all() == []


async def test_who_owns_what_others_work_in_is_told_so_and_keeps_the_account(product: Product, tenant: Tenant) -> None:
    owner, member = await product.person(tenant), await product.person(tenant, Role.VIEWER)
    answer = await owner.client.post(f"{USER}/account/delete", json=PHRASE)
    assert refusal(answer) == (409, "OWNS_TENANTS")
    assert answer.json()["error"]["details"]["tenants"] == [{"id": str(tenant.id), "name": "Tenant"}]
    assert [(await one.client.get(f"{USER}/profile")).status_code for one in (owner, member)] == [200, 200]


async def test_a_tenant_ends_with_its_owner_and_its_content_when_the_time_is_over(
    product: Product, tenant: Tenant
) -> None:
    neighbour = await product.tenant("Neighbour")
    await upload(neighbour)
    owner = await product.person(tenant)
    await upload(tenant)
    await product.do_jobs()
    assert (await owner.client.post(f"{USER}/account/delete", json=PHRASE)).status_code == 200
    later(product, seconds=5)
    assert refusal(await tenant.client.get("/api/v2/user-files")) == (401, "INVALID_API_KEY")
    assert {"files", "file_variants", "file_steps", "search_vectors"} <= set(await rows_of(product, tenant))
    later(product, days=29)
    await empty(product, tenant)
    assert await rows_of(product, tenant)
    later(product, days=31)
    await empty(product, tenant)
    assert await rows_of(product, tenant) == {}
    assert [key async for key in product.infra.storage.list_keys(f"uploads/{tenant.id}")] == []
    await empty(product, tenant)
    async with open_session(product.infra.engine) as session:
        assert (await accounts.get_tenant(session, tenant.id)).name == ""
        assert await accounts.members_of(session, tenant.id) == []
    assert (await rows_of(product, neighbour))["files"] == 1


async def empty(product: Product, tenant: Tenant) -> None:
    """What the jobs of a night do."""
    await tenant_jobs.purge(product.infra, Attempt(1, is_last=False))
    await sweep.sweep(product.infra, tenant.id)


CONTENT = ("files", "file_variants", "file_steps", "search_vectors", "folders", "upload_sessions", "idempotency_keys")


async def rows_of(product: Product, tenant: Tenant) -> dict[str, int]:
    """How many rows the tenant has in some tables of content, where there are any."""
    async with product.infra.open_system_scope(tenant.id) as scope:
        counted = {table: await scope.session.scalar(text(f"select count(*) from {table}")) for table in CONTENT}
    return {table: count for table, count in counted.items() if count}


async def test_an_invitation_and_the_end_of_the_owner_never_both_happen(product: Product, tenant: Tenant) -> None:
    owner, guest = await product.person(tenant), await product.person(None)
    deleted, invited = await asyncio.gather(
        owner.client.post(f"{USER}/account/delete", json=PHRASE),
        owner.client.post("/api/v2/tenant/members/invite", json={"email": guest.email}),
    )
    async with open_session(product.infra.engine) as session:
        is_open = (await accounts.get_tenant(session, tenant.id)).closed_at is None
        members = [one.user.id for one in await accounts.members_of(session, tenant.id)]
    assert (deleted.status_code, is_open, guest.user_id in members) in ((200, False, False), (409, True, True))
    assert invited.status_code == 200 if is_open else invited.status_code in (401, 403, 404)
