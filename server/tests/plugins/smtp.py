"""A real mail server on this machine, that keeps what it is given and answers as told."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class MailServer:
    """What arrived, and what is answered: `answers` in turn to each letter's text, then OK; `refused` to recipients."""

    port: int = 0
    answers: list[str] = field(default_factory=list[str])
    refused: Mapping[str, str] = field(default_factory=dict[str, str])
    users: Mapping[str, str] = field(default_factory=dict[str, str])
    letters: list[EmailMessage] = field(default_factory=list[EmailMessage])
    envelopes: list[Envelope] = field(default_factory=list[Envelope])
    logins: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])

    @property
    def place(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - the library calls it so
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        message: Any = message_from_bytes(envelope.original_content or b"", policy=policy.SMTP)
        self.letters.append(message)
        self.envelopes.append(envelope)
        return self.answers.pop(0) if self.answers else "250 OK"

    def authenticate(self, connection: SMTP, _: Session, __: Envelope, ___: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword) and connection.transport is not None
        user, password = data.login.decode(), data.password.decode()
        self.logins.append((user, connection.transport.get_extra_info("ssl_object") is not None))
        return AuthResult(success=self.users.get(user) == password, handled=False)


@asynccontextmanager
async def receiving(
    server: MailServer, tls: ssl.SSLContext | None = None, *, from_start: bool = False
) -> AsyncGenerator[MailServer]:
    """The server, listening until leaving; with `tls` it takes passwords under it only: by STARTTLS or `from_start`."""
    loop = asyncio.get_running_loop()
    options: dict[str, Any] = {"auth_require_tls": tls is not None and not from_start, "enable_SMTPUTF8": True}
    options["tls_context"] = None if from_start else tls
    if server.users:
        options |= {"authenticator": server.authenticate, "auth_required": True}

    def session() -> SMTP:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            return SMTP(server, hostname="mail.test", loop=loop, **options)

    listener = await loop.create_server(session, "127.0.0.1", server.port, ssl=tls if from_start else None)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and its certificate for 127.0.0.1, signed by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    encoding, clear = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, clear) + made.public_bytes(encoding)
    )
    return path
