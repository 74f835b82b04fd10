"""Presigned uploads with a real server and its worker; also while processes are killed."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from aionserver.infra.database import psycopg_url
from aionserver.infra.embedded_postgres import urls_of_running
from plugins.product import photo
from plugins.served import Served, serving

PATIENCE_SECONDS = 90
BATCHES = 8
PHOTOS = [photo(color) for color in ("red", "green")]


def browser(served: Served) -> httpx2.AsyncClient:
    """A client with the key."""
    headers = {"Authorization": f"Bearer {served.key}"}
    return httpx2.AsyncClient(base_url=served.api, headers=headers, timeout=30)


def info(data: bytes, number: int = 0) -> dict[str, Any]:
    return {"filename": f"{number}.jpg", "content_type": "image/jpeg", "size_bytes": len(data)}


async def put(url: str, data: bytes) -> None:
    async with httpx2.AsyncClient() as stranger:
        answer = await stranger.put(url, content=data, headers={"Content-Type": "image/jpeg"})
        assert answer.status_code == 200, answer.text


async def finished(client: httpx2.AsyncClient, file_id: str) -> str:
    """The status in which a file ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = await client.get(f"/uploads/status/{file_id}")
            if answer.status_code == 200 and answer.json()["is_terminal"]:
                return answer.json()["unified_status"]
        except httpx2.TransportError:
            pass  # the killed process took the connection with it
        await asyncio.sleep(0.2)
    raise AssertionError(f"{file_id} is not finished")


async def test_what_is_put_by_a_url_is_described_by_the_worker(served: Served) -> None:
    async with browser(served) as client:
        offer = (await client.post("/uploads/request-presigned-url", json=info(PHOTOS[0]))).json()
        await put(offer["upload_url"], PHOTOS[0])
        body = {"object_key": offer["object_key"], "size_bytes": len(PHOTOS[0])}
        file_id = (await client.post("/uploads/confirm", json=body)).json()["upload_id"]
        assert await finished(client, file_id) == "completed"
        started = (await client.post("/user-files/upload/initiate", data={**info(PHOTOS[1]), "title": "Second"})).json()
        await put(started["upload_url"], PHOTOS[1])
        body = {"object_key": started["object_key"], "size_bytes": len(PHOTOS[1]), "image_id": started["image_id"]}
        assert (await client.post("/user-files/upload/confirm", json=body)).json()["title"] == "Second"
        assert await finished(client, started["image_id"]) == "completed"


async def prepared(client: httpx2.AsyncClient) -> dict[str, Any]:
    """A batch whose files were put, and not confirmed."""
    files = [info(data, number) for number, data in enumerate(PHOTOS)]
    batch = (await client.post("/uploads/batch-prepare", json={"files": files, "intent": "describe"})).json()
    for one, data in zip(batch["presigned_urls"], PHOTOS, strict=True):
        await put(one["upload_url"], data)
    return batch


async def confirm(client: httpx2.AsyncClient, batch: dict[str, Any]) -> None:
    """Confirm a batch, whether or not somebody is there to answer."""
    said = [
        {"object_key": one["object_key"], "success": True, "file_size": len(data)}
        for one, data in zip(batch["presigned_urls"], PHOTOS, strict=True)
    ]
    with suppress(httpx2.TransportError):
        await client.post("/uploads/batch-confirm", json={"batch_id": batch["batch_id"], "confirmations": said})


async def recover(client: httpx2.AsyncClient, batch: dict[str, Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = await client.post(f"/uploads/batch/{batch['batch_id']}/auto-recover")
            if answer.status_code == 200:
                assert answer.json()["status"] in ("recovered", "already_processed")
                return
        except httpx2.TransportError:
            pass  # not there again yet
        await asyncio.sleep(0.2)
    raise AssertionError("nobody answers any more")


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Served]:
    """A server that may be killed, quick to notice dead workers."""
    with serving(tmp_path, AIONVISION_HEARTBEAT_SECONDS="1", AIONVISION_STALLED_SECONDS="4") as found:
        yield found


async def test_whatever_is_killed_while_batches_are_confirmed_no_file_is_lost_or_doubled(mortal: Served) -> None:
    async with browser(mortal) as client:
        batches = [await prepared(client) for _ in range(BATCHES)]
        half = BATCHES // 2
        for some, victim in ((batches[:half], " api "), (batches[half:], "bin/postgres")):
            confirming = [asyncio.create_task(confirm(client, batch)) for batch in some]
            await asyncio.sleep(0.05)
            mortal.kill(victim)
            await asyncio.gather(*confirming)
            for batch in some:
                await recover(client, batch)
        ids = [one["image_id"] for batch in batches for one in batch["presigned_urls"]]
        assert {await finished(client, file_id) for file_id in ids} == {"completed"}
        assert (await client.get("/user-files")).json()["total_count"] == len(ids)
    assert await asyncio.to_thread(counts, mortal) == (len(ids), len(ids), len(ids), 0)
    assert [path for path in (mortal.folder / "objects" / "incoming").rglob("*") if path.is_file()] == []


def counts(mortal: Served) -> Any:
    """Descriptions, charges of uploads and of descriptions, and uploads that are waited for."""
    urls = urls_of_running(mortal.folder)
    assert urls is not None
    with psycopg.connect(psycopg_url(urls.owner)) as connection:
        return connection.execute(
            "select (select count(*) from descriptions),"
            " (select count(*) from ledger_entries where operation = 'upload'),"
            " (select count(*) from ledger_entries where operation = 'describe'),"
            " (select count(*) from pending_uploads where state = 'waiting')"
        ).fetchone()
