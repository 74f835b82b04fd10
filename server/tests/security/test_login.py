"""Logging in: what an attacker learns, guesses, replays or has a victim's browser do."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from fastapi.requests import HTTPConnection
from sqlalchemy import event, text

from aionserver.domains.mail import service as mail
from aionserver.domains.sessions import jobs
from aionserver.domains.sessions.letters import MOST_AN_HOUR
from aionserver.infra.clock import utc_now
from aionserver.infra.database import open_session
from aionserver.infra.errors import Unavailable
from aionserver.infra.hashing import MOST_WAITING, THREADS, PasswordThreads
from aionserver.infra.job_worker import Attempt
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.web.credentials import DEVICE_COOKIE, CrossSiteRequest, require_same_site
from aionserver.kit.tokens import new_token
from plugins.database import Database
from plugins.product import PASSWORD, Person, Product, Tenant, running, settings_for

AUTH = "/api/v2/auth/session"
NOBODY = "nobody@example.org"
WRONG = "Wrong-horse-9"
LINK = new_token("once_")
HERE, THERE = "203.0.113.7", "198.51.100.9"


@pytest_asyncio.fixture
async def ada(product: Product, tenant: Tenant) -> Person:
    return await product.person(tenant, name="Ada")


async def send(
    product: Product, path: str, fields: Mapping[str, Any], address: str = HERE, **headers: str
) -> httpx2.Response:
    """A request from an address."""
    transport = httpx2.ASGITransport(app=product.app, client=(address, 1234))
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver", timeout=60) as client:
        return await client.post(f"{AUTH}/{path}", json=fields, headers=headers)


async def log_in(product: Product, email: str, password: str = PASSWORD, address: str = HERE) -> httpx2.Response:
    return await send(product, "login", {"email": email, "password": password}, address)


async def run(product: Product, query: str, **values: Any) -> Any:
    async with product.infra.engine.begin() as connection:
        found = await connection.execute(text(query), values)
        return found.all() if found.returns_rows else []


def shape(answer: httpx2.Response) -> tuple[int, Any, set[str]]:
    """What can be told of an answer from outside, without what is another in each."""
    body: dict[str, Any] = answer.json()
    body.pop("request_id", None)
    return (
        answer.status_code,
        {name: "any" if "id" in name else value for name, value in body.items()},
        {name for name in answer.headers if name not in ("x-request-id", "content-length")},
    )


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def at(product: Product, moment: datetime) -> None:
    product.infra.clock = lambda: moment


async def fail(product: Product, email: str, times: int, address: str = HERE) -> None:
    """So many failed log-ins, without the time they take."""
    await log_in(product, email, WRONG, address)
    await run(product, "update login_failures set failures = :times", times=times)


async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(product: Product, ada: Person) -> None:
    wrong, unknown = await log_in(product, ada.email, WRONG), await log_in(product, NOBODY, WRONG)
    assert code(wrong) == (401, "INVALID_CREDENTIALS")
    assert shape(wrong) == shape(unknown)
    await run(product, "update users set is_active = false")
    assert shape(await log_in(product, ada.email)) == shape(unknown)
    await run(product, "update users set is_active = true, password_hash = null")
    assert shape(await log_in(product, ada.email)) == shape(unknown)


async def test_asking_for_letters_does_not_tell_whether_an_address_has_an_account(
    product: Product, ada: Person
) -> None:
    for path in ("password-reset/request", "resend-verification-by-email"):
        known, unknown = [await send(product, path, {"email": email}) for email in (ada.email, NOBODY)]
        assert known.status_code == 200
        assert shape(known) == shape(unknown)
    waiting = await run(product, "select args - 'email' from procrastinate_jobs where status = 'todo'")
    assert len({str(row[0]) for row in waiting}) == 2  # the same work for each
    await product.do_jobs()
    assert [row.recipient for row in await run(product, "select recipient from outbox_mails")] == [ada.email]


async def test_registering_does_not_tell_whether_an_address_has_an_account(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    async with running(settings_for(database, tmp_path, require_verified_email=True), sandbox) as product:
        ada = await product.person(await product.tenant())
        fields = {"password": WRONG, "name": "Mallory", "auto_login": True}
        for _ in range(2):
            known, new = [await send(product, "register", {**fields, "email": email}) for email in (ada.email, NOBODY)]
            assert known.status_code == 200
            known_body, new_body = known.json(), new.json()
            assert known_body["session_token"] is None
            assert known_body["user_id"] != str(ada.user_id)
            assert {**known_body, "email": ""}.keys() == new_body.keys()
            kept = {name: value for name, value in known_body.items() if name not in ("user_id", "tenant_id", "email")}
            assert kept == {name: new_body[name] for name in kept}
        assert shape(await log_in(product, ada.email, WRONG)) == shape(await log_in(product, NOBODY, WRONG))
        await product.do_jobs()
        letters = await run(product, "select kind, recipient from outbox_mails")
        assert {(row.kind, row.recipient) for row in letters} == {
            ("address_known", ada.email),
            ("verify_email", NOBODY),
        }
        assert (await log_in(product, ada.email)).status_code == 200


@contextmanager
def statements(product: Product) -> Iterator[list[str]]:
    """What is asked of the database meanwhile: the same for two requests is the same work for them."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    engine = product.infra.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_the_database_does_the_same_for_an_address_with_an_account_and_one_without(
    database: Database, tmp_path: Path, sandbox: Sandbox
) -> None:
    async with running(settings_for(database, tmp_path, require_verified_email=True), sandbox) as product:
        ada = await product.person(await product.tenant(), name="Ada")
        asked: dict[tuple[str, str], list[str]] = {}
        for email in (ada.email, NOBODY):
            with statements(product) as asked["login", email]:
                assert (await log_in(product, email, WRONG)).status_code == 401
            for path in ("password-reset/request", "resend-verification-by-email"):
                with statements(product) as asked[path, email]:
                    assert (await send(product, path, {"email": email})).status_code == 200
            with statements(product) as asked["register", email]:
                fields = {"email": email, "password": WRONG, "name": "Mallory"}
                assert (await send(product, "register", fields)).status_code == 200
        for path in {path for path, _ in asked}:
            assert asked[path, ada.email] == asked[path, NOBODY], path
        assert asked["login", NOBODY]
        assert asked["register", NOBODY]


