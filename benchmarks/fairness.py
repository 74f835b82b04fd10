"""One photo of a tenant while another has 10,000 waiting: seconds until it is described, against an idle server.

python benchmarks/fairness.py [waiting] [--uploaded]

The first 400 that wait are photos really uploaded while no worker runs: more are not worked on before the end. The
rest are jobs only, written by the product's queue for the same files, for uploading takes minutes. With `--uploaded`
they are files too: tiny pictures.
"""

import asyncio
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from _served import Server, photos, print_machine, serving
from PIL import Image
from sqlalchemy import text

from aionserver.domains.accounts import service as accounts
from aionserver.domains.api_keys import service as api_keys
from aionserver.infra.actors import Role
from aionserver.infra.database import open_engine, open_session, raw_connection
from aionserver.infra.embedded_postgres import urls_of_running
from aionserver.infra.job_queue import JobQueue, JobRequest

WAITING = 10_000
REAL = 400
BATCH = 200
ROUNDS = 5
GOAL_SECONDS = 5.0
FILES = "/user-files"


def second_tenant(server: Server) -> str:
    """The key of a new tenant."""

    async def make() -> str:
        engine = open_engine(application_url(server), 1)
        async with open_session(engine) as session, session.begin():
            tenant_id = await accounts.create_tenant(session, "Another", "enterprise")
            key = api_keys.create_key(session, tenant_id, None, "Benchmark", Role.ADMIN)
        await engine.dispose()
        return key

    return asyncio.run(make())


def application_url(server: Server) -> str:
    """The address of the server's database."""
    urls = urls_of_running(server.folder / "data")
    assert urls is not None
    return urls.application


def client_of(server: Server, key: str) -> httpx2.Client:
    """A client with a key of its own."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx2.Client(base_url=f"{server.url}/api/v2", headers=headers, timeout=600, trust_env=False)


def tiny_photo() -> bytes:
    """A picture that costs little to send."""
    data = io.BytesIO()
    Image.new("RGB", (48, 32), "teal").save(data, "JPEG")
    return data.getvalue()


def upload(server: Server, count: int) -> None:
    """Upload so many photos of the first tenant, tiny ones after the first 400."""
    real, tiny = [path.read_bytes() for path in photos(min(count, REAL))], tiny_photo()
    with server.client() as client:
        for first in range(0, count, BATCH):
            data = [real[number] if number < len(real) else tiny for number in range(first, min(count, first + BATCH))]
            parts = [("files", (f"{first + number}.jpg", one)) for number, one in enumerate(data)]
            client.post(f"{FILES}/upload/stream-batch", files=parts).raise_for_status()


def queue_again(server: Server, count: int) -> None:
    """Write so many more jobs for the files that are there."""

    async def write() -> None:
        engine, jobs = open_engine(application_url(server), 1), JobQueue(application_url(server))
        async with open_session(engine) as session, session.begin(), jobs.app.open_async():
            tenant_id = UUID(str(await session.scalar(text("select id from tenants order by created_at limit 1"))))
            await session.execute(text("select set_config('aion.tenant_id', :id, true)"), {"id": str(tenant_id)})
            ids = [str(one) for one in await session.scalars(text("select id from files"))]
            requests = [JobRequest("files.process", {"file_id": ids[n % len(ids)]}, "bulk") for n in range(count)]
            for first in range(0, count, 1000):
                await jobs.defer(await raw_connection(session), tenant_id, requests[first : first + 1000])
        await engine.dispose()

    asyncio.run(write())


def fill(server: Server, waiting: int, *, uploaded: bool) -> None:
    """Let so many files of the first tenant wait."""
    started = time.perf_counter()
    uploads = waiting if uploaded else min(waiting, REAL)
    upload(server, uploads)
    if waiting > uploads:
        queue_again(server, waiting - uploads)
    print(f"filled  {uploads} uploads and {waiting - uploads} more jobs in {time.perf_counter() - started:.0f} s")


def total(client: httpx2.Client, **filters: Any) -> int:
    """How many files of the tenant the filters let through."""
    return int(client.get(FILES, params={**filters, "limit": 1}).raise_for_status().json()["total_count"])


def seconds_until_described(client: httpx2.Client, photo: Path) -> float:
    """From the first byte sent to the description that can be read."""
    started = time.perf_counter()
    answer = client.post(f"{FILES}/upload/stream", files={"file": (photo.name, photo.read_bytes())})
    address = f"{FILES}/{answer.raise_for_status().json()['image_id']}"
    while client.get(address).raise_for_status().json()["description_status"] != "completed":
        time.sleep(0.05)
    return time.perf_counter() - started


def rounds(client: httpx2.Client, files: Sequence[Path]) -> list[float]:
    """The seconds of one photo after the other."""
    return [seconds_until_described(client, photo) for photo in files]


def main(waiting: int, *, uploaded: bool) -> None:
    """Print the seconds on an idle server and beside a crowd."""
    print_machine()
    files = photos(ROUNDS + 1)
    with tempfile.TemporaryDirectory(prefix="aionvision-bench-") as name:
        folder = Path(name)
        with serving(folder) as server:
            key = second_tenant(server)
            with client_of(server, key) as client:
                idle = rounds(client, files)[1:]  # the first waits for the networks to load
        with serving(folder, AIONVISION_WORKERS="0") as server:
            fill(server, waiting, uploaded=uploaded)
        with serving(folder) as server, server.client() as crowd, client_of(server, key) as client:
            while total(crowd, has_description=True) == 0:
                time.sleep(0.2)
            crowded = rounds(client, files)[1:]
            left = waiting - total(crowd, has_description=True)
    print_result(idle, crowded, left)


def print_result(idle: Sequence[float], crowded: Sequence[float], left: int) -> None:
    """The medians, the worst, and whether the goal holds."""
    alone, beside = statistics.median(idle), statistics.median(crowded)
    print(f"described after {alone:5.2f} s on an idle server, worst {max(idle):.2f} s")
    print(
        f"described after {beside:5.2f} s beside {left} waiting, worst {max(crowded):.2f} s: {beside / alone:.1f} times"
    )
    holds = "holds" if beside <= GOAL_SECONDS else "is missed"
    print(f"goal: within {GOAL_SECONDS:g} s: {holds}")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    main(numbers[0] if numbers else WAITING, uploaded="--uploaded" in sys.argv)
