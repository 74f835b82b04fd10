"""Hostile uploads to a real server: every one is answered, the server and its worker go on, and nothing is run.

With AIONVISION_TEST_HOSTILE=long the cost of each file is printed.
"""

import json
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest
from security import hostile_pictures as made
from security.child_memory import Watch, parsers_of, tell

from aionserver.infra.embedded_postgres import urls_of_running
from aionserver.kit.media_types import PICTURES, sniff
from plugins.product import photo
from plugins.served import Served, serving

ROOT = Path(__file__).parents[3]
SET = ROOT / os.environ.get("AION_EVAL_DIR", "../shared/eval") / "hostile" / "dev"
needs_set = pytest.mark.skipif(not SET.is_dir(), reason="the evaluation data is not here (AION_EVAL_DIR)")
LONG = os.environ.get("AIONVISION_TEST_HOSTILE") == "long"

MEMORY_BYTES = 1 << 30
# What the api process may hold more of afterwards; each of these requests is as large or much larger.
MOST_GROWTH_BYTES = 16 << 20
PATIENCE_SECONDS = 60
REFUSALS = {(413, "PAYLOAD_TOO_LARGE"), (422, "VALIDATION_ERROR")}
STEP_CODES = {"corrupt_file", "too_large", "unsupported_format", "timeout", "step_skipped"}
FILES, UPLOAD = "/api/v2/user-files", "/api/v2/user-files/upload/stream"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of these tests' own, with a real worker."""
    with serving(tmp_path_factory.mktemp("hostile"), AIONVISION_WORKERS="1") as found:
        yield found


@pytest.fixture(scope="module")
async def client(server: Served) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {server.key}"}
    async with httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=60) as found:
        yield found


def is_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and "Traceback" not in text


@dataclass(frozen=True)
class Fate:
    """What became of a file: `described`, the code it was refused with, or the code its processing failed with."""

    word: str
    seconds: float


async def fate_of(server: Served, client: httpx2.AsyncClient, data: bytes, name: str) -> Fate:
    """Upload a file and wait for its end; every end is a clear one."""
    started = time.monotonic()
    answer = await client.post(UPLOAD, files={"file": (name, data)})
    if answer.status_code != 200:
        error = answer.json()["error"]
        assert answer.status_code in (413, 422)
        assert is_sentence(error["message"])
        return Fate(error["code"], time.monotonic() - started)
    status = await ended(client, answer.json()["image_id"])
    if status["unified_status"] == "completed":
        return Fate("described", time.monotonic() - started)
    assert status["unified_status"] == "failed"
    assert is_sentence(status["error_message"])
    return Fate(why(server, status["image_id"]), time.monotonic() - started)


async def ended(client: httpx2.AsyncClient, file_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        status = (await client.get(f"/api/v2/uploads/status/{file_id}")).json()
        if status["is_terminal"]:
            return status
    raise AssertionError(f"{file_id} is still not done after {PATIENCE_SECONDS} s")


def why(server: Served, file_id: str) -> str:
    """The code of the first step that failed; the codes of all of them are known ones."""
    urls = urls_of_running(server.folder)
    assert urls is not None
    query = "select error_code, error_message from file_steps where file_id = %s and status = 'failed'"
    with psycopg.connect(urls.owner) as connection:
        rows = connection.execute(f"{query} order by finished_at", (file_id,)).fetchall()
    assert {str(code) for code, _ in rows} <= STEP_CODES
    assert all(is_sentence(sentence) for _, sentence in rows)
    return str(rows[0][0])


def hostile_set() -> list[Path]:
    """Every file of the collection that is a picture, or that Pillow once took for one."""
    if not SET.is_dir():
        return []
    rows = [json.loads(line) for line in (SET / "manifest.jsonl").read_text().splitlines()]
    paths = [SET / row["path"] for row in rows]
    return [path for path in paths if path.parent.name == "pillow" or sniff(path.read_bytes()) in PICTURES]


# Formats that are not taken, and what Pillow itself makes of the rest.
REFUSED = {".sgi", ".j2k", ".fli", ".tga", ".ico", ".spider"}
FATES = {
    "broken.png": "corrupt_file",
    "broken_data_stream.png": "corrupt_file",
    "decompression_bomb.gif": "too_large",
    "truncated_jpeg.jpg": "corrupt_file",
    "broken_exif_dpi.jpg": "described",
    "invalid-exif.jpg": "described",
    "invalid-exif-without-x-resolution.jpg": "described",
    "photoshop-200dpi-broken.jpg": "described",
    "truncated_app14.jpg": "described",
    "truncated_exif_dpi.jpg": "described",
}


@needs_set
@pytest.mark.parametrize("path", hostile_set(), ids=lambda path: path.name)
async def test_a_collected_hostile_file_is_described_or_refused_clearly(
    server: Served, client: httpx2.AsyncClient, path: Path, request: pytest.FixtureRequest
) -> None:
    with Watch(server.process.pid) as watch:
        fate = await fate_of(server, client, path.read_bytes(), path.name)
    expected = "UNSUPPORTED_FORMAT" if path.suffix in REFUSED else FATES.get(path.name)
    assert fate.word in ({expected} if expected else {"described", *STEP_CODES})
    assert watch.peak_bytes <= MEMORY_BYTES
    if LONG:
        tell(request.config, fate.seconds, watch, fate.word, path.name)


@pytest.mark.parametrize("name", made.POLYGLOTS)
async def test_a_picture_that_is_also_a_page_is_never_served_as_one(client: httpx2.AsyncClient, name: str) -> None:
    files = {"file": ('evil"; x="\r\n.html', made.POLYGLOTS[name], "text/html")}
    file_id = (await client.post(UPLOAD, files=files)).json()["image_id"]
    await ended(client, file_id)
    address = (await client.get(f"{FILES}/{file_id}/download")).headers["Location"]
    found = await client.get(address, headers={"Accept": "text/html"})
    assert found.content == made.POLYGLOTS[name]
    assert found.headers["Content-Type"] == f"image/{name.split()[1].lower()}" or name.startswith("a page")
    assert found.headers["Content-Type"].startswith("image/")
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    kind = "attachment" if "HEIC" in name else "inline"
    assert found.headers["Content-Disposition"].startswith(f'{kind}; filename="')
    tampered = await client.get(address.replace("type=image", "type=text"))
    assert tampered.status_code == 403


@pytest.mark.parametrize("kind", sorted(made.UNKNOWN))
@pytest.mark.parametrize("name", ["a.jpg", "a.svg", "a.html"])
async def test_what_is_no_picture_of_a_known_kind_is_refused_whatever_it_says(
    server: Served, client: httpx2.AsyncClient, kind: str, name: str
) -> None:
    for claimed in ("image/jpeg", "image/svg+xml"):
        answer = await client.post(UPLOAD, files={"file": (name, made.seeds()[kind], claimed)})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "UNSUPPORTED_FORMAT")