async def test_a_name_cannot_be_had_by_registering_twice(database: Database, tmp_path: Path, sandbox: Sandbox) -> None:
    async with running(settings_for(database, tmp_path, require_verified_email=True), sandbox) as product:
        sent = {"email": NOBODY, "password": WRONG, "name": "Mallory"}
        ids = [(await send(product, "register", sent)).json()["user_id"] for _ in range(2)]
        assert ids[0] != ids[1]


@pytest.mark.parametrize("is_known", [True, False])
async def test_guessing_is_paused_longer_and_longer_whether_the_account_is_there_or_not(
    product: Product, ada: Person, is_known: bool
) -> None:
    email, now = ada.email if is_known else NOBODY, utc_now()
    at(product, now)
    assert [(await log_in(product, email, WRONG)).status_code for _ in range(5)] == [401] * 5
    paused = await log_in(product, email)
    assert code(paused) == (429, "LOGIN_PAUSED")
    assert paused.headers["Retry-After"] == "2"
    at(product, now + timedelta(seconds=3))
    assert (await log_in(product, email, WRONG)).status_code == 401
    assert (await log_in(product, email, WRONG)).headers["Retry-After"] == "4"
    await run(product, "update login_failures set failures = 60")
    assert (await log_in(product, email, WRONG)).headers["Retry-After"] == "900"


async def test_a_pause_ends_and_getting_in_starts_afresh(product: Product, ada: Person) -> None:
    now = utc_now()
    at(product, now)
    await fail(product, ada.email, 12)
    assert (await log_in(product, ada.email)).status_code == 429
    at(product, now + timedelta(seconds=257))
    assert (await log_in(product, ada.email)).status_code == 200
    assert (await log_in(product, ada.email, WRONG)).status_code == 401
    assert (await log_in(product, ada.email)).status_code == 200


