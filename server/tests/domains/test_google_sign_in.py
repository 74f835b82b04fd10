"""Signing in with Google, against a local provider that checks signatures, client, redirect and PKCE."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from aionserver.domains.google_sign_in.provider import SHORTEST_BETWEEN_SECONDS, Provider
from aionserver.domains.mail import service as mail
from aionserver.infra.clock import utc_now
from aionserver.infra.database import open_session
from aionserver.infra.sandbox import Sandbox
from plugins.database import Database
from plugins.oidc import CLIENT_ID, CLIENT_SECRET, OidcProvider, new_key
from plugins.product import Product, running, settings_for

AUTH = "/api/v2/auth/session"


@pytest_asyncio.fixture
async def house(database: Database, tmp_path: Path, sandbox: Sandbox, oidc: OidcProvider) -> AsyncIterator[Product]:
    given = {"google_client_id": CLIENT_ID, "google_client_secret": CLIENT_SECRET, "google_issuer": oidc.issuer}
    async with running(settings_for(database, tmp_path, **given), sandbox) as product:
        yield product


async def by_token(house: Product, token: str, **fields: Any) -> httpx2.Response:
    return await house.client(None).post(f"{AUTH}/google", json={"id_token": token, **fields})


async def me(house: Product, token: str) -> dict[str, Any]:
    answer = await house.client(token).get(f"{AUTH}/me")
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_the_first_sign_in_makes_an_account_and_the_next_enters_it(house: Product, oidc: OidcProvider) -> None:
    first = (await by_token(house, oidc.id_token())).json()
    assert (first["email"], first["name"], first["email_verified"]) == ("ada@example.org", "Ada Lovelace", True)
    oidc.person |= {"email": "ada@elsewhere.example", "name": "Ada"}
    again = (await by_token(house, oidc.id_token(), remember_me=True)).json()
    assert again["user_id"] == first["user_id"] == (await me(house, again["session_token"]))["user_id"]
    files = await house.client(again["session_token"]).get("/api/v2/user-files")
    assert files.status_code == 200


async def begun(house: Product, client: httpx2.AsyncClient, **query: str) -> dict[str, str]:
    answer = await client.post(f"{AUTH}/google/initiate", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_browser_signs_in_and_goes_on_to_the_first_page(house: Product, oidc: OidcProvider) -> None:
    browser = house.client(None)
    back = oidc.visit((await begun(house, browser))["authorization_url"])
    answer = await browser.get(f"{AUTH}/google/callback", params=back, headers={"Accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("aionvision_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await browser.get(f"{AUTH}/me")).json()["email"] == "ada@example.org"
    used = await browser.get(f"{AUTH}/google/callback", params=back)
    assert refusal(used) == (401, "SIGN_IN_EXPIRED")


async def test_what_one_browser_began_no_other_can_finish(house: Product, oidc: OidcProvider) -> None:
    browser, thief = house.client(None), house.client(None)
    back = oidc.visit((await begun(house, browser))["authorization_url"])
    await begun(house, thief)
    assert refusal(await thief.get(f"{AUTH}/google/callback", params=back)) == (401, "SIGN_IN_EXPIRED")
    assert (await browser.get(f"{AUTH}/google/callback", params=back)).status_code == 200


async def test_a_sign_in_expires_and_answers_to_its_own_state_only(house: Product, oidc: OidcProvider) -> None:
    browser = house.client(None)
    back = oidc.visit((await begun(house, browser))["authorization_url"])
    forged = await browser.get(f"{AUTH}/google/callback", params={**back, "state": back["state"][::-1]})
    assert refusal(forged) == (401, "SIGN_IN_EXPIRED")
    house.infra.clock = lambda: utc_now() + timedelta(minutes=11)
    assert refusal(await browser.get(f"{AUTH}/google/callback", params=back)) == (401, "SIGN_IN_EXPIRED")
    denied = await browser.get(f"{AUTH}/google/callback", params={"error": "access_denied"})
    assert refusal(denied) == (401, "IDENTITY_REFUSED")


async def test_the_nonce_ties_the_token_to_the_sign_in(house: Product, oidc: OidcProvider) -> None:
    browser = house.client(None)
    back = oidc.visit((await begun(house, browser))["authorization_url"])
    oidc.codes[back["code"]]["nonce"] = "another"
    assert refusal(await browser.get(f"{AUTH}/google/callback", params=back)) == (401, "IDENTITY_REFUSED")


async def test_the_provider_refuses_a_code_without_the_verifier(house: Product, oidc: OidcProvider) -> None:
    browser = house.client(None)
    back = oidc.visit((await begun(house, browser))["authorization_url"])
    oidc.codes[back["code"]]["code_challenge"] = "x" * 43
    assert refusal(await browser.get(f"{AUTH}/google/callback", params=back)) == (401, "IDENTITY_REFUSED")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"email": None},
        {"iat": 4_000_000_000},
    ],
)
async def test_a_token_for_another_time_place_or_person_is_refused(
    house: Product, oidc: OidcProvider, changes: dict[str, Any]
) -> None:
    assert refusal(await by_token(house, oidc.id_token(**changes))) == (401, "IDENTITY_REFUSED")


def signed_with_public_key(oidc: OidcProvider, claims: str) -> str:
    """A token that is true to who takes the provider's public key for a shared secret."""
    header = urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": oidc.key.kid}).encode()).decode().rstrip("=")
    signature = hmac.digest(oidc.key.as_pem(private=False), f"{header}.{claims}".encode(), "sha256")
    return f"{header}.{claims}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


