"""Pages and pictures of the web, fetched through the guard: bounded in time, bytes and redirects."""

import asyncio
import ssl
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from aionserver import __version__
from aionserver.infra.egress import AddressRefused, Egress, GuardedTransport
from aionserver.infra.errors import BadRequest, Unavailable
from aionserver.kit.web_urls import WebUrl

MOST_REDIRECTS: Final = 5
PIECE_BYTES: Final = 64 * 1024
SILENT_SECONDS: Final = 10.0
REDIRECTS: Final = (301, 302, 303, 307, 308)
# What a server may answer otherwise a little later.
PASSING: Final = (408, 425, 429)
GZIP: Final = zlib.MAX_WBITS | 16


class FetchRefused(BadRequest):
    """What the address answers is nothing that can be taken."""

    code = "FETCH_REFUSED"


class FetchFailed(Unavailable):
    """The address does not answer now."""

    code = "FETCH_FAILED"


@dataclass(frozen=True)
class Wanted:
    """What is asked of an address. `kinds` are content types, or their beginnings."""

    kinds: tuple[str, ...]
    most_bytes: int
    seconds: float
    accept: str


@dataclass(frozen=True)
class Fetched:
    """The answer after all redirects; `body` is no longer compressed, `content_type` has no parameters."""

    url: WebUrl
    content_type: str
    charset: str | None
    robots: str
    body: bytes


async def fetch(egress: Egress, address: str, wanted: Wanted, verify: Any = True) -> Fetched:
    """What is at an address. FetchFailed and HostUnknown may pass; AddressRefused and FetchRefused are final."""
    try:
        async with asyncio.timeout(wanted.seconds):
            return await _fetch(egress, egress.require_url(address), wanted, verify)
    except TimeoutError:
        raise FetchFailed(f"The address did not answer within {wanted.seconds:g} seconds.") from None


async def _fetch(egress: Egress, url: WebUrl, wanted: Wanted, verify: Any) -> Fetched:
    async with httpx2.AsyncClient(
        transport=GuardedTransport(egress, verify), headers=_headers(wanted), timeout=SILENT_SECONDS, trust_env=False
    ) as client:
        for _ in range(MOST_REDIRECTS + 1):
            found = await _hop(client, url, wanted)
            if isinstance(found, Fetched):
                return found
            url = egress.require_url(found)
    raise FetchRefused(f"The address leads on more than {MOST_REDIRECTS} times.")


def _headers(wanted: Wanted) -> dict[str, str]:
    return {
        "User-Agent": f"Mozilla/5.0 (compatible; AionvisionBot/{__version__}; a page that a person bookmarked)",
        "Accept": wanted.accept,
        "Accept-Language": "en,*;q=0.5",
        "Accept-Encoding": "gzip",
    }


async def _hop(client: httpx2.AsyncClient, url: WebUrl, wanted: Wanted) -> Fetched | str:
    """The answer, or the address that it leads on to."""
    try:
        async with client.stream("GET", str(url)) as response:
            if response.status_code in REDIRECTS and "location" in response.headers:
                return target_of(url, response.headers["location"])
            require_status(response)
            return Fetched(
                url=url,
                content_type=_require_kind(response, wanted),
                charset=response.charset_encoding,
                robots=response.headers.get("x-robots-tag", ""),
                body=await _body(response, wanted.most_bytes),
            )
    except httpx2.TimeoutException:
        raise FetchFailed("The address did not answer in time.") from None
    except httpx2.ConnectError as error:
        if _is_of_certificate(error):
            raise FetchRefused("The address has no valid certificate.") from None
        raise FetchFailed("Nothing answers at the address.") from None
    except httpx2.TransportError:
        raise FetchFailed("The connection broke off, or did not speak HTTP.") from None


def target_of(url: WebUrl, location: str) -> str:
    """The address that an answer leads on to; AddressRefused."""
    try:
        return str(url.join(location))
    except ValueError as error:
        raise AddressRefused(f"The address leads on to one that can't be called: {error}.") from None


def require_status(response: httpx2.Response) -> None:
    """Raise FetchFailed or FetchRefused unless it is 200."""
    status = response.status_code
    if status in PASSING or status >= 500:
        raise FetchFailed(f"The address answers {status}.")
    if status != 200:
        raise FetchRefused(f"The address answers {status}.")


def _require_kind(response: httpx2.Response, wanted: Wanted) -> str:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower() or wanted.kinds[0]
    if not kind.startswith(wanted.kinds):
        raise FetchRefused(f"At the address is {kind[:100]}, not {' or '.join(wanted.kinds)}.")
    return kind


async def _body(response: httpx2.Response, most_bytes: int) -> bytes:
    unpack = _unpacking(response.headers.get("content-encoding", "").strip().lower())
    held, sent = bytearray(), 0
    async for piece in response.aiter_raw(PIECE_BYTES):
        sent += len(piece)
        held += unpack(piece, most_bytes + 1 - len(held))
        if max(len(held), sent) > most_bytes:
            raise FetchRefused(f"What is at the address is larger than {most_bytes >> 20} MiB.")
    return bytes(held)


def _unpacking(encoding: str) -> Callable[[bytes, int], bytes]:
    """A function of a piece and of the most bytes that it may give."""
    if encoding in ("", "identity"):
        return lambda piece, most: piece[:most]
    if encoding not in ("gzip", "x-gzip"):
        raise FetchRefused(f"The answer is packed as {encoding[:20]}, which was not asked for.")
    unpacker = zlib.decompressobj(GZIP)

    def unpack(piece: bytes, most: int) -> bytes:
        try:
            return b"" if unpacker.eof else unpacker.decompress(piece, most)
        except zlib.error:
            raise FetchRefused("The answer is damaged.") from None

    return unpack


def _is_of_certificate(error: BaseException | None) -> bool:
    return any(isinstance(one, ssl.SSLError) for one in _causes(error))


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