async def test_nobody_is_locked_out_by_somebody_elsewhere(product: Product, ada: Person) -> None:
    await log_in(product, ada.email, address=HERE)
    await fail(product, ada.email, 60, THERE)
    assert (await log_in(product, ada.email, WRONG, THERE)).status_code == 429
    assert (await log_in(product, ada.email, address=HERE)).status_code == 200


async def test_a_guess_from_many_places_meets_a_slow_limit_that_home_does_not_have(
    product: Product, ada: Person
) -> None:
    await log_in(product, ada.email, address=HERE)
    await fail(product, ada.email, 60, "192.0.2.1")
    elsewhere = await log_in(product, ada.email, address=THERE)
    assert code(elsewhere) == (429, "LOGIN_PAUSED")
    assert int(elsewhere.headers["Retry-After"]) <= 60
    assert (await log_in(product, ada.email, address=HERE)).status_code == 200
    at(product, utc_now() + timedelta(seconds=61))
    assert (await log_in(product, ada.email, address=THERE)).status_code == 200


async def test_a_slow_limit_does_not_tell_who_has_logged_in_from_where(product: Product, ada: Person) -> None:
    await log_in(product, ada.email, address=HERE)
    for email in (ada.email, NOBODY):
        await log_in(product, email, WRONG, THERE)
    await run(product, "update login_failures set failures = 200")
    known, unknown = [await log_in(product, email, WRONG, HERE) for email in (ada.email, NOBODY)]
    assert code(known) == (429, "LOGIN_PAUSED")
    assert shape(known)[0] == shape(unknown)[0]
    assert shape(known)[2] == shape(unknown)[2]


async def test_a_network_of_ipv6_is_one_place(product: Product, ada: Person) -> None:
    await fail(product, ada.email, 60, "2001:db8::1")
    assert (await log_in(product, ada.email, address="2001:db8::ffff:1")).status_code == 429