async def test_a_token_that_the_provider_did_not_sign_is_refused(house: Product, oidc: OidcProvider) -> None:
    stranger, stranger_named_alike = new_key(), new_key(oidc.key.kid)
    header, claims, _ = oidc.id_token().split(".")
    forged = signed_with_public_key(oidc, claims)
    unsigned = f"eyJhbGciOiJub25lIn0.{claims}."
    for token in (
        oidc.id_token(key=stranger),
        oidc.id_token(key=stranger_named_alike),
        forged,
        unsigned,
        f"{header}.{claims}.",
        "nonsense",
        "a.b.c",
        "x" * 20_000,
    ):
        assert refusal(await by_token(house, token)) == (401, "IDENTITY_REFUSED")


async def test_new_keys_of_the_provider_are_fetched_but_not_for_every_forgery(
    house: Product, oidc: OidcProvider
) -> None:
    now = 0.0
    house.app.state.oidc_provider = Provider(oidc.issuer, CLIENT_ID, CLIENT_SECRET, now=lambda: now)
    assert (await by_token(house, oidc.id_token())).status_code == 200
    oidc.key = new_key()
    for _ in range(3):
        assert (await by_token(house, oidc.id_token())).status_code == 401
    assert oidc.key_requests == 1
    now = SHORTEST_BETWEEN_SECONDS
    assert (await by_token(house, oidc.id_token())).status_code == 200
    assert oidc.key_requests == 2


async def test_an_address_that_google_has_not_verified_proves_nothing(house: Product, oidc: OidcProvider) -> None:
    for verified in (False, None, "no"):
        answer = await by_token(house, oidc.id_token(email_verified=verified))
        assert refusal(answer) == (403, "EMAIL_NOT_VERIFIED")


async def test_an_account_with_a_password_is_linked_only_with_it(house: Product, oidc: OidcProvider) -> None:
    person = await house.person(await house.tenant())
    token = oidc.id_token(email=person.email)
    assert refusal(await by_token(house, token)) == (409, "ACCOUNT_EXISTS")
    assert refusal(await by_token(house, token, password="Wrong-password-1")) == (401, "INVALID_CREDENTIALS")
    linked = (await by_token(house, token, password=person.password)).json()
    assert linked["user_id"] == str(person.user_id)
    assert (await by_token(house, token)).json()["user_id"] == str(person.user_id)


async def test_an_identity_is_linked_and_unlinked_by_its_person(house: Product, oidc: OidcProvider) -> None:
    tenant = await house.tenant()
    person, other = await house.person(tenant), await house.person(tenant)
    body = {"provider": "google", "id_token": oidc.id_token()}
    linked = await person.client.post(f"{AUTH}/link-provider", json=body)
    assert linked.json()["auth_provider"] == "both"
    taken = await other.client.post(f"{AUTH}/link-provider", json=body)
    assert refusal(taken) == (409, "IDENTITY_TAKEN")
    assert (await by_token(house, oidc.id_token())).json()["user_id"] == str(person.user_id)
    unlinked = await person.client.delete(f"{AUTH}/link-provider/google")
    assert unlinked.json()["auth_provider"] == "password"
    assert (await by_token(house, oidc.id_token())).json()["user_id"] != str(person.user_id)


