"""Every way in, folders, pages of the web, colours and ways out: a real server, its worker, and a plain client."""

import asyncio
import hashlib
import io
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import pytest_asyncio

from aionserver.kit.ids import new_id
from plugins.product import photo
from plugins.served import Served, clean_environment, serving
from plugins.websites import Website, page, serving_pages

PATIENCE_SECONDS = 120
SHADES = [f"#{red:02x}8040" for red in range(0, 240, 30)]
Answers = dict[str, Any]


@pytest.fixture(scope="module")
def site() -> Iterator[Website]:
    """The site whose pages are bookmarked."""
    with serving_pages() as found:
        yield found


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, site: Website) -> Iterator[Served]:
    """A server of these tests, that may fetch pages of their site."""
    with serving(tmp_path_factory.mktemp("library"), AIONVISION_WEB_PRIVATE_HOSTS=site.host) as found:
        yield found


@pytest_asyncio.fixture
async def client(library: Served) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with the key."""
    headers = {"Authorization": f"Bearer {library.key}"}
    async with httpx2.AsyncClient(base_url=library.api, headers=headers, timeout=60) as found:
        yield found


async def until(client: httpx2.AsyncClient, path: str, is_over: Callable[[Answers], bool]) -> Answers:
    """The answer in which something is over; it is asked for until then."""
    deadline, answer = time.monotonic() + PATIENCE_SECONDS, dict[str, Any]()
    while time.monotonic() < deadline:
        answer = (await client.get(path)).raise_for_status().json()
        if is_over(answer):
            return answer
        await asyncio.sleep(0.2)
    raise AssertionError(answer)


async def done(client: httpx2.AsyncClient, method: str, path: str, **options: Any) -> Answers:
    answer = await client.request(method, path, **options)
    assert answer.status_code < 300, answer.text
    return answer.json()


async def streamed(client: httpx2.AsyncClient, shades: list[str], **fields: str) -> Answers:
    files = [("files", (f"{shade[1:]}.jpg", photo(shade))) for shade in shades]
    return await done(client, "POST", "/user-files/upload/stream-batch", files=files, data=fields)


async def test_a_batch_answers_at_once_goes_on_behind_and_is_followed_to_its_end(client: httpx2.AsyncClient) -> None:
    batch = await streamed(client, SHADES)
    assert (batch["status"], batch["immediate_results"], batch["accepted_files"]) == ("processing", None, len(SHADES))
    status_path = batch["status_url"].removeprefix("/api/v2")
    seen: list[float] = []

    def is_over(status: Answers) -> bool:
        seen.append(status["progress_percentage"])
        return status["status"] == "completed"

    ended = await until(client, status_path, is_over)
    assert seen == sorted(seen) and seen[-1] == 100.0
    assert (ended["completed_files"], ended["failed_files"], ended["pending_files"]) == (len(SHADES), 0, 0)
    results = await done(client, "GET", ended["results_url"].removeprefix("/api/v2"))
    assert len(results["results"]) == len(SHADES) and all(one["description"] for one in results["results"])
    assert (await done(client, "GET", "/uploads/sessions"))["sessions"][0]["status"] == "completed"
    hashes = [hashlib.sha256(photo(shade)).hexdigest() for shade in (SHADES[0], "#010203")]
    known = await done(client, "POST", "/uploads/check-duplicates", json={"hashes": hashes})
    assert (known["duplicates"], known["unique"]) == (hashes[:1], hashes[1:])
    again = await streamed(client, SHADES[:2], skip_duplicates="true")
    assert again["status"] == "completed" and all(one["skipped"] for one in again["files"])
    assert (await done(client, "GET", "/uploads/stuck-uploads"))["images"] == []
    assert (await client.post(status_path.replace("/status", "/cancel"))).status_code == 400


async def test_folders_colours_and_downloads(client: httpx2.AsyncClient) -> None:
    trip = (await done(client, "POST", "/folders", json={"name": "Trip"}))["id"]
    day = (await done(client, "POST", "/folders", json={"name": "Day 1", "parent_id": trip}))["id"]
    batch = await streamed(client, ["#ff0000", "#0000ff"], folder_id=day)
    red, blue = (one["image_id"] for one in batch["files"])
    await until(client, batch["status_url"].removeprefix("/api/v2"), lambda one: one["status"] == "completed")
    found = await done(client, "POST", "/colors/search", json={"hex_code": "#fe0101", "color_family": "vibrant"})
    assert [one["image_id"] for one in found["results"]] == [red]
    queued = await done(
        client, "POST", "/colors/batch/extract", json={"image_ids": [red], "n_colors": 3, "force": True}
    )
    before = (await done(client, "GET", f"/colors/images/{red}"))["extracted_at"]
    assert queued["queued_count"] == 1
    await until(client, f"/colors/images/{red}", lambda one: one["extracted_at"] != before)
    await done(client, "POST", "/folders/move-files", json={"file_ids": [blue], "folder_id": trip})
    await done(client, "POST", f"/folders/{day}/move", json={"new_parent_id": None})
    tree = {one["name"]: one for one in (await done(client, "GET", "/folders"))["folders"]}
    assert {name: (one["depth"], one["file_count"]) for name, one in tree.items()} == {"Trip": (0, 1), "Day 1": (0, 1)}
    archive = await client.post("/user-files/archive", json={"file_ids": [red, blue]})
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        assert [opened.read(name) for name in opened.namelist()] == [photo("#ff0000"), photo("#0000ff")]
    location = (await client.get(f"/user-files/{red}/download")).headers["Location"]
    async with httpx2.AsyncClient() as anyone:
        part = await anyone.get(location, headers={"Range": "bytes=0-1"})
        assert (part.status_code, part.content) == (206, photo("#ff0000")[:2])
        same = await anyone.get(location, headers={"If-None-Match": part.headers["ETag"]})
        assert same.status_code == 304
    await done(client, "DELETE", f"/folders/{day}", params={"mode": "delete_all"})
    gone = await done(client, "POST", "/colors/search", json={"hex_code": "#fe0101"})
    assert gone["results"] == [] and (await client.get(f"/user-files/{red}")).status_code == 404
    await done(client, "POST", f"/user-files/{red}/restore")
    back = await done(client, "POST", "/colors/search", json={"hex_code": "#fe0101"})
    assert [one["image_id"] for one in back["results"]] == [red]


async def test_a_page_is_bookmarked_read_found_and_read_again(client: httpx2.AsyncClient, site: Website) -> None:
    head = '<meta property="og:title" content="Tall ships"><meta property="og:description" content="At the quay.">'
    body = "<article><p>Forty schooners take part in the yearly regatta this weekend.</p></article>"
    site.put("/ships", page("Ships", head, body))
    link = await done(client, "POST", "/user-files/links", json={"url": site.redirect("/old", "/ships")})
    path = f"/user-files/{link['id']}"
    read = await until(client, path, lambda one: one["crawl_status"] in ("completed", "failed"))
    assert (read["title"], read["upload_description"], read["crawl_error"]) == ("Tall ships", "At the quay.", None)
    query = {"media_types": "link", "crawl_status": "completed", "search": "schooners regatta"}
    listed = await client.get("/user-files", params=query)
    assert [one["id"] for one in listed.json()["files"]] == [link["id"]]
    site.put("/ships", page("Ships", head.replace("Tall", "Small"), body))
    await done(client, "POST", f"{path}/recrawl")
    await until(client, path, lambda one: one["title"] == "Small ships")
    refused = await client.post(f"{path}/recrawl")
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 3500
    inside = await client.post("/user-files/links", json={"url": "http://127.0.0.1:22/"})
    assert (inside.status_code, inside.json()["error"]["code"]) == (422, "ADDRESS_NOT_ALLOWED")


def broken_off(library: Served, length: int) -> None:
    """An upload whose client goes away after the half of what it announced."""
    boundary, parts = "b", urlsplit(library.url)
    start = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'.encode()
    head = (
        f"POST /api/v2/user-files/upload/stream HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {length}\r\n"
        f"Authorization: Bearer {library.key}\r\nContent-Type: multipart/form-data; boundary={boundary}\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as line:
        line.sendall(head.encode() + start + photo() + bytes(length // 2))


def stored(library: Served) -> set[Path]:
    """Every file with bytes in the server's storage, finished or not."""
    return {path for path in (library.folder / "objects").rglob("*") if path.is_file()}


async def test_a_client_that_vanishes_leaves_nothing_and_verify_agrees(
    client: httpx2.AsyncClient, library: Served
) -> None:
    bytes_before, files_before = stored(library), (await done(client, "GET", "/user-files"))["total_count"]
    for _ in range(3):
        await asyncio.to_thread(broken_off, library, 20_000_000)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while stored(library) != bytes_before and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    assert stored(library) == bytes_before
    assert (await done(client, "GET", "/user-files"))["total_count"] == files_before
    batch = await streamed(client, ["#123456", "#654321"])
    await done(client, "DELETE", f"/user-files/{batch['files'][0]['image_id']}")
    await until(client, batch["status_url"].removeprefix("/api/v2"), lambda one: one["status"] == "completed")
    assert (await client.get(f"/uploads/sessions/{new_id()}/status")).status_code == 404
    command = [sys.executable, "-m", "aionserver", "verify", "--data-dir", str(library.folder)]
    verified = await asyncio.to_thread(
        subprocess.run, command, env=clean_environment(), capture_output=True, text=True, timeout=120
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
