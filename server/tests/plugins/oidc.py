"""A local OpenID Connect provider: signs with RS256, gives codes once, and checks client, redirect and PKCE."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "aion-test-client", "aion-test-secret"


@dataclass
class OidcProvider:
    """What the provider knows; a test changes it at will."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: new_key())
    person: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": "1234567890",
            "email": "ada@example.org",
            "email_verified": True,
            "name": "Ada Lovelace",
        }
    )
    codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    key_requests: int = 0

    def id_token(self, *, key: RSAKey | None = None, algorithm: str = "RS256", **changes: Any) -> str:
        """An ID token of the person, signed; `changes` are claims (None: left out)."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 600,
            **self.person,
            **changes,
        }
        signing = key or self.key
        header = {"alg": algorithm, "kid": signing.kid}
        return jwt.encode(header, {name: one for name, one in claims.items() if one is not None}, signing)

    def visit(self, authorization_url: str) -> dict[str, str]:
        """What the provider sends back with the browser of a person who agrees: the query of the redirect."""
        url = urlsplit(authorization_url)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert f"{url.scheme}://{url.netloc}" == self.issuer
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def exchange(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint."""
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        token = self.id_token(nonce=asked["nonce"])
        return 200, {"access_token": access, "token_type": "Bearer", "expires_in": 600, "id_token": token}


def new_key(name: str | None = None) -> RSAKey:
    """A fresh signing key."""
    return RSAKey.generate_key(2048, {"kid": name or secrets.token_hex(4), "use": "sig"}, auto_kid=False)


@pytest.fixture
def oidc() -> Iterator[OidcProvider]:
    """The provider, serving on a free port."""
    provider = OidcProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/.well-known/openid-configuration":
                self._answer(200, _configuration(provider.issuer))
            elif self.path == "/keys":
                provider.key_requests += 1
                self._answer(200, {"keys": [provider.key.as_dict(private=False)]})
            else:
                self._answer(404, {"error": "not_found"})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(*provider.exchange({name: values[0] for name, values in parse_qs(body).items()}))

        def _answer(self, status: int, document: Any) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
    thread.join()


def _configuration(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
        "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }
