"""Requests that somebody outside makes the server send: no way of writing an address leads inside."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aionserver.infra.egress import AddressRefused, Egress, HostUnknown
from aionserver.infra.fetching import Fetched, FetchFailed, FetchRefused, Wanted, fetch
from aionserver.kit.web_urls import WebUrl
from plugins.product import Tenant
from plugins.websites import Website, page

LINKS = "/api/v2/user-files/links"
WANTED = Wanted(("text/html",), 100_000, 10.0, "text/html")
# The same few places in every notation that some parser or system reads as them.
INSIDE = [
    # loopback
    "http://127.0.0.1/",
    "http://127.0.0.1:80/",
    "http://127.0.0.53/",
    "http://127.255.255.254/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0177.0.0.01/",
    "http://00000177.0.0.1/",
    "http://127.0.0.1./",
    "http://127.000.000.001/",
    "http://127.0.0.0x1/",
    "http://１２７.0.0.1/",
    "http://127。0。0。1/",
    "http://127．0．0．1/",
    "http://127｡0｡0｡1/",
    "http://①②⑦.0.0.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://anything.localhost/",
    "http://ｌocalhost/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "http://[::]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[2606:4700::5efe:127.0.0.1]/",
    "http://[2606:4700::200:5efe:10.0.0.1]/",
    # metadata of clouds
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://[::ffff:169.254.169.254]/",
    "http://[fd00:ec2::254]/",
    "http://168.63.129.16/",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://metadata.google.internal/",
    "http://metadata/",
    # private, shared, link-local, multicast, documentation, reserved
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://192.168.257/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://192.88.99.1/",
    "http://224.0.0.1/",
    "http://239.255.255.250/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[fd12:3456:789a::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[100::1]/",
    "http://router.lan/",
    "http://printer.local/",
    "http://vault.internal/",
    "http://nas.home.arpa/",
    "http://intranet/",
    # parsers that disagree
    "http://example.org@127.0.0.1/",
    "http://127.0.0.1@example.org/",
    "http://user:password@example.org/",
    "http://example.org:80@127.0.0.1:80/",
    "http://example.org\\@127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "http://127.0.0.1\t/",
    "http://127.0.0.1\n.example.org/",
    "http://example.org%00.127.0.0.1/",
    "http://127.0.0.1%2f.example.org/",
    "http://%31%32%37.0.0.1/",
    "http://[::1].example.org/",
    "http://[127.0.0.1]/",
    "http:///127.0.0.1/",
    "http:127.0.0.1/",
    "http://",
    "//127.0.0.1/",
    # other ports and other schemes
    "http://example.org:22/",
    "http://example.org:6379/",
    "http://example.org:8000/",
    "https://example.org:5432/",
    "http://example.org:99999/",
    "http://example.org:8０/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "ftp://example.org/",
    "jar:http://127.0.0.1!/",
    "javascript:alert(1)",
    "data:text/html,hello",
]


@pytest.mark.parametrize("url", INSIDE, ids=ascii)
async def test_an_address_inside_is_refused_however_it_is_written(url: str) -> None:
    async def nobody(host: str, port: int) -> Sequence[str]:
        raise AssertionError(f"{host} was looked up")

    with pytest.raises(AddressRefused):
        await fetch(Egress(resolve=nobody), url, WANTED)


async def test_such_addresses_become_no_links(tenant: Tenant) -> None:
    for url in INSIDE:
        answer = await tenant.client.post(LINKS, json={"url": url})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "ADDRESS_NOT_ALLOWED"), url
    listed = await tenant.client.get("/api/v2/user-files", params={"media_types": "link"})
    assert listed.json()["total_count"] == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "::ffff:169.254.169.254", "fe80::1%eth0", "bad"])
async def test_a_name_that_stands_for_an_address_inside_is_refused(address: str) -> None:
    async def inside(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34", address]

    with pytest.raises(AddressRefused, match="public addresses only"):
        await fetch(Egress(resolve=inside), "http://example.org/", WANTED)


def open_to(website: Website, *addresses: Sequence[str], ports: frozenset[int] = frozenset({80, 443})) -> Egress:
    """A guard whose names stand for these addresses, one answer after another; the site's own place is let through."""
    answers = iter(addresses)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return [host] if host == "127.0.0.1" else next(answers)

    return Egress(ports=ports, private_hosts=frozenset({website.host}), resolve=resolve)


async def test_a_name_whose_answer_changes_is_called_where_it_was_looked_at(website: Website) -> None:
    website.put("/", page("Inside"))
    answers: list[Sequence[str]] = [["93.184.216.34"], ["127.0.0.1"]]
    looked_up: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return answers[min(len(looked_up), len(answers)) - 1]

    egress = Egress(ports=frozenset({website.port}), resolve=rebinding)
    assert await egress.addresses("rebind.example.org", website.port) == ["93.184.216.34"]
    with pytest.raises(AddressRefused, match="public addresses only"):
        await fetch(egress, f"http://rebind.example.org:{website.port}/", WANTED)
    assert looked_up == ["rebind.example.org"] * 2
    assert website.asked == []


async def test_a_connection_goes_to_the_address_that_was_looked_at_and_speaks_to_the_name(website: Website) -> None:
    website.put("/a", page("Here"))
    place = f"site.example.org:{website.port}"
    counted: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        counted.append(host)
        return ["127.0.0.1"]

    egress = Egress(private_hosts=frozenset({place}), resolve=resolve)
    found = await fetch(egress, f"http://{place}/a", WANTED)
    assert b"Here" in found.body
    assert [(path, headers["host"]) for path, headers in website.asked] == [("/a", place)]
    assert counted == ["site.example.org"]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:22/",
        "http://localhost/",
        "//169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://2130706433/",
        "http://inside.example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http://user:password@example.org/",
        "http://example.org:25/",
        "\\\\127.0.0.1\\",
    ],
)
async def test_a_redirect_leads_to_no_address_inside(website: Website, target: str) -> None:
    website.redirect("/2", target)
    start = website.redirect("/1", "/2", status=301)
    with pytest.raises(AddressRefused):
        await fetch(open_to(website, ["10.0.0.1"]), start, WANTED)
    assert [path for path, _ in website.asked] == ["/1", "/2"]


