"""Sessions, registering, links in letters, and passwords, over HTTP."""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy import text

from aionserver.domains.mail import service as mail
from aionserver.domains.sessions import jobs
from aionserver.domains.sessions.schemas import RegisterRequest
from aionserver.infra.actors import NO_TENANT, Role
from aionserver.infra.clock import utc_now
from aionserver.infra.database import open_session
from aionserver.infra.job_worker import Attempt
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.web.idempotency import fingerprint_of
from plugins.database import Database
from plugins.product import PASSWORD, Person, Product, Tenant, running, settings_for

AUTH = "/api/v2/auth/session"
NEW = {"email": "Ada@Example.org", "password": PASSWORD, "name": "Ada", "organization_name": "Engines"}
OTHER_PASSWORD = "Another-horse-8"


async def send(product: Product, path: str, **fields: Any) -> httpx2.Response:
    return await product.client(None).post(f"{AUTH}/{path}", json=fields)


async def log_in(product: Product, email: str, password: str = PASSWORD, **fields: Any) -> httpx2.Response:
    return await send(product, "login", email=email, password=password, **fields)


async def links(product: Product, to: str) -> Sequence[str]:
    """The tokens of the links in a person's letters, the newest first."""
    await product.do_jobs()
    async with open_session(product.infra.engine) as session:
        letters = await mail.list_mails(session, product.infra.secret, 100, with_sent=False)
    return [one.link.split("token=")[1] for one in letters if one.recipient == to and one.link]


async def rows(product: Product, query: str, **values: Any) -> Sequence[Any]:
    async with product.infra.engine.begin() as connection:
        found = await connection.execute(text(query), values)
        return found.all() if found.returns_rows else []


async def audited(client: httpx2.AsyncClient) -> Sequence[str]:
    """What stands in the audit log that the client may read, the oldest first."""
    answer = await client.get("/api/v2/tenant/audit-logs", params={"limit": 100})
    assert answer.status_code == 200, answer.text
    return [one["event_type"] for one in reversed(answer.json()["entries"])]


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def later(product: Product, **time: float) -> None:
    moment = utc_now() + timedelta(**time)
    product.infra.clock = lambda: moment


@pytest_asyncio.fixture
async def ada(product: Product, tenant: Tenant) -> Person:
    return await product.person(tenant, name="Ada")


async def test_who_registers_owns_an_organisation_and_is_logged_in_where_nobody_sends_mail(product: Product) -> None:
    answer = await send(product, "register", **NEW, auto_login=True)
    made = answer.json()
    assert (answer.status_code, made["email_verification_required"], made["email_sent"]) == (200, False, False)
    assert made["email"] == NEW["email"]
    assert f"aionvision_session={made['session_token']}" in answer.headers["Set-Cookie"]
    me = (await product.client(made["session_token"]).get(f"{AUTH}/me")).json()
    assert (me["user_id"], me["email"], me["email_verified"]) == (made["user_id"], "ada@example.org", False)
    founded = await rows(product, "select t.id, t.name, t.tier, m.role from tenants t join memberships m on true")
    assert [(str(row.id), row.name, row.tier, row.role) for row in founded] == [
        (made["tenant_id"], "Engines", "enterprise", "owner")
    ]


async def test_logging_in_gives_a_session_that_stands_for_the_person(product: Product, ada: Person) -> None:
    answer = await log_in(product, f" {ada.email.upper()} ")
    told = answer.json()
    assert (answer.status_code, told["user_id"], told["email"]) == (200, str(ada.user_id), ada.email)
    assert told["email_verified"] and told["is_active"]
    me = (await product.client(told["session_token"]).get(f"{AUTH}/me")).json()
    assert me["last_login_at"] is not None
    assert (await product.client(told["session_token"]).get("/api/v2/user-files")).status_code == 200


async def test_the_first_owner_can_log_in(product: Product) -> None:
    from aionserver.preparing import OWNER_EMAIL, _first_login  # pyright: ignore[reportPrivateUsage]

    async with open_session(product.infra.engine) as session, session.begin():
        made = await _first_login(session, "enterprise")
    assert (await log_in(product, OWNER_EMAIL, made["password"])).status_code == 200


async def test_a_session_lasts_a_day_and_a_remembered_one_a_month(product: Product, ada: Person) -> None:
    short, long = await log_in(product, ada.email), await log_in(product, ada.email, remember_me=True)
    kept = [one for answer in (short, long) for one in answer.headers.get_list("Set-Cookie") if "_session=" in one]
    assert "Max-Age" not in kept[0]
    assert "Max-Age=2592000" in kept[1]
    clients = [product.client(answer.json()["session_token"]) for answer in (short, long)]
    later(product, hours=25)
    assert code(await clients[0].get(f"{AUTH}/me")) == (401, "EXPIRED_SESSION")
    assert (await clients[1].get(f"{AUTH}/me")).status_code == 200
    later(product, days=31)
    assert code(await clients[1].get(f"{AUTH}/me")) == (401, "EXPIRED_SESSION")


