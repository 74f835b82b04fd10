"""Whatever is killed while photos come in, nothing that was answered is lost, and nothing is done twice."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from aionserver.infra.database import psycopg_url
from aionserver.infra.embedded_postgres import urls_of_running
from plugins.product import photo
from plugins.served import Served, clean_environment, serving

PHOTOS = 20
# What is killed while each quarter of the photos comes in.
VICTIMS = (["worker"], [" api "], ["bin/postgres"], ["worker", " api ", "bin/postgres"])
SETTLE_SECONDS = 90
ROOT = Path(__file__).parents[3]


async def _upload(client: httpx2.AsyncClient, number: int) -> str:
    """The id of an uploaded photo; tried again, under the same key, until it is answered."""
    files = {"file": (f"{number}.jpg", photo(size=(200 + number, 150)))}
    headers = {"Idempotency-Key": f"photo-{number}"}
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = await client.post("/api/v2/user-files/upload/stream", files=files, headers=headers)
            if answer.status_code == 200:
                return answer.json()["image_id"]
        except httpx2.TransportError:
            pass  # the killed process took the connection with it
        await asyncio.sleep(0.2)
    raise AssertionError(f"photo {number} was not taken within {SETTLE_SECONDS} s")


async def _all_described(client: httpx2.AsyncClient, ids: list[str]) -> list[dict[str, Any]]:
    deadline, files = time.monotonic() + SETTLE_SECONDS, list[dict[str, Any]]()
    while time.monotonic() < deadline:
        answer = await client.get("/api/v2/user-files", params={"ids": ",".join(ids), "limit": 100})
        files = answer.json().get("files", []) if answer.status_code == 200 else []
        if len(files) == len(ids) and all(file["description_status"] == "completed" for file in files):
            return files
        await asyncio.sleep(0.3)
    raise AssertionError(f"not all described: {[(file['id'], file['description_status']) for file in files]}")


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Served]:
    """A server that may be killed, quick to notice dead workers."""
    with serving(tmp_path, AIONVISION_HEARTBEAT_SECONDS="1", AIONVISION_STALLED_SECONDS="4") as found:
        yield found


async def test_nothing_answered_is_lost_and_nothing_is_done_twice(mortal: Served) -> None:
    headers = {"Authorization": f"Bearer {mortal.key}"}
    async with httpx2.AsyncClient(base_url=mortal.url, headers=headers, timeout=30) as client:
        uploads: list[asyncio.Task[str]] = []
        for victim, numbers in zip(VICTIMS, _quarters(), strict=True):
            uploads += [asyncio.create_task(_upload(client, number)) for number in numbers]
            await asyncio.sleep(0.1)
            for process in victim:
                mortal.kill(process)
            await asyncio.sleep(0.3)
        ids = await asyncio.gather(*uploads)
        assert len(set(ids)) == PHOTOS
        await _all_described(client, ids)
        assert (await client.get("/api/v2/user-files")).json()["total_count"] == PHOTOS
    _assert_once(mortal)


def _quarters() -> list[range]:
    size = PHOTOS // len(VICTIMS)
    return [range(start, start + size) for start in range(0, PHOTOS, size)]


def _assert_once(mortal: Served) -> None:
    """Each photo has one description and one charge of each kind, and no job is left."""
    urls = urls_of_running(mortal.folder)
    assert urls is not None
    with psycopg.connect(psycopg_url(urls.owner)) as connection:
        counts = connection.execute(
            "select (select count(*) from descriptions), (select count(distinct file_id) from descriptions),"
            " (select count(*) from ledger_entries where operation = 'describe'),"
            " (select count(*) from ledger_entries where operation = 'upload')"
        ).fetchone()
    assert counts == (PHOTOS, PHOTOS, PHOTOS, PHOTOS)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, *command]
    return subprocess.run(program, env=clean_environment(), capture_output=True, text=True, timeout=400)


def test_one_process_of_each_kind_is_killed_and_verify_agrees_until_bytes_are_gone(tmp_path: Path) -> None:
    harness = str(ROOT / "benchmarks" / "durability.py")
    done = _run(harness, "--kills", "5", "--uploaders", "2", "--seed", "1", "--keep", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing lost, nothing twice: holds" in done.stdout
    reconciled = _run("-m", "aionserver", "usage", "reconcile", "--data-dir", str(tmp_path / "data"))
    assert reconciled.returncode == 0, reconciled.stdout + reconciled.stderr
    assert "Everything agrees." in reconciled.stdout
    original = next((tmp_path / "data" / "objects" / "uploads").rglob("*.jpg"))
    original.unlink()
    verified = _run("-m", "aionserver", "verify", "--data-dir", str(tmp_path / "data"))
    assert verified.returncode == 1, verified.stdout + verified.stderr
    assert f"{original.name}: is gone, and a row names it" in verified.stdout
