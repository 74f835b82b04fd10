"""The guard of requests that somebody outside makes this server send: they reach the public internet, and no inside.

A name is looked up once, and the connection goes to the very address that was looked at, so that an answer which
changes meanwhile changes nothing.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpcore2
import httpx2

from aionserver.infra.errors import InvalidInput
from aionserver.infra.settings import Settings
from aionserver.kit.public_addresses import is_public
from aionserver.kit.web_urls import WebUrl

__all__ = ["AddressRefused", "Egress", "HostUnknown", "is_public", "require_public"]
RESOLVING_SECONDS = 5.0
MOST_ADDRESSES = 4
# What only an inside network answers to; names of one part are its too.
INSIDE_NAMES: Final = (".localhost", ".local", ".localdomain", ".internal", ".intranet", ".lan", ".home.arpa", ".onion")
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class AddressRefused(InvalidInput):
    """The address is not one that this server may call: unknown, or not public."""

    code = "ADDRESS_NOT_ALLOWED"


class HostUnknown(AddressRefused):
    """No address is known of the host, now."""

    retryable = True


async def resolved(host: str, port: int) -> list[str]:
    """The IP addresses of a host, by the system; HostUnknown when it has none."""
    try:
        async with asyncio.timeout(RESOLVING_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        raise HostUnknown(f"{host}: no address is known of this host.") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def require_public(host: str, port: int, settings: Settings) -> list[str]:
    """The IP addresses of a host, to be called instead of its name; AddressRefused when any of them is not public.

    The operator's `allow_private_endpoints` lets all through.
    """
    found = await resolved(host, port)
    if not settings.allow_private_endpoints:
        _require_public(host, found)
    return found


def _require_public(host: str, addresses: Sequence[str]) -> None:
    if not all(is_public(address) for address in addresses):
        raise AddressRefused(f"{host}: this server calls public addresses only.")


@dataclass(frozen=True)
class Egress:
    """Where requests to the web may go: public addresses at these ports, and hosts the operator named.

    `private_hosts` are names or addresses, each with its port where that is not one of the ports.
    """

    ports: frozenset[int] = frozenset({80, 443})
    private_hosts: frozenset[str] = frozenset()
    resolve: Resolve = resolved

    @classmethod
    def of(cls, settings: Settings) -> "Egress":
        """As the operator set it."""
        return cls(frozenset(settings.web_ports), frozenset(settings.web_private_hosts))

    def require_url(self, text: str) -> WebUrl:
        """The address that a text writes, as far as it can be judged without asking anybody; AddressRefused."""
        try:
            url = WebUrl.parse(text)
        except ValueError as error:
            raise AddressRefused(f"url: {error}", details=[{"field": "url", "issue": str(error)}]) from None
        self.require_place(url.host, url.port)
        return url

    def require_place(self, host: str, port: int) -> None:
        """Raise AddressRefused for a port that is not open, a name of inside networks, or an address of them."""
        if self._is_named(host, port):
            return
        if port not in self.ports:
            raise AddressRefused(f"{host}: this server does not call port {port}.")
        is_address = ":" in host or host.replace(".", "").isdecimal()
        if is_address:
            _require_public(host, [host])
        elif "." not in host or host.endswith(INSIDE_NAMES):
            raise AddressRefused(f"{host}: this server calls public addresses only.")

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """The IP addresses to connect to instead of the name; AddressRefused when any of them is not public."""
        self.require_place(host, port)
        found = await self.resolve(host, port)
        if not found:
            raise HostUnknown(f"{host}: no address is known of this host.")
        if not self._is_named(host, port):
            _require_public(host, found)
        return found[:MOST_ADDRESSES]

    def _is_named(self, host: str, port: int) -> bool:
        return f"{host}:{port}" in self.private_hosts or (host in self.private_hosts and port in self.ports)


class _GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connections of an HTTP client, each to an address that was just looked at. TLS and `Host` keep the name."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        backend: Any = httpcore2.AnyIOBackend()  # its type is unknown where anyio may be missing
        self._network: httpcore2.AsyncNetworkBackend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        *others, last = await self._egress.addresses(host, port)
        for address in others:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue  # the host's next address may answer
        return await self._network.connect_tcp(last, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """What an HTTP client sends its requests by, so that none goes where `egress` does not allow. No proxy is used."""

    def __init__(self, egress: Egress, verify: Any = True) -> None:
        super().__init__(verify=verify)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(verify=verify), network_backend=_GuardedNetwork(egress)
        )