async def test_linking_through_the_browser_needs_a_session_and_the_last_way_in_stays(
    house: Product, oidc: OidcProvider
) -> None:
    stranger = await house.client(None).post(f"{AUTH}/google/initiate", params={"action": "link"})
    assert refusal(stranger) == (401, "NOT_AUTHENTICATED")
    first = (await by_token(house, oidc.id_token())).json()
    client = house.client(first["session_token"])
    assert refusal(await client.delete(f"{AUTH}/link-provider/google")) == (409, "LAST_SIGN_IN_METHOD")
    oidc.person |= {"sub": "second", "email": "second@example.org"}
    back = oidc.visit((await begun(house, client, action="link"))["authorization_url"])
    answer = await client.get(f"{AUTH}/google/callback", params=back)
    assert answer.json()["auth_provider"] == "google"
    assert (await by_token(house, oidc.id_token())).json()["user_id"] == first["user_id"]


async def test_what_was_begun_in_a_session_that_is_over_links_nothing(house: Product, oidc: OidcProvider) -> None:
    person = await house.person(await house.tenant())
    thief = house.client(person.token)
    back = oidc.visit((await begun(house, thief, action="link"))["authorization_url"])
    entered = await house.client(None).post(f"{AUTH}/login", json={"email": person.email, "password": person.password})
    owner = house.client(entered.json()["session_token"])
    assert (await owner.post("/api/v2/user/revoke-all-sessions")).status_code == 204
    answer = await thief.get(f"{AUTH}/google/callback", params=back)
    assert refusal(answer) == (401, "SIGN_IN_EXPIRED")
    assert (await by_token(house, oidc.id_token())).json()["user_id"] != str(person.user_id)


async def test_whose_account_is_linked_is_told_by_e_mail(house: Product, oidc: OidcProvider) -> None:
    person = await house.person(await house.tenant())
    body = {"provider": "google", "id_token": oidc.id_token()}
    for _ in range(2):
        assert (await person.client.post(f"{AUTH}/link-provider", json=body)).status_code == 200
    async with open_session(house.infra.engine) as session:
        (letter,) = await mail.list_mails(session, house.infra.secret, 10, with_sent=True)
    assert letter.recipient == person.email
    assert "ada@example.org" in str(letter.text)


async def test_an_address_that_passed_to_somebody_else_enters_no_account(house: Product, oidc: OidcProvider) -> None:
    first = (await by_token(house, oidc.id_token())).json()
    newcomer = oidc.id_token(sub="who-has-the-address-now")
    assert refusal(await by_token(house, newcomer)) == (409, "OTHER_IDENTITY")
    assert (await by_token(house, oidc.id_token())).json()["user_id"] == first["user_id"]


async def test_a_provider_that_fails_is_not_our_fault(house: Product, oidc: OidcProvider) -> None:
    house.app.state.oidc_provider = Provider(f"{oidc.issuer}/nowhere", CLIENT_ID, CLIENT_SECRET)
    assert refusal(await by_token(house, oidc.id_token())) == (502, "PROVIDER_FAILED")
    wrong = Provider(oidc.issuer, CLIENT_ID, "wrong secret")
    house.app.state.oidc_provider = wrong
    browser = house.client(None)
    back = oidc.visit((await begun(house, browser))["authorization_url"])
    assert refusal(await browser.get(f"{AUTH}/google/callback", params=back)) == (502, "PROVIDER_FAILED")


async def test_without_its_settings_it_says_which_is_missing(product: Product) -> None:
    client = product.client(None)
    for path in ("google/initiate", "google"):
        answer = await client.post(f"{AUTH}/{path}", json={"id_token": "x"})
        assert refusal(answer) == (501, "NOT_CONFIGURED")
        assert answer.json()["error"]["details"] == {"setting": "AIONVISION_GOOGLE_CLIENT_ID"}
