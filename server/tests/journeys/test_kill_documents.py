"""Whatever worker is killed while a long document is read, it is read once, split once and charged once."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from aionserver.infra.database import psycopg_url
from aionserver.infra.embedded_postgres import urls_of_running
from plugins.pdfs import pdf
from plugins.served import Served, serving

PAGES = 1500
KILLS = 3
SETTLE_SECONDS = 240


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Served]:
    """A server that may be killed, quick to notice dead workers."""
    with serving(tmp_path, AIONVISION_HEARTBEAT_SECONDS="1", AIONVISION_STALLED_SECONDS="4") as found:
        yield found


def long_document() -> bytes:
    lines = [f"Sentence {number} of this page says what valve it speaks of." for number in range(20)]
    return pdf(*([f"Page {number} is about valve V{number}.", *lines] for number in range(1, PAGES + 1)))


async def details_of(client: httpx2.AsyncClient, document: str) -> dict[str, Any]:
    return (await client.get(f"/api/v2/documents/{document}")).json()


async def wait_until_read(client: httpx2.AsyncClient, document: str, pages: int) -> dict[str, Any]:
    """What is known of the document once so many of its pages are read; the whole of it, once it can be searched."""
    deadline, found = time.monotonic() + SETTLE_SECONDS, dict[str, Any]()
    while time.monotonic() < deadline:
        found = await details_of(client, document)
        if found["pages_read"] >= pages and (pages < PAGES or found["extraction_status"] != "processing"):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"not read within {SETTLE_SECONDS} s: {found}")


async def test_a_long_document_is_read_once_however_often_its_worker_dies(mortal: Served) -> None:
    headers = {"Authorization": f"Bearer {mortal.key}"}
    async with httpx2.AsyncClient(base_url=mortal.url, headers=headers, timeout=60) as client:
        sent = {"file": ("valves.pdf", long_document())}
        document = (await client.post("/api/v2/user-files/upload/stream", files=sent)).json()["image_id"]
        read = 0
        for _ in range(KILLS):
            read = (await wait_until_read(client, document, read + 1))["pages_read"]
            mortal.kill("worker")
            assert (await details_of(client, document))["pages_read"] >= read
        done = await wait_until_read(client, document, PAGES)
        assert done["extraction_status"] == "completed", done
        assert (done["page_count"], done["pages_read"]) == (PAGES, PAGES)
        text = (await client.get(f"/api/v2/documents/{document}/text")).json()["text"]
        assert all(f"valve V{number}." in text for number in range(1, PAGES + 1))
    _assert_once(mortal, done["chunk_count"])


def _assert_once(mortal: Served, chunks: int) -> None:
    """Each page and chunk is there once, every chunk has its vector, and the pages were charged once."""
    urls = urls_of_running(mortal.folder)
    assert urls is not None
    with psycopg.connect(psycopg_url(urls.owner)) as connection:
        counts = connection.execute(
            "select (select count(*) from document_pages), (select count(vector) from chunks),"
            " (select count(distinct position) from chunks),"
            " (select count(*) from ledger_entries where operation = 'document'),"
            " (select sum(credits) from ledger_entries where operation = 'document')"
        ).fetchone()
    assert counts == (PAGES, chunks, chunks, 1, PAGES // 10)