async def test_who_is_in_no_organisation_founds_one_by_logging_in(product: Product) -> None:
    lonely = await product.person(None, name="Grace")
    answers = await asyncio.gather(*(log_in(product, lonely.email) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {200}
    founded = await rows(product, "select name from tenants")
    assert [row.name for row in founded] == ["Grace's organisation"]


async def test_a_refreshed_session_has_a_new_token_and_lasts_longer(product: Product, ada: Person) -> None:
    later(product, hours=20)
    answer = await ada.client.post(f"{AUTH}/refresh")
    fresh = answer.json()
    assert fresh["session_token"] != ada.token
    assert fresh["session_token"] in answer.headers["Set-Cookie"]
    later(product, hours=40)
    assert (await product.client(fresh["session_token"]).get(f"{AUTH}/me")).status_code == 200


async def test_the_token_before_is_good_for_half_a_minute_and_gets_the_same_answer_again(
    product: Product, ada: Person
) -> None:
    first = (await ada.client.post(f"{AUTH}/refresh")).json()
    again = await asyncio.gather(*(ada.client.post(f"{AUTH}/refresh") for _ in range(3)))
    assert {answer.json()["session_token"] for answer in again} == {first["session_token"]}
    assert (await ada.client.get(f"{AUTH}/me")).status_code == 200
    assert (await product.client(first["session_token"]).get(f"{AUTH}/me")).status_code == 200


async def test_a_token_that_comes_again_after_it_was_replaced_ends_the_session(product: Product, ada: Person) -> None:
    fresh = (await ada.client.post(f"{AUTH}/rotate-session")).json()
    later(product, seconds=31)
    assert code(await ada.client.get(f"{AUTH}/me")) == (401, "INVALID_SESSION")
    assert code(await product.client(fresh["session_token"]).get(f"{AUTH}/me")) == (401, "INVALID_SESSION")
    assert code(await product.client(fresh["session_token"]).post(f"{AUTH}/refresh")) == (401, "INVALID_SESSION")


async def test_who_copies_a_token_and_replaces_it_twice_is_found_out_too(product: Product, ada: Person) -> None:
    stolen = ada.token
    for _ in range(2):
        thief = product.client(stolen)
        stolen = (await thief.post(f"{AUTH}/refresh")).json()["session_token"]
    assert (await product.client(stolen).get(f"{AUTH}/me")).status_code == 200
    assert code(await ada.client.get(f"{AUTH}/me")) == (401, "INVALID_SESSION")
    assert code(await product.client(stolen).get(f"{AUTH}/me")) == (401, "INVALID_SESSION")


async def test_a_session_from_before_tokens_had_families_goes_on(product: Product, ada: Person) -> None:
    await rows(product, "update sessions set family_hash = null")
    assert (await ada.client.get(f"{AUTH}/me")).status_code == 200
    fresh = (await ada.client.post(f"{AUTH}/refresh")).json()["session_token"]
    newest = (await product.client(fresh).post(f"{AUTH}/refresh")).json()["session_token"]
    assert code(await ada.client.get(f"{AUTH}/me")) == (401, "INVALID_SESSION")
    assert code(await product.client(newest).get(f"{AUTH}/me")) == (401, "INVALID_SESSION")


async def test_logging_out_ends_one_session_or_all(product: Product, ada: Person) -> None:
    tokens = [(await log_in(product, ada.email)).json()["session_token"] for _ in range(3)]
    clients = [product.client(token) for token in tokens]
    out = await clients[0].post(f"{AUTH}/logout")
    assert out.json()["sessions_ended"] == 1
    assert "Max-Age=0" in out.headers["Set-Cookie"]
    assert code(await clients[0].get(f"{AUTH}/me")) == (401, "INVALID_SESSION")
    assert (await clients[1].get(f"{AUTH}/me")).status_code == 200
    everywhere = await clients[1].post(f"{AUTH}/logout", params={"logout_all": True})
    assert everywhere.json()["sessions_ended"] == 3
    assert code(await clients[2].get(f"{AUTH}/me")) == (401, "INVALID_SESSION")
    assert code(await ada.client.get(f"{AUTH}/me")) == (401, "INVALID_SESSION")


async def test_a_person_sees_their_devices_and_ends_the_others(product: Product, tenant: Tenant, ada: Person) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
    sent = {"email": ada.email, "password": PASSWORD}
    other = await product.client(None).post(f"{AUTH}/login", json=sent, headers={"User-Agent": agent})
    stranger = await product.person(tenant)
    listed = (await ada.client.get(f"{AUTH}/sessions")).json()
    assert [(one["device_name"], one["is_current"]) for one in listed] == [
        ("Firefox on Linux", False),
        ("Unknown device", True),
    ]
    assert listed[0]["ip_address"] == "127.0.0.1"
    other_id = other.json()["session_id"]
    assert (await stranger.client.delete(f"{AUTH}/sessions/{other_id}")).status_code == 404
    assert (await ada.client.delete(f"{AUTH}/sessions/{other_id}")).status_code == 200
    assert code(await product.client(other.json()["session_token"]).get(f"{AUTH}/me")) == (401, "INVALID_SESSION")
    assert code(await ada.client.delete(f"{AUTH}/sessions/{listed[1]['session_id']}")) == (400, "CURRENT_SESSION")
    for gone in (other_id, "nonsense"):
        assert (await ada.client.delete(f"{AUTH}/sessions/{gone}")).status_code == 404


async def test_a_key_is_no_session(product: Product, tenant: Tenant) -> None:
    for path in ("me", "sessions", "email-verification-status"):
        assert code(await tenant.client.get(f"{AUTH}/{path}")) == (403, "SESSION_REQUIRED")
    for path in ("refresh", "rotate-session", "logout", "resend-verification"):
        assert code(await tenant.client.post(f"{AUTH}/{path}")) == (403, "SESSION_REQUIRED")


async def test_a_forgotten_password_is_chosen_anew_by_a_link_that_works_once(product: Product, ada: Person) -> None:
    await send(product, "password-reset/request", email=ada.email.upper())
    (token,) = await links(product, ada.email)
    valid = await product.client(None).get(f"{AUTH}/password-reset/validate", params={"token": token})
    assert valid.json()["valid"]
    weak = await send(product, "password-reset/complete", token=token, new_password="weak")
    assert code(weak) == (422, "VALIDATION_ERROR")
    tries = [send(product, "password-reset/complete", token=token, new_password=OTHER_PASSWORD) for _ in range(4)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*tries))
    assert statuses == [200, 400, 400, 400]
    assert code(await ada.client.get(f"{AUTH}/me")) == (401, "INVALID_SESSION")
    assert (await log_in(product, ada.email)).status_code == 401
    assert (await log_in(product, ada.email, OTHER_PASSWORD)).status_code == 200
    valid = await product.client(None).get(f"{AUTH}/password-reset/validate", params={"token": token})
    assert valid.json() == {"valid": False, "expires_at": None}
    told = await rows(product, "select recipient from outbox_mails where kind = 'password_changed'")
    assert [row.recipient for row in told] == [ada.email]


async def test_a_link_opened_many_times_at_once_is_used_once(product: Product, ada: Person) -> None:
    await send(product, "password-reset/request", email=ada.email)
    (reset,) = await links(product, ada.email)
    passwords = [f"Chosen-horse-{number}" for number in range(8)]
    answers = await asyncio.gather(
        *(send(product, "password-reset/complete", token=reset, new_password=one) for one in passwords)
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    chosen = passwords[[answer.status_code for answer in answers].index(200)]
    entered = (await log_in(product, ada.email, chosen)).json()
    client = product.client(entered["session_token"])
    wanted = {"new_email": "ada@elsewhere.example", "password": chosen}
    assert (await client.post("/api/v2/user/change-email", json=wanted)).status_code == 202
    (change,) = await links(product, wanted["new_email"])
    confirm = "/api/v2/user/confirm-email-change"
    changed = await asyncio.gather(*(product.client(None).post(confirm, json={"token": change}) for _ in range(8)))
    assert sorted(answer.status_code for answer in changed) == [200] + [400] * 7


async def test_a_link_ends_when_it_is_old_or_a_newer_one_is_sent(product: Product, ada: Person) -> None:
    await send(product, "password-reset/request", email=ada.email)
    (first,) = await links(product, ada.email)
    await send(product, "password-reset/request", email=ada.email)
    second, _ = await links(product, ada.email)
    refused = await send(product, "password-reset/complete", token=first, new_password=OTHER_PASSWORD)
    assert code(refused) == (400, "INVALID_LINK")
    later(product, minutes=61)
    refused = await send(product, "password-reset/complete", token=second, new_password=OTHER_PASSWORD)
    assert code(refused) == (400, "INVALID_LINK")
    mistyped = await send(product, "password-reset/complete", token="once_x", new_password=OTHER_PASSWORD)
    assert code(mistyped) == (400, "INVALID_LINK")


async def test_a_link_to_reset_a_password_confirms_no_address_and_the_other_way_round(product: Product) -> None:
    await send(product, "register", **NEW)
    (token,) = await links(product, "ada@example.org")
    refused = await send(product, "password-reset/complete", token=token, new_password=OTHER_PASSWORD)
    assert code(refused) == (400, "INVALID_LINK")
    await send(product, "password-reset/request", email=NEW["email"])
    reset = (await links(product, "ada@example.org"))[0]
    assert code(await send(product, "verify-email", token=reset)) == (400, "INVALID_LINK")


async def test_a_link_is_of_no_use_when_the_address_it_went_to_is_not_the_persons_any_more(
    product: Product, ada: Person
) -> None:
    await send(product, "password-reset/request", email=ada.email)
    (token,) = await links(product, ada.email)
    await rows(product, "update users set email = 'new@example.org' where email = :email", email=ada.email)
    refused = await send(product, "password-reset/complete", token=token, new_password=OTHER_PASSWORD)
    assert code(refused) == (400, "INVALID_LINK")


async def test_an_address_is_confirmed_by_its_link_and_the_letter_can_be_sent_again(product: Product) -> None:
    made = (await send(product, "register", **NEW, auto_login=True)).json()
    client = product.client(made["session_token"])
    again = await client.post(f"{AUTH}/resend-verification")
    assert (again.status_code, again.json()["email_sent"]) == (200, False)
    newest, oldest = await links(product, "ada@example.org")
    assert code(await send(product, "verify-email", token=oldest)) == (400, "INVALID_LINK")
    before = (await client.get(f"{AUTH}/email-verification-status")).json()
    assert (before["email_verified"], before["verification_required"]) == (False, False)
    done = await send(product, "verify-email", token=newest)
    assert (done.status_code, done.json()["email"]) == (200, "ada@example.org")
    assert (await client.get(f"{AUTH}/email-verification-status")).json()["email_verified"]
    told = await client.post(f"{AUTH}/resend-verification")
    assert told.json() == {"message": "The address is confirmed already.", "email_sent": False}


async def test_where_addresses_are_confirmed_the_organisation_is_founded_by_the_link(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    async with running(settings_for(database, tmp_path, require_verified_email=True), sandbox) as product:
        made = (await send(product, "register", **NEW, auto_login=True)).json()
        assert (made["session_token"], made["email_verification_required"]) == (None, True)
        assert code(await log_in(product, NEW["email"])) == (401, "INVALID_CREDENTIALS")
        await send(product, "resend-verification-by-email", email=NEW["email"])
        newest, oldest = await links(product, "ada@example.org")
        assert code(await send(product, "verify-email", token=oldest)) == (400, "INVALID_LINK")
        tries = await asyncio.gather(*(send(product, "verify-email", token=newest) for _ in range(3)))
        assert sorted(answer.status_code for answer in tries) == [200, 400, 400]
        told = (await log_in(product, NEW["email"])).json()
        assert (told["user_id"], told["email_verified"]) == (made["user_id"], True)
        founded = await rows(product, "select id, name from tenants")
        assert [(str(row.id), row.name) for row in founded] == [(made["tenant_id"], "Engines")]


async def test_who_never_confirmed_an_address_has_no_claim_to_it(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    async with running(settings_for(database, tmp_path, require_verified_email=True), sandbox) as product:
        await send(product, "register", **NEW | {"password": OTHER_PASSWORD, "name": "Mallory"})
        await send(product, "register", **NEW)
        token, *_ = await links(product, "ada@example.org")
        assert (await send(product, "verify-email", token=token)).status_code == 200
        assert (await log_in(product, NEW["email"], OTHER_PASSWORD)).status_code == 401
        assert (await log_in(product, NEW["email"])).json()["name"] == "Ada"


async def test_two_who_register_at_once_with_one_address_make_one_account(product: Product) -> None:
    answers = await asyncio.gather(*(send(product, "register", **NEW, auto_login=True) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json()["session_token"] is not None for answer in answers].count(True) == 1
    assert len(await rows(product, "select from users")) == 1


async def test_the_same_registration_sent_again_is_one_and_leaves_no_trace_of_its_password(
    product: Product,
) -> None:
    key, asked = {"Idempotency-Key": "register-1"}, {**NEW, "auto_login": True}
    client = product.client(None)
    answers = await asyncio.gather(*(client.post(f"{AUTH}/register", json=asked, headers=key) for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    again = await product.client(None).post(f"{AUTH}/register", json=asked, headers=key)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert {answer.text for answer in answers if answer.status_code == 200} == {again.text}
    assert (await product.client(again.json()["session_token"]).get(f"{AUTH}/me")).status_code == 200
    assert "aionvision_session" in again.cookies
    other = await client.post(f"{AUTH}/register", json={**asked, "password": OTHER_PASSWORD}, headers=key)
    assert code(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(await rows(product, "select from users where email = 'ada@example.org'")) == 1
    async with product.infra.open_system_scope(NO_TENANT) as scope:
        query = text("select fingerprint, cast(answer as text) as answer from idempotency_keys")
        kept = (await scope.session.execute(query)).one()
    body = RegisterRequest.model_validate(asked).model_dump()
    asked_for = {"path": {}, "body": body}
    assert kept.fingerprint != fingerprint_of("authentication.register", asked_for)
    assert again.json()["session_token"] not in kept.answer


async def test_an_operator_can_close_registration(database: Database, tmp_path: Path, sandbox: Sandbox) -> None:
    async with running(settings_for(database, tmp_path, open_registration=False), sandbox) as product:
        assert code(await send(product, "register", **NEW)) == (403, "REGISTRATION_CLOSED")


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "short-7"},
        {"password": "no-upper-case-7"},
        {"password": "No-digits-here"},
        {"email": "nowhere"},
        {"name": ""},
        {"name": "x" * 101},
        {"password": "A\0b" + PASSWORD},
        {"organization_name": ""},
    ],
)
async def test_what_is_no_account_is_refused_by_its_field(product: Product, changes: dict[str, str]) -> None:
    answer = await send(product, "register", **{**NEW, **changes})
    assert code(answer) == (422, "VALIDATION_ERROR")
    assert [one["field"] for one in answer.json()["error"]["details"]] == list(changes)


async def test_what_people_do_with_their_accounts_stands_in_their_audit_log(product: Product) -> None:
    made = (await send(product, "register", **NEW, auto_login=True)).json()
    await log_in(product, NEW["email"], OTHER_PASSWORD)
    client = product.client(made["session_token"])
    await client.post(f"{AUTH}/refresh")
    (token,) = await links(product, "ada@example.org")
    await send(product, "verify-email", token=token)
    await client.post(f"{AUTH}/logout")
    await send(product, "password-reset/request", email=NEW["email"])
    token, *_ = await links(product, "ada@example.org")
    await send(product, "password-reset/complete", token=token, new_password=OTHER_PASSWORD)
    reader = product.client((await log_in(product, NEW["email"], OTHER_PASSWORD)).json()["session_token"])
    assert await audited(reader) == [
        "tenant.created",
        "auth.login",
        "auth.login_failed",
        "auth.token_refresh",
        "auth.email_verified",
        "auth.logout",
        "auth.password_changed",
        "auth.login",
    ]


async def test_what_is_over_is_forgotten_after_a_while(database: Database, tmp_path: Path, sandbox: Sandbox) -> None:
    async with running(settings_for(database, tmp_path, require_verified_email=True), sandbox) as product:
        tenant = await product.tenant()
        ada = await product.person(tenant, Role.VIEWER)
        await send(product, "register", **NEW)
        await links(product, "ada@example.org")
        await log_in(product, "nobody@example.org")
        counts = "select (select count(*) from sessions), (select count(*) from one_time_tokens),"
        counts += " (select count(*) from login_failures), (select count(*) from users)"
        later(product, hours=30)
        await jobs.forget(product.infra, Attempt(1, is_last=False))
        assert tuple((await rows(product, counts))[0]) == (1, 1, 0, 2)
        later(product, days=9)
        await jobs.forget(product.infra, Attempt(1, is_last=False))
        assert tuple((await rows(product, counts))[0]) == (1, 0, 0, 1)
        later(product, days=92)
        await jobs.forget(product.infra, Attempt(1, is_last=False))
        assert tuple((await rows(product, counts))[0]) == (0, 0, 0, 1)
        assert [row.email for row in await rows(product, "select email from users")] == [ada.email]


@pytest.mark.parametrize("path", ["/verify-email", "/confirm-email", "/reset-password", "/accept-invitation"])
async def test_a_link_leads_to_a_page_that_keeps_its_token_to_itself(product: Product, path: str) -> None:
    answer = await product.client(None).get(path, params={"token": "once_secret"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "once_secret" not in answer.text
    assets = re.findall(r'(?:href|src)="([^"]+)"', answer.text)
    assert len(assets) == 2
    for asset in assets:
        assert (await product.client(None).get(asset)).status_code == 200
