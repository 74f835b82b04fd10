"""The provider's side of OpenID Connect: where it is, what it answers, and whether its ID tokens are true.

Sources: OpenID Connect Core 1.0, RFC 6749, RFC 7636. Answers are bounded in size and time.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import httpx2
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # pyright: ignore[reportUnknownVariableType]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # pyright: ignore[reportUnknownVariableType]
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from aionserver.domains.google_sign_in.errors import IdentityRefused, ProviderFailed
from aionserver.infra.errors import NotConfigured
from aionserver.infra.settings import Settings

SCOPE = "openid email profile"
# What providers sign with; never "none", and never a symmetric one.
ALGORITHMS = ["RS256", "ES256", "PS256"]
TIMEOUT_SECONDS = 10.0
LARGEST_ANSWER_BYTES = 256 * 1024
LARGEST_TOKEN = 16_384
FRESH_SECONDS = 3600.0
# Unknown keys make us ask again, but not more often than this: anybody can send a token with one.
SHORTEST_BETWEEN_SECONDS = 30.0
LEEWAY_SECONDS = 60

_grant_uri = cast("Callable[..., str]", prepare_grant_uri)
_challenge_of = cast("Callable[[str], str]", create_s256_code_challenge)


@dataclass(frozen=True)
class Proof:
    """What only who began the sign-in knows."""

    verifier: str
    nonce: str


@dataclass(frozen=True)
class Identity:
    """Who the provider says a person is."""

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    name: str


@dataclass(frozen=True)
class _Known:
    """What was read from the provider, and when (in seconds of the provider's clock)."""

    configuration: dict[str, Any]
    keys: KeySet
    read_at: float


class Provider:
    """One OpenID provider, as the settings name it. `now` counts seconds, from whenever."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.issuer, self.client_id, self._secret = issuer.rstrip("/"), client_id, client_secret
        self._known: _Known | None = None
        self._turn, self._now = asyncio.Lock(), now

    async def authorization_url(self, redirect_uri: str, state: str, proof: Proof) -> str:
        """Where the browser is sent to sign in."""
        known = await self._read()
        return _grant_uri(
            _endpoint(known, "authorization_endpoint"),
            self.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=SCOPE,
            state=state,
            nonce=proof.nonce,
            code_challenge=_challenge_of(proof.verifier),
            code_challenge_method="S256",
        )

    async def exchange(self, code: str, redirect_uri: str, proof: Proof) -> Identity:
        """Who the code was given for."""
        known = await self._read()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.client_id,
            "client_secret": self._secret,
            "code_verifier": proof.verifier,
        }
        status, answer = await _ask("POST", _endpoint(known, "token_endpoint"), form)
        token = answer.get("id_token")
        if status in (400, 401) and answer.get("error") == "invalid_grant":
            raise IdentityRefused("The provider refused the code: sign in again.")
        if status != 200 or not isinstance(token, str):
            raise ProviderFailed("The provider did not exchange the code: check the client's id and secret.")
        return await self.identity_of(token, nonce=proof.nonce, access_token=answer.get("access_token"))

    async def identity_of(self, token: str, *, nonce: str | None = None, access_token: object = None) -> Identity:
        """Who an ID token is about; IdentityRefused unless it is signed by the provider, for us, now."""
        if len(token) > LARGEST_TOKEN:
            raise IdentityRefused("The ID token is too long.")
        decoded = await self._decoded(token)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={"iss": {"values": self._issuers()}, "aud": {"value": self.client_id}},
            params={"nonce": nonce, "client_id": self.client_id, "access_token": access_token},
        )
        try:
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, AttributeError):
            raise IdentityRefused("The ID token is not for this server, or not valid any more.") from None
        return self._identity(dict(claims))

    def _issuers(self) -> list[str]:
        # Google names itself with and without the scheme.
        return [self.issuer, self.issuer.removeprefix("https://")]

    def _identity(self, claims: dict[str, Any]) -> Identity:
        subject, email = claims.get("sub"), claims.get("email")
        if not isinstance(subject, str) or not isinstance(email, str) or "@" not in email:
            raise IdentityRefused("The ID token names no e-mail address.")
        name = claims.get("name")
        shown = name if isinstance(name, str) and name.strip() else email
        verified = claims.get("email_verified") in (True, "true")
        return Identity(self.issuer, subject[:255], email[:320], verified, shown[:100])

    async def _decoded(self, token: str) -> jwt.Token:
        known = await self._read()
        try:
            return jwt.decode(token, known.keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if self._now() - known.read_at < SHORTEST_BETWEEN_SECONDS:
                raise IdentityRefused("The ID token is not signed by the provider.") from None
        known = await self._read(older_than_seconds=SHORTEST_BETWEEN_SECONDS)  # its keys may be new
        try:
            return jwt.decode(token, known.keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            raise IdentityRefused("The ID token is not signed by the provider.") from None

    async def _read(self, older_than_seconds: float = FRESH_SECONDS) -> _Known:
        async with self._turn:
            if self._known is None or self._now() - self._known.read_at >= older_than_seconds:
                _, configuration = await _ask("GET", f"{self.issuer}/.well-known/openid-configuration")
                if configuration.get("issuer") != self.issuer:
                    raise ProviderFailed(f"{self.issuer} says that it is another issuer.")
                _, keys = await _ask("GET", _url(configuration, "jwks_uri"))
                self._known = _Known(configuration, _key_set(keys), self._now())
            return self._known


def provider_of(settings: Settings) -> Provider:
    """The provider of the settings; NotConfigured, naming what is missing."""
    if not settings.google_client_id:
        raise NotConfigured.setting("AIONVISION_GOOGLE_CLIENT_ID", "Sign-in with Google")
    if settings.google_client_secret is None:
        raise NotConfigured.setting("AIONVISION_GOOGLE_CLIENT_SECRET", "Sign-in with Google")
    return Provider(settings.google_issuer, settings.google_client_id, settings.google_client_secret.get_secret_value())


def new_proof() -> Proof:
    """A fresh verifier and nonce."""
    return Proof(generate_token(64), generate_token(32))


def _endpoint(known: _Known, name: str) -> str:
    return _url(known.configuration, name)


def _url(document: dict[str, Any], name: str) -> str:
    found = document.get(name)
    if not isinstance(found, str) or not found.startswith(("https://", "http://")):
        raise ProviderFailed(f"The provider's configuration lacks '{name}'.")
    return found


def _key_set(document: dict[str, Any]) -> KeySet:
    try:
        return KeySet.import_key_set({"keys": document["keys"]})
    except (JoseError, KeyError, ValueError, TypeError):
        raise ProviderFailed("The provider's keys can't be read.") from None


async def _ask(method: str, url: str, form: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of an answer, which is bounded in time and size."""
    body = b""
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            httpx2.AsyncClient(timeout=TIMEOUT_SECONDS) as client,
            client.stream(method, url, data=form) as answer,
        ):
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST_ANSWER_BYTES:
                    raise ProviderFailed("The provider's answer is too long.")
        document: Any = json.loads(body)
    except (httpx2.HTTPError, TimeoutError, ValueError):
        raise ProviderFailed("The provider does not answer as it should. Try again.") from None
    if not isinstance(document, dict):
        raise ProviderFailed("The provider does not answer as it should. Try again.")
    return answer.status_code, cast("dict[str, Any]", document)
