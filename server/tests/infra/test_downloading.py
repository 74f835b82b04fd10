"""Large files: gone on with where they broke off, kept only when they are right, from public addresses only."""

import hashlib
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aionserver import model_files
from aionserver.infra import downloading
from aionserver.infra.downloading import AlreadyDownloading, WantedFile, download
from aionserver.infra.egress import AddressRefused, Egress
from aionserver.infra.errors import InvalidInput
from aionserver.infra.fetching import FetchFailed, FetchRefused
from aionserver.infra.settings import Settings
from aionserver.models.loading import local_file

CONTENT = b"GGUF" + bytes(range(256)) * 4_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Shelf:
    """A server with one file, that breaks off after so many bytes, and may know nothing of ranges."""

    port: int = 0
    content: bytes = CONTENT
    breaks_after: int | None = None
    knows_ranges: bool = True
    leads_to: str | None = None
    asked: list[str | None] = field(default_factory=list[str | None])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/models/small.gguf"

    @property
    def egress(self) -> Egress:
        return Egress(private_hosts=frozenset({f"127.0.0.1:{self.port}"}))


def _handler(shelf: Shelf) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shelf.asked.append(self.headers.get("Range"))
            if shelf.leads_to:
                self.send_response(302)
                self.send_header("Location", shelf.leads_to)
                self.end_headers()
                return
            start = int((self.headers.get("Range") or "bytes=0-")[6:-1]) if shelf.knows_ranges else 0
            body = shelf.content[start:]
            self.send_response(416 if not body else 206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(shelf.content) - 1}/{len(shelf.content)}")
            self.end_headers()
            self.wfile.write(body[: shelf.breaks_after])

        def log_message(self, *_: object) -> None: ...

    return Handler


@pytest.fixture
def shelf() -> Generator[Shelf]:
    shelf = Shelf()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(shelf)) as server:
        shelf.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield shelf
        server.shutdown()


async def get(shelf: Shelf, place: Path, **wanted: object) -> bool:
    asked = WantedFile(shelf.url, **{"sha256": SHA256, "begins": b"GGUF", **wanted})  # pyright: ignore[reportArgumentType]
    return await download(shelf.egress, asked, place, lambda _, __: None, pause_seconds=0)


async def test_a_file_is_fetched_once(shelf: Shelf, tmp_path: Path) -> None:
    place = tmp_path / "models" / "small.gguf"
    assert await get(shelf, place)
    assert place.read_bytes() == CONTENT and [one.name for one in place.parent.iterdir()] == ["small.gguf"]
    assert not await get(shelf, place)
    assert shelf.asked == [None]


async def test_it_goes_on_where_it_broke_off(shelf: Shelf, tmp_path: Path) -> None:
    shelf.breaks_after = 400_000
    assert await get(shelf, tmp_path / "small.gguf")
    assert (tmp_path / "small.gguf").read_bytes() == CONTENT
    assert shelf.asked == [None, "bytes=400000-", "bytes=800000-"]


async def test_what_an_earlier_process_fetched_is_gone_on_with(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "small.gguf.part").write_bytes(CONTENT[:1_000])
    assert await get(shelf, tmp_path / "small.gguf")
    assert shelf.asked == ["bytes=1000-"] and (tmp_path / "small.gguf").read_bytes() == CONTENT
    (tmp_path / "other.gguf.part").write_bytes(CONTENT)
    assert await get(shelf, tmp_path / "other.gguf")


async def test_a_server_without_ranges_begins_anew(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "small.gguf.part").write_bytes(CONTENT[:1_000])
    shelf.knows_ranges = False
    assert await get(shelf, tmp_path / "small.gguf")
    assert (tmp_path / "small.gguf").read_bytes() == CONTENT


async def test_a_server_that_sends_nothing_is_given_up(shelf: Shelf, tmp_path: Path) -> None:
    shelf.breaks_after = 0
    with pytest.raises(FetchFailed):
        await get(shelf, tmp_path / "small.gguf")
    assert len(shelf.asked) == downloading.TRIES and not (tmp_path / "small.gguf").exists()


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"<html>Sign in</html>", {}),
        (CONTENT + b"more", {}),
        (CONTENT, {"sha256": "0" * 64}),
        (CONTENT, {"most_bytes": 1_000}),
    ],
)
async def test_what_is_not_right_is_not_kept(
    shelf: Shelf, tmp_path: Path, content: bytes, wanted: dict[str, object]
) -> None:
    shelf.content = content
    with pytest.raises(FetchRefused):
        await get(shelf, tmp_path / "small.gguf", **wanted)
    assert not (tmp_path / "small.gguf").exists()
    shelf.content = CONTENT
    assert await get(shelf, tmp_path / "small.gguf")


async def test_a_full_disk_is_not_filled(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "LEFT_FREE_BYTES", 1 << 60)
    with pytest.raises(FetchRefused, match="no room"):
        await get(shelf, tmp_path / "small.gguf")
    assert (tmp_path / "small.gguf.part").stat().st_size == 0


async def test_only_one_process_fetches_a_file(shelf: Shelf, tmp_path: Path) -> None:
    with downloading._alone(tmp_path / "small.gguf.part"), pytest.raises(AlreadyDownloading):  # pyright: ignore[reportPrivateUsage]
        await get(shelf, tmp_path / "small.gguf")


@pytest.mark.parametrize("to", ["http://127.0.0.1:1/x.gguf", "http://169.254.169.254/x.gguf", "file:///etc/passwd"])
async def test_it_leads_to_no_inside_address(shelf: Shelf, tmp_path: Path, to: str) -> None:
    shelf.leads_to = to
    with pytest.raises(AddressRefused):
        await get(shelf, tmp_path / "small.gguf")


def test_a_model_is_pulled_and_named(shelf: Shelf, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, web_private_hosts=(f"127.0.0.1:{shelf.port}",))
    said = list[str]()
    assert model_files.pull(settings, shelf.url, SHA256, said.append) == "AIONVISION_LANGUAGE_MODEL=local:small.gguf"
    assert said[-1] == "small.gguf is there, and right."
    assert model_files.listed(settings) == ["local:small.gguf  0 MiB"]
    assert local_file(settings, "small.gguf").read_bytes() == CONTENT
    assert local_file(settings, "/opt/other.gguf") == Path("/opt/other.gguf")


@pytest.mark.parametrize(
    ("address", "sha256"),
    [
        ("https://example.org/model.bin", SHA256),
        ("https://example.org/.gguf", SHA256),
        ("https://example.org/..%2F..%2Fx.gguf", SHA256),
        ("https://example.org/model.gguf", "abc"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, address: str, sha256: str) -> None:
    with pytest.raises(InvalidInput):
        model_files.pull(Settings(data_dir=tmp_path), address, sha256, print)