async def test_five_redirects_are_followed_and_no_more(website: Website) -> None:
    for number in range(1, 7):
        website.redirect(f"/{number}", f"/{number + 1}", status=(301, 302, 303, 307, 308)[number % 5])
    website.put("/7", page())
    found = await fetch(open_to(website), website.url("/2"), WANTED)
    assert str(found.url) == website.url("/7")
    with pytest.raises(FetchRefused, match="leads on more than 5 times"):
        await fetch(open_to(website), website.url("/1"), WANTED)
    website.redirect("/round", "/round")
    with pytest.raises(FetchRefused, match="leads on"):
        await fetch(open_to(website), website.url("/round"), WANTED)


async def test_hosts_are_let_through_by_name_and_port_only() -> None:
    egress = Egress(private_hosts=frozenset({"wiki.lan", "10.0.0.7:8080"}))
    egress.require_place("wiki.lan", 443)
    egress.require_place("10.0.0.7", 8080)
    for host, port in (("wiki.lan", 22), ("10.0.0.7", 80), ("10.0.0.8", 8080), ("a.wiki.lan", 443)):
        with pytest.raises(AddressRefused):
            egress.require_place(host, port)


async def test_a_host_without_addresses_may_have_some_later() -> None:
    async def none(host: str, port: int) -> Sequence[str]:
        return []

    with pytest.raises(HostUnknown) as caught:
        await fetch(Egress(resolve=none), "http://example.org/", WANTED)
    assert caught.value.retryable


@pytest.mark.parametrize("size_bytes", [100_001, 50_000_000])
async def test_what_unpacks_to_more_than_is_taken_is_refused(website: Website, size_bytes: int) -> None:
    with pytest.raises(FetchRefused, match="larger than"):
        await fetch(open_to(website), website.bomb("/", size_bytes), WANTED)
    website.put("/plain", bytes(size_bytes))
    with pytest.raises(FetchRefused, match="larger than"):
        await fetch(open_to(website), website.url("/plain"), WANTED)


async def test_what_has_just_the_size_is_taken(website: Website) -> None:
    found = await fetch(open_to(website), website.bomb("/", 100_000), WANTED)
    assert found.body == bytes(100_000)


@pytest.mark.parametrize(
    ("headers", "body"),
    [({"Content-Encoding": one}, b"not packed at all") for one in ("br", "gzip, gzip", "gzip")],
)
async def test_packings_that_were_not_asked_for_and_damaged_ones_are_refused(
    website: Website, headers: dict[str, str], body: bytes
) -> None:
    website.put("/", body, headers=headers)
    with pytest.raises(FetchRefused, match=r"packed|damaged"):
        await fetch(open_to(website), website.url(), WANTED)


async def test_a_body_that_never_ends_is_given_up(website: Website) -> None:
    website.put("/", b"x" * 1000, drip_seconds=0.05)
    with pytest.raises(FetchFailed, match=r"within 0\.5 seconds"):
        await fetch(open_to(website), website.url(), Wanted(("text/html",), 100_000, 0.5, "text/html"))


async def test_what_speaks_no_http_may_do_so_later() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"220 mail.example.org ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(FetchFailed, match="did not speak HTTP"):
            await fetch(Egress(private_hosts=frozenset({place})), f"http://{place}/", WANTED)
    with pytest.raises(FetchFailed, match="Nothing answers"):
        await fetch(Egress(private_hosts=frozenset({place})), f"http://{place}/", WANTED)


def certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server of this name shows, and what a client trusts that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    file = folder / "site.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())


async def test_encryption_is_with_the_name_and_not_with_the_address(tmp_path: Path) -> None:
    shown, trusted = certified(tmp_path, "site.example.org")
    names: list[str] = []
    shown.sni_callback = lambda _socket, name, _context: names.append(name)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi")
        await writer.drain()
        writer.close()

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=shown) as server:
        port = server.sockets[0].getsockname()[1]
        places = frozenset({f"site.example.org:{port}", f"other.example.org:{port}"})
        egress = Egress(private_hosts=places, resolve=resolve)
        found = await fetch(egress, f"https://site.example.org:{port}/", WANTED, trusted)
        assert isinstance(found, Fetched)
        with pytest.raises(FetchRefused, match="certificate"):
            await fetch(egress, f"https://other.example.org:{port}/", WANTED, trusted)
        with pytest.raises(FetchRefused, match="certificate"):
            await fetch(egress, f"https://site.example.org:{port}/", WANTED)
    assert names == ["site.example.org", "other.example.org", "site.example.org"]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org.:443/a?b=c#d", "https://example.org/a?b=c"),
        ("https://bücher.example/ä?ö=ü", "https://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("http://example.org:8080/%7Ea%20b", "http://example.org:8080/%7Ea%20b"),
        ("http://[2606:4700:0:0::1111]/", "http://[2606:4700::1111]/"),
        ("http://93.184.216.34/", "http://93.184.216.34/"),
        ("http://a_b.example.org/", "http://a_b.example.org/"),
    ],
)
def test_an_address_is_written_in_one_form_and_reads_as_itself(given: str, read: str) -> None:
    assert str(WebUrl.parse(given)) == read
    assert str(WebUrl.parse(read)) == read
