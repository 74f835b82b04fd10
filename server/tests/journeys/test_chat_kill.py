"""Whatever is killed while people chat: plans are done once, conversations go on."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from plugins.chats import SESSIONS, begin, read
from plugins.served import Served, serving

PLANS = 4
TALKS = 6
SETTLE_SECONDS = 90


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Served]:
    """A server that may be killed, quick to notice dead workers."""
    with serving(tmp_path, AIONVISION_HEARTBEAT_SECONDS="1", AIONVISION_STALLED_SECONDS="4") as found:
        yield found


async def persist(client: httpx2.AsyncClient, method: str, path: str, **more: Any) -> dict[str, Any]:
    """The answer to a request that is sent until one comes."""
    for _ in range(SETTLE_SECONDS * 5):
        with suppress(httpx2.TransportError):
            answer = await client.request(method, path, **more)
            if answer.is_success:
                return answer.json()
        await asyncio.sleep(0.2)
    raise AssertionError(f"{method} {path} was not answered")


async def test_a_plan_is_done_once_and_conversations_go_on(mortal: Served) -> None:
    headers = {"Authorization": f"Bearer {mortal.key}"}
    async with httpx2.AsyncClient(base_url=mortal.url, headers=headers, timeout=30) as client:
        for number in range(PLANS):
            await approve_and_kill(client, mortal, number)
        await talk_and_kill(client, mortal)


async def approve_and_kill(client: httpx2.AsyncClient, mortal: Served, number: int) -> None:
    """A plan, whose worker dies somewhere on the way; its folder is there once and so is its report."""
    session, name = await begin(client), f"Folder {number}"
    asked = {"message": f"Create a folder called {name}"}
    plan = (await persist(client, "POST", f"{SESSIONS}/{session}/messages", json=asked))["plan"]
    path = f"{SESSIONS}/{session}/plans/{plan['plan_id']}/action"
    approving = asyncio.create_task(
        persist(client, "POST", path, json={"action": "approve"}, headers={"Idempotency-Key": name})
    )
    await asyncio.sleep(0.02 * number)
    mortal.kill("worker")
    await approving
    for _ in range(SETTLE_SECONDS * 5):
        messages = (await read(client, session))["messages"]
        if messages[1]["metadata"]["plan"]["status"] == "completed":
            break
        await asyncio.sleep(0.2)
    assert [one["status"] for one in messages[1]["metadata"]["plan"]["outcomes"]] == ["completed"]
    assert len(messages) == 3
    folders = (await client.get("/api/v2/folders")).json()["folders"]
    assert [one["name"] for one in folders].count(name) == 1


async def talk_and_kill(client: httpx2.AsyncClient, mortal: Served) -> None:
    """Questions whose api process dies meanwhile: each was answered or has failed, and the next one is answered."""
    sessions = [await begin(client) for _ in range(TALKS)]
    asked = {"message": "How many photos do I have?"}
    asking = [client.post(f"{SESSIONS}/{one}/messages", json=asked) for one in sessions]
    talking = asyncio.gather(*asking, return_exceptions=True)
    await asyncio.sleep(0.05)
    mortal.kill(" api ")
    await talking
    for session in sessions:
        answer = await persist(client, "POST", f"{SESSIONS}/{session}/messages", json=asked)
        assert answer["content"]
        told = [one["metadata"]["status"] for one in (await read(client, session))["messages"] if one["metadata"]]
        assert set(told) <= {"completed", "failed"}
        assert told[-1] == "completed"