async def test_a_wrong_name_and_type_change_nothing(server: Served, client: httpx2.AsyncClient) -> None:
    files = {"file": ("page.html", made.seeds()["PNG"], "text/html")}
    file_id = (await client.post(UPLOAD, files=files)).json()["image_id"]
    assert (await ended(client, file_id))["unified_status"] == "completed"
    address = (await client.get(f"{FILES}/{file_id}/download")).headers["Location"]
    assert (await client.get(address)).headers["Content-Type"] == "image/png"


def nested(depth: int) -> bytes:
    """Multipart bodies inside of one another."""
    body = b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + made.seeds()["JPEG"]
    for level in range(depth):
        mark = b"level%d" % level
        head = b'Content-Disposition: form-data; name="n"\r\nContent-Type: multipart/mixed; boundary=' + mark
        body = head + b"\r\n\r\n--" + mark + b"\r\n" + body + b"\r\n--" + mark + b"--\r\n"
    return b"--top\r\n" + body + b"\r\n--top--\r\n"


def form(*parts: tuple[str, bytes]) -> bytes:
    """A multipart body of plain fields."""
    made_of = [b'--top\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (n.encode(), v) for n, v in parts]
    return b"".join(made_of) + b"--top--\r\n"


HEADED = b'--top\r\nContent-Disposition: form-data; name="file"\r\n%s: x\r\n\r\n\r\n--top--\r\n'
FORMS: dict[str, bytes] = {
    "parts within parts, three hundred deep": nested(300),
    "parts within parts, deeper than a field is long": nested(2_000),
    "ten thousand fields": form(*[(f"f{number}", b"x") for number in range(10_000)]),
    "a hundred thousand parts": form(*[("f", b"")] * 100_000),
    "a field of 20 MB": form(("title", b"x" * 20_000_000)),
    "a field's name of 20 MB": form(("x" * 20_000_000, b"")),
    "a part's header of 20 MB": HEADED % (b"x" * 20_000_000),
    "a part's thousands of headers": HEADED % b"\r\n".join([b"x: y"] * 10_000),
    "20 MB before the first boundary": b"x" * 20_000_000 + form(("title", b"")),
    "20 MB of boundaries": b"--top\r\n" * 3_000_000,
    "a file's name of 4 MB": form(("file", b"")).replace(b'"file"', b'"file"; filename="' + b"a" * 4_000_000 + b'"'),
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
async def test_a_monstrous_form_is_refused(server: Served, client: httpx2.AsyncClient, body: bytes) -> None:
    before = resident_bytes(api_process(server))
    answer = await client.post(UPLOAD, content=body, headers={"Content-Type": "multipart/form-data; boundary=top"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) in REFUSALS
    assert len(error["message"]) < 300
    assert resident_bytes(api_process(server)) - before < MOST_GROWTH_BYTES


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def api_process(server: Served) -> int:
    """The process id of the one api process."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (entry / "stat").exists():
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server.process.pid and b"\0api\0" in (entry / "cmdline").read_bytes():
                return int(entry.name)
    raise AssertionError("there is no api process")


HEAD = b"POST /api/v2/user-files HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
FLOODS: dict[str, tuple[bytes, bytes]] = {
    "long headers": (HEAD, b"X-A: " + b"y" * 8000 + b"\r\n"),
    "short headers": (HEAD, b"X: y\r\n"),
    "one header": (HEAD + b"X: ", b"y"),
    "an address": (b"GET /", b"y"),
    "trailers": (CHUNKED + b"0\r\n", b"X: y\r\n"),
    "the notes of a chunk": (CHUNKED + b"5;", b"y"),
}


def flood(connection: socket.socket, piece: bytes) -> None:
    for _ in range(64):
        connection.sendall(piece)


@pytest.mark.parametrize("start, more", FLOODS.values(), ids=FLOODS)
async def test_endless_heads_are_cut_off(server: Served, start: bytes, more: bytes) -> None:
    address, process = urlsplit(server.url), api_process(server)
    before, piece = resident_bytes(process), more * (1_000_000 // len(more))
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(start)
        with pytest.raises((ConnectionError, TimeoutError)):
            flood(connection, piece)
    assert resident_bytes(process) - before < MOST_GROWTH_BYTES


async def test_after_all_that_a_photo_is_described(server: Served, client: httpx2.AsyncClient) -> None:
    assert (await fate_of(server, client, photo("teal"), "photo.jpg")).word == "described"
    assert (await client.get("/health")).status_code == 200
    assert len(parsers_of(server.process.pid)) <= 2