async def test_guesses_sent_at_once_are_counted_too(product: Product, ada: Person) -> None:
    at(product, utc_now())
    answers = await asyncio.gather(*(log_in(product, ada.email, WRONG) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


async def test_who_is_guessed_at_is_told_once_a_day(product: Product, ada: Person) -> None:
    now = utc_now().replace(hour=1)
    for minutes, address in ((0, HERE), (1, THERE)):
        at(product, now + timedelta(minutes=minutes))
        await fail(product, ada.email, 9, address)
        at(product, now + timedelta(minutes=minutes, seconds=50))
        await log_in(product, ada.email, WRONG, address)
        await run(product, "delete from login_failures")
    await product.do_jobs()
    letters = await run(product, "select recipient from outbox_mails where kind = 'sign_in_locked'")
    assert [row.recipient for row in letters] == [ada.email]


async def test_a_new_password_ends_the_pause(product: Product, ada: Person) -> None:
    await fail(product, ada.email, 60)
    await jobs.write_letter(product.infra, Attempt(1, is_last=False), "forgotten_password", ada.email, {}, "")
    await run(product, "update one_time_tokens set token_hash = sha256(convert_to(:token, 'utf8'))", token=LINK)
    done = await send(product, "password-reset/complete", {"token": LINK, "new_password": WRONG})
    assert done.status_code == 200
    assert (await log_in(product, ada.email, WRONG)).status_code == 200


def device_of(answer: httpx2.Response) -> dict[str, str]:
    """The header by which a browser shows what it was told to."""
    return {"Cookie": f"{DEVICE_COOKIE}={answer.cookies[DEVICE_COOKIE]}"}


async def by_device(
    product: Product, email: str, shown: Mapping[str, str], password: str = PASSWORD, address: str = HERE
) -> httpx2.Response:
    return await send(product, "login", {"email": email, "password": password}, address, **shown)


async def test_nobody_is_locked_out_of_a_known_device_by_somebody_in_the_same_network(
    product: Product, ada: Person
) -> None:
    shown = device_of(await log_in(product, ada.email))
    await fail(product, ada.email, 60)
    assert (await log_in(product, ada.email)).status_code == 429
    assert (await by_device(product, ada.email, shown)).status_code == 200
    assert (await log_in(product, ada.email)).status_code == 429, "the pause of the others goes on"


async def test_a_known_device_is_let_in_from_anywhere_while_the_account_is_guessed_at(
    product: Product, ada: Person
) -> None:
    shown = device_of(await log_in(product, ada.email))
    await fail(product, ada.email, 60, "192.0.2.1")
    assert (await log_in(product, ada.email, address=THERE)).status_code == 429
    assert (await by_device(product, ada.email, shown, address=THERE)).status_code == 200


async def test_a_device_counts_its_own_failures(product: Product, ada: Person) -> None:
    at(product, utc_now())
    shown = device_of(await log_in(product, ada.email))
    tried = [(await by_device(product, ada.email, shown, WRONG)).status_code for _ in range(6)]
    assert tried == [401] * 5 + [429]
    assert (await by_device(product, ada.email, shown)).status_code == 429
    assert (await log_in(product, ada.email)).status_code == 200, "the network is not to blame"


async def test_a_device_of_somebody_else_or_none_counts_for_nothing(product: Product, ada: Person) -> None:
    eve = await product.person(await product.tenant("Eve's"))
    theirs = device_of(await log_in(product, eve.email, address=THERE))
    name, _, signature = theirs["Cookie"].partition("=")[2].partition(".")
    await fail(product, ada.email, 60)
    for cookie in (
        theirs["Cookie"],
        f"{DEVICE_COOKIE}=x.{signature}",
        f"{DEVICE_COOKIE}={name}.",
        f"{DEVICE_COOKIE}=.",
    ):
        assert code(await by_device(product, ada.email, {"Cookie": cookie})) == (429, "LOGIN_PAUSED")


async def test_a_device_on_which_a_password_was_chosen_by_a_link_is_known(product: Product, ada: Person) -> None:
    await jobs.write_letter(product.infra, Attempt(1, is_last=False), "forgotten_password", ada.email, {}, "")
    await run(product, "update one_time_tokens set token_hash = sha256(convert_to(:token, 'utf8'))", token=LINK)
    chosen = "Chosen-horse-5"
    done = await send(product, "password-reset/complete", {"token": LINK, "new_password": chosen})
    await fail(product, ada.email, 60)
    assert (await log_in(product, ada.email, chosen)).status_code == 429
    assert (await by_device(product, ada.email, device_of(done), chosen)).status_code == 200


async def test_nobody_is_sent_letters_without_end_and_the_last_link_stays_good(product: Product, ada: Person) -> None:
    at(product, utc_now().replace(minute=10))
    for number in range(MOST_AN_HOUR + 5):
        asked = await send(product, "password-reset/request", {"email": ada.email}, f"192.0.2.{number}")
        assert asked.status_code == 200
        await product.do_jobs()
    async with open_session(product.infra.engine) as session:
        letters = await mail.list_mails(session, product.infra.secret, 100, with_sent=True)
    assert len(letters) == MOST_AN_HOUR
    token = str(letters[0].link).partition("token=")[2]
    chosen = await send(product, "password-reset/complete", {"token": token, "new_password": WRONG})
    assert chosen.status_code == 200


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
    ],
)
async def test_another_site_can_do_nothing_by_a_victims_cookie(
    product: Product, ada: Person, headers: dict[str, str], is_let_in: bool
) -> None:
    cookie = {"Cookie": f"aionvision_session={ada.token}", **headers}
    client = product.client(None)
    assert (await client.get(f"{AUTH}/me", headers=cookie)).status_code == 200
    changed = await client.post(f"{AUTH}/resend-verification", headers=cookie)
    assert changed.status_code == (200 if is_let_in else 403)
    logged_in = await client.post(f"{AUTH}/login", json={"email": ada.email, "password": PASSWORD}, headers=headers)
    assert logged_in.status_code == (200 if is_let_in else 403)
    if not is_let_in:
        assert code(changed)[1] == code(logged_in)[1] == "CROSS_SITE_REQUEST"
        assert "set-cookie" not in logged_in.headers


