"""Large files of the web, fetched through the guard: gone on with where they broke off, there only when they are right.

What has come so far lies beside its place, under the same name with `.part`.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import httpx2

from aionserver.infra.durable_files import sync_folder
from aionserver.infra.egress import Egress, GuardedTransport
from aionserver.infra.errors import Conflict
from aionserver.infra.fetching import MOST_REDIRECTS, REDIRECTS, FetchFailed, FetchRefused, require_status, target_of
from aionserver.kit.web_urls import WebUrl

SILENT_SECONDS: Final = 30.0
TRIES: Final = 6
LONGEST_PAUSE_SECONDS: Final = 30.0
LEFT_FREE_BYTES: Final = 1 << 30
Told = Callable[[int, int | None], None]


class AlreadyDownloading(Conflict):
    """Another process fetches the same file."""

    code = "ALREADY_DOWNLOADING"


@dataclass(frozen=True)
class WantedFile:
    """A file at an address: its SHA-256, how it begins, and how large it may be."""

    address: str
    sha256: str
    begins: bytes = b""
    most_bytes: int = 200 << 30


async def download(
    egress: Egress, wanted: WantedFile, place: Path, tell: Told, *, pause_seconds: float = 1.0, verify: Any = True
) -> bool:
    """Have the file be at its place; whether it had to be fetched. `tell` hears bytes so far, and in all where known.

    FetchFailed when it breaks off again and again; FetchRefused, and nothing is kept, when it is not the right one.
    """
    if place.exists():
        await asyncio.to_thread(_require_right, wanted, place)
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.part")
    with _alone(part) as file:
        await _fetch_all(egress, wanted, file, tell, pause_seconds, verify)
        try:
            await asyncio.to_thread(_require_right, wanted, part)
        except FetchRefused:
            part.unlink()
            raise
        await asyncio.to_thread(_put, file, part, place)
    return True


@contextmanager
def _alone(part: Path) -> Generator[BinaryIO]:
    with part.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyDownloading(f"{part.name}: another process fetches this file.") from None
        yield file


def _put(file: BinaryIO, part: Path, place: Path) -> None:
    """Give it its name once its bytes are on the disk."""
    os.fsync(file.fileno())
    part.rename(place)
    sync_folder(place.parent)


def _require_right(wanted: WantedFile, path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(wanted.begins)) != wanted.begins:
            raise FetchRefused(f"{path.name} is no file of this kind: it does not begin with {wanted.begins!r}.")
        file.seek(0)
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wanted.sha256.lower():
        raise FetchRefused(f"{path.name} has SHA-256 {found}, not {wanted.sha256.lower()}.")


async def _fetch_all(
    egress: Egress, wanted: WantedFile, file: BinaryIO, tell: Told, pause_seconds: float, verify: Any
) -> None:
    """The rest of the file, in as many requests as it takes; one that brought something counts for nothing."""
    left = TRIES
    while True:
        before = file.seek(0, os.SEEK_END)
        try:
            await _fetch(egress, wanted, file, tell, verify)
            return
        except FetchFailed:
            left = TRIES if file.tell() > before else left - 1
            if not left:
                raise
            await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, pause_seconds * 2 ** (TRIES - left)))


async def _fetch(egress: Egress, wanted: WantedFile, file: BinaryIO, tell: Told, verify: Any) -> None:
    url = egress.require_url(wanted.address)
    async with httpx2.AsyncClient(
        transport=GuardedTransport(egress, verify), timeout=SILENT_SECONDS, trust_env=False
    ) as client:
        for _ in range(MOST_REDIRECTS + 1):
            found = await _hop(client, url, wanted, file, tell)
            if found is None:
                return
            url = egress.require_url(found)
    raise FetchRefused(f"The address leads on more than {MOST_REDIRECTS} times.")


async def _hop(client: httpx2.AsyncClient, url: WebUrl, wanted: WantedFile, file: BinaryIO, tell: Told) -> str | None:
    """The address that it leads on to; None when the file is whole."""
    have = file.seek(0, os.SEEK_END)
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    try:
        async with client.stream("GET", str(url), headers=headers) as response:
            if response.status_code in REDIRECTS and "location" in response.headers:
                return target_of(url, response.headers["location"])
            if have and response.status_code == 416:
                return None
            await _write(response, wanted, file, have, tell)
    except httpx2.TransportError:
        raise FetchFailed("The connection broke off, or nothing answers at the address.") from None
    return None


async def _write(response: httpx2.Response, wanted: WantedFile, file: BinaryIO, have: int, tell: Told) -> None:
    """Add what comes to the file; from its beginning where the server does not go on with it."""
    goes_on = response.status_code == 206 and response.headers.get("content-range", "").startswith(f"bytes {have}-")
    if not goes_on:
        require_status(response)
        file.truncate(0)
        have = 0
    length = response.headers.get("content-length", "")
    whole = have + int(length) if length.isdecimal() else None
    _require_room(wanted, file, (whole or have) - have, whole or have)
    async for piece in response.aiter_raw():  # as they come: what waits for a larger piece is lost with the rest
        have += len(piece)
        _require_room(wanted, file, len(piece), have)
        file.write(piece)
        tell(have, whole)
    file.flush()
    if whole is not None and have < whole:
        raise FetchFailed("The connection broke off.")


def _require_room(wanted: WantedFile, file: BinaryIO, more_bytes: int, in_all: int) -> None:
    if in_all > wanted.most_bytes:
        raise FetchRefused(f"The file is larger than {wanted.most_bytes >> 20} MiB.")
    if shutil.disk_usage(Path(file.name).parent).free - more_bytes < LEFT_FREE_BYTES:
        raise FetchRefused(f"The disk has no room for it: {in_all >> 20} MiB, and 1 GiB is left free.")
