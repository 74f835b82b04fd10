"""Pipelines as tests ask for them."""

from typing import Any

import httpx2
from sqlalchemy import text

from aionserver.infra.scope import Infra
from plugins.product import Product, Tenant, photo, upload

PIPELINE = "/api/v2/agents/pipeline"


def step(agent: str, intent: str = "Tell me about them", depends_on: list[int] | None = None) -> dict[str, Any]:
    """A step on the wire."""
    return {"agent": agent, "intent": intent} | ({} if depends_on is None else {"depends_on": depends_on})


async def send(client: httpx2.AsyncClient, *steps: dict[str, Any], key: str = "", **more: Any) -> httpx2.Response:
    """The answer to a pipeline."""
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post(PIPELINE, json={"steps": list(steps), **more}, headers=headers)


async def run(client: httpx2.AsyncClient, *steps: dict[str, Any], key: str = "", **more: Any) -> dict[str, Any]:
    """What came of a pipeline that was taken."""
    answer = await send(client, *steps, key=key, **more)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [one["agent"] for one in found["nodes"]] == [one["agent"] for one in steps]
    assert found["success"] == (not found["errors"])
    return found


def statuses(found: dict[str, Any]) -> list[str]:
    """How each step ended."""
    return [one["status"] for one in found["nodes"]]


async def add_photos(product: Product, tenant: Tenant, **tags: str) -> dict[str, str]:
    """Pictures by their titles, each with the one tag that is given for it."""
    sizes = {title: (200 + 10 * number, 200) for number, title in enumerate(tags)}
    found = {t: (await upload(tenant, photo("red", sizes[t]), f"{t}.jpg", title=t))["image_id"] for t in tags}
    await product.do_jobs()
    async with product.infra.open_system_scope(tenant.id) as scope:
        for title, tag in tags.items():
            said = {"tags": [tag], "title": title, "told": f"A {tag} named {title}."}
            await scope.session.execute(
                text("update files set tags = :tags, description = :told where title = :title"), said
            )
    return found


async def charges(infra: Infra, tenant: Tenant) -> int:
    """How many calls of agents the tenant was charged for."""
    query = "select count(*) from ledger_entries where operation = 'agent_call' and kind = 'charge'"
    async with infra.open_system_scope(tenant.id) as scope:
        return int(await scope.session.scalar(text(query)) or 0)