@pytest.mark.parametrize("kind", ["websocket", "http"])
def test_another_site_opens_no_socket_by_a_victims_cookie(kind: str) -> None:
    headers = [(b"origin", b"https://evil.example"), (b"host", b"testserver")]
    asked = HTTPConnection({"type": kind, "headers": headers, **({"method": "POST"} if kind == "http" else {})})
    with pytest.raises(CrossSiteRequest):
        require_same_site(asked)
    own = {**asked.scope, "headers": [(b"origin", b"http://testserver"), (b"host", b"testserver")]}
    require_same_site(HTTPConnection(own))


@pytest.mark.parametrize("url", [None, "https://vision.example.org"])
async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    database: Database, tmp_path: Path, sandbox: Sandbox, url: str | None
) -> None:
    async with running(settings_for(database, tmp_path, public_url=url), sandbox) as product:
        ada = await product.person(await product.tenant())
        answer = await log_in(product, ada.email)
        session, device = [one for text in answer.headers.get_list("Set-Cookie") for one in SimpleCookie(text).values()]
        assert (session.key, session.value) == ("aionvision_session", answer.json()["session_token"])
        assert (device.key, session["path"], device["path"]) == (DEVICE_COOKIE, "/", AUTH)
        for sent in (session, device):
            assert (sent["httponly"], sent["samesite"], sent["domain"]) == (True, "lax", "")
            assert bool(sent["secure"]) is (url is not None)
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_link_never_leads_where_a_request_says(product: Product, ada: Person) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = await product.client(None).post(
        f"{AUTH}/password-reset/request", json={"email": ada.email}, headers=headers
    )
    assert answer.status_code == 200
    await product.do_jobs()
    async with open_session(product.infra.engine) as session:
        (letter,) = await mail.list_mails(session, product.infra.secret, 10, with_sent=False)
    assert str(letter.link).startswith("http://127.0.0.1:8000/reset-password?token=")
    assert "evil" not in str(letter.text)


async def test_no_token_and_no_password_is_kept_as_it_is(product: Product, ada: Person) -> None:
    answer = await log_in(product, ada.email)
    await send(product, "password-reset/request", {"email": ada.email})
    await product.do_jobs()
    tables = ("users", "sessions", "one_time_tokens", "procrastinate_jobs", "login_failures")
    kept = "".join([str(await run(product, f"select t::text from {table} t")) for table in tables])
    assert "$argon2id$" in kept
    for secret in (answer.json()["session_token"], ada.token, PASSWORD, "once_"):
        assert secret not in kept


async def test_a_weaker_hash_is_made_anew_when_its_person_logs_in(product: Product, ada: Person) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    await run(product, "update users set password_hash = :weak", weak=weak)
    assert (await log_in(product, ada.email)).status_code == 200
    ((stored,),) = await run(product, "select password_hash from users")
    assert "m=65536" in stored
    assert (await log_in(product, ada.email)).status_code == 200


async def test_a_person_who_may_log_in_no_more_has_no_session_either(product: Product, ada: Person) -> None:
    await run(product, "update users set is_active = false")
    assert code(await ada.client.get(f"{AUTH}/me")) == (401, "INVALID_SESSION")


async def test_two_hashes_run_at_once_and_who_finds_too_many_waiting_is_turned_away() -> None:
    threads, gate = PasswordThreads(), asyncio.Event()
    loop, most, running_now = asyncio.get_running_loop(), 0, 0

    def hash_slowly() -> None:
        nonlocal most, running_now
        running_now += 1
        most = max(most, running_now)
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
        running_now -= 1

    waiting = [asyncio.create_task(threads.run(hash_slowly)) for _ in range(THREADS + MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await threads.run(hash_slowly)
    assert refused.value.headers == {"Retry-After": "2"}
    gate.set()
    await asyncio.gather(*waiting)
    assert most == THREADS
    await threads.run(hash_slowly)
    threads.close()
