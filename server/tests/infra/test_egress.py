"""Addresses from outside: which are public, and that clients which look them up by themselves come no further."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from aionserver.infra.egress import AddressRefused, is_public, require_public
from aionserver.infra.settings import Settings
from aionserver.infra.tunnels import Tunnels

STRICT = Settings.model_validate({"allow_private_endpoints": False})
OPEN = Settings.model_validate({"allow_private_endpoints": True})


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "no address",
    ],
)
def test_addresses_of_networks_and_machines_are_not_public_in_any_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "::1"])
async def test_a_host_is_refused_by_what_it_resolves_to(host: str) -> None:
    with pytest.raises(AddressRefused, match="public addresses only"):
        await require_public(host, 443, STRICT)
    assert await require_public(host, 443, OPEN)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 300, "bad\u0000host", ""])
async def test_a_host_that_is_none_is_refused_even_where_all_is_allowed(host: str) -> None:
    with pytest.raises(AddressRefused, match="no address is known"):
        await require_public(host, 443, OPEN)


@asynccontextmanager
async def echoing() -> AsyncGenerator[int]:
    """The port of a server that sends back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def asked(
    url: str, request: str, *, password: str | None = None
) -> tuple[str, asyncio.StreamReader, asyncio.StreamWriter]:
    """The first line of the proxy's answer, and the connection."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    known = base64.b64encode(f"{parts.username}:{password or parts.password}".encode()).decode()
    writer.write(f"{request}\r\nProxy-Authorization: Basic {known}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    return head.split("\r\n")[0], reader, writer


async def test_a_tunnel_carries_bytes_both_ways_until_either_side_ends() -> None:
    tunnels = Tunnels()
    async with echoing() as port:
        url = await tunnels.url(OPEN)
        line, reader, writer = await asked(url, f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: x")
        assert line == "HTTP/1.1 200 Connected"
        data = bytes(range(256)) * 4096
        writer.write(data)
        assert await reader.readexactly(len(data)) == data
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        await tunnels.close()


@pytest.mark.parametrize(
    ("request_line", "answer"),
    [
        ("CONNECT 127.0.0.1:{port} HTTP/1.1", "502"),
        ("CONNECT localhost:{port} HTTP/1.1", "502"),
        ("CONNECT [::ffff:127.0.0.1]:{port} HTTP/1.1", "502"),
        ("CONNECT no-such-host.invalid:443 HTTP/1.1", "502"),
        ("GET http://127.0.0.1:{port}/ HTTP/1.1", "403"),
        ("CONNECT nothing HTTP/1.1", "403"),
        ("", "403"),
    ],
)
async def test_a_tunnel_leads_to_no_private_address(request_line: str, answer: str) -> None:
    tunnels = Tunnels()
    async with echoing() as port:
        line, _, writer = await asked(await tunnels.url(STRICT), request_line.format(port=port))
        assert line.split()[1] == answer
        writer.close()
    await tunnels.close()


async def test_a_tunnel_is_for_who_knows_the_password_and_ends_with_the_process() -> None:
    tunnels = Tunnels()
    async with echoing() as port:
        url = await tunnels.url(OPEN)
        assert await tunnels.url(OPEN) == url
        line, _, writer = await asked(url, f"CONNECT 127.0.0.1:{port} HTTP/1.1", password="guessed")
        assert line.split()[1] == "403"
        writer.close()
        _, reader, writer = await asked(url, f"CONNECT 127.0.0.1:{port} HTTP/1.1")
        await tunnels.close()
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(OSError):
            await asked(url, f"CONNECT 127.0.0.1:{port} HTTP/1.1")
