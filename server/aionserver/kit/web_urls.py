"""Addresses of web pages that somebody outside typed: read once, strictly, and written in one form.

What parsers understand differently (several `@`, backslashes, numbers that are hosts, other alphabets' dots) is
refused or rewritten here, so that who checks an address and who calls it mean the same host.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import idna

LONGEST: Final = 2048
PORTS: Final = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# What a path and a query may have besides letters and digits; escapes that are there stay.
_PATH_CHARACTERS: Final = "/:@!$&'()*+,;=-._~%"
_QUERY_CHARACTERS: Final = _PATH_CHARACTERS + "?[]|"


@dataclass(frozen=True)
class WebUrl:
    """A page's address; `host` is ASCII, lower-case, and an IPv6 address without its brackets."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @classmethod
    def parse(cls, text: str) -> "WebUrl":
        """The address that a text writes; ValueError with a sentence where it is none that can be called."""
        if len(text) > LONGEST:
            raise ValueError(f"an address has at most {LONGEST} characters")
        if _FORBIDDEN.search(text):
            raise ValueError("an address has no spaces, control characters or backslashes")
        parts = urlsplit(text)
        if parts.scheme not in PORTS:
            raise ValueError("an address begins with http:// or https://")
        if "@" in parts.netloc:
            raise ValueError("an address has no name and password in it")
        host = _host(_bare_host(parts.netloc))
        return cls(parts.scheme, host, _port(parts.netloc, parts.scheme), _escaped(parts.path) or "/", _query(text))

    def join(self, reference: str) -> "WebUrl":
        """The address that a reference on this page means; ValueError as for `parse`."""
        return WebUrl.parse(urljoin(str(self), reference.strip()))

    @property
    def authority(self) -> str:
        """Host and port as requests name them: the scheme's own port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def domain(self) -> str:
        """The host as people speak of it."""
        return self.host.removeprefix("www.")

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}{'?' + self.query if self.query else ''}"


def _bare_host(netloc: str) -> str:
    if netloc.startswith("["):
        host, bracket, rest = netloc[1:].partition("]")
        if not bracket or not re.fullmatch(r"(:[0-9]*)?", rest):
            raise ValueError("the host is not written as one")
        return f"[{host}]"
    return netloc.partition(":")[0]


def _port(netloc: str, scheme: str) -> int:
    rest = netloc.rpartition("]")[2] if netloc.startswith("[") else netloc
    text = rest.partition(":")[2]
    if not text:
        return PORTS[scheme]
    if not re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) or not 0 < int(text) <= 65_535:
        raise ValueError("the port is not a number from 1 to 65535")
    return int(text)


def _host(text: str) -> str:
    if text.startswith("["):
        return _ipv6(text[1:-1])
    name = _ascii(text).removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(name)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("the host is not the name of one")
    return name


def _ascii(text: str) -> str:
    if text.isascii():
        return text.lower()
    try:
        return idna.encode(text, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise ValueError("the host is not the name of one") from None


def _ipv6(text: str) -> str:
    try:
        if "%" in text:
            raise ValueError("the host is an address of one network only")
        return IPv6Address(text).compressed
    except AddressValueError:
        raise ValueError("the host is not an IPv6 address") from None


def _ipv4(text: str) -> str:
    # Systems read `127.1`, `0x7f.1`, `017700000001` and `2130706433` as addresses, each in its own way.
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        raise ValueError("an IPv4 address has four plain numbers with dots between") from None


def _escaped(path: str) -> str:
    return quote(path, safe=_PATH_CHARACTERS)


def _query(text: str) -> str:
    return quote(urlsplit(text).query, safe=_QUERY_CHARACTERS)
