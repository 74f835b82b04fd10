"""Addresses of mail servers: `smtp://`, `smtp+starttls://` and `smtps://`, with user and password as in any URL."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed in.

    `is_tls`: encrypted from the first byte. `must_encrypt`: nothing is sent but to a server that proved who it is.
    """

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    is_tls: bool
    must_encrypt: bool


def parse_smtp_url(url: str) -> SmtpServer:
    """The server of a URL; ValueError with a sentence, which does not repeat the URL, when it is none.

    A password goes to another machine only encrypted, whatever the URL's scheme.
    """
    parts, port = _split(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("must be smtp://, smtp+starttls:// or smtps://, then [user:password@]host[:port]")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must end after the port; write '/', '?', '#' and '@' in a password as %2F, %3F, %23 and %40")
    return SmtpServer(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password is not None else None,
        is_tls=parts.scheme == "smtps",
        must_encrypt=parts.scheme != "smtp" or (parts.password is not None and not _is_this_machine(parts.hostname)),
    )


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise ValueError("is not a URL: is the port a number, and a '/' in the password written as %2F?") from None


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
