"""Whatever is killed while agents work: each thing is done once and paid once, and the outcome can be had."""

import asyncio
from pathlib import Path

import httpx2
from journeys.test_chat_kill import persist

from plugins.pipelines import PIPELINE, statuses, step
from plugins.product import photo
from plugins.served import serving

ROUNDS = 5
ORGANIZE, SYNTHESIZE = "/api/v2/agents/organize", "/api/v2/agents/synthesize"


async def test_pipelines_go_on_where_they_stood(tmp_path: Path) -> None:
    with serving(tmp_path, AIONVISION_HEARTBEAT_SECONDS="1", AIONVISION_STALLED_SECONDS="4") as mortal:
        headers = {"Authorization": f"Bearer {mortal.key}"}
        async with httpx2.AsyncClient(base_url=mortal.url, headers=headers, timeout=30) as client:
            upload = {"file": ("red.jpg", photo())}
            sent = await client.post("/api/v2/user-files/upload/stream", files=upload)
            image = sent.json()["image_id"]
            for number in range(ROUNDS):
                steps = [
                    step("analytics", "How many are there?"),
                    step("folder", f"Move it to “Box {number}”", [0]),
                    step("analysis", "What is it?", [1]),
                    step("assistant", "Report on it", [2]),
                ]
                body = {"steps": steps, "image_ids": [image]}
                asked = {"json": body, "headers": {"Idempotency-Key": f"round {number}"}}
                running = asyncio.create_task(persist(client, "POST", PIPELINE, **asked))
                await asyncio.sleep(0.01 + 0.02 * number)
                mortal.kill(" api ")
                found = await running
                assert statuses(found) == ["completed"] * 4, found
                assert found["nodes"][1]["outputs"]["folders_created"] == 1
            folders = [one["name"] for one in (await persist(client, "GET", "/api/v2/folders"))["folders"]]
            assert sorted(folders) == [f"Box {number}" for number in range(ROUNDS)]
            used = (await persist(client, "GET", "/api/v2/usage/summary"))["usage"]
            assert (used["agent_call_count"], used["failed_operations"]) == (4 * ROUNDS, 0)


async def test_operations_have_one_effect(tmp_path: Path) -> None:
    with serving(tmp_path, AIONVISION_HEARTBEAT_SECONDS="1", AIONVISION_STALLED_SECONDS="4") as mortal:
        headers = {"Authorization": f"Bearer {mortal.key}"}
        async with httpx2.AsyncClient(base_url=mortal.url, headers=headers, timeout=30) as client:
            upload = {"file": ("red.jpg", photo())}
            sent = await client.post("/api/v2/user-files/upload/stream", files=upload)
            image = sent.json()["image_id"]
            saved = list[str]()
            for number in range(ROUNDS):
                sort = {"intent": f"Put it into “Box {number}”", "image_ids": [image]}
                tell = {"intent": f"Report {number}", "image_ids": [image], "auto_save": True}
                running = asyncio.gather(
                    persist(client, "POST", ORGANIZE, json=sort, headers={"Idempotency-Key": f"sort {number}"}),
                    persist(client, "POST", SYNTHESIZE, json=tell, headers={"Idempotency-Key": f"tell {number}"}),
                )
                await asyncio.sleep(0.005 + 0.01 * number)
                mortal.kill(" api ")
                sorted_, told = await running
                assert sorted_["success"], sorted_
                assert told["success"], told
                saved.append(told["saved_document_id"])
            folders = [one["name"] for one in (await persist(client, "GET", "/api/v2/folders"))["folders"]]
            assert sorted(folders) == [f"Box {number}" for number in range(ROUNDS)]
            kept = (await persist(client, "GET", "/api/v2/documents"))["documents"]
            assert sorted(one["id"] for one in kept) == sorted(saved)
            used = (await persist(client, "GET", "/api/v2/usage/summary"))["usage"]
            assert (used["agent_call_count"], used["failed_operations"]) == (2 * ROUNDS, 0)
