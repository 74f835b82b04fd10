"""Conversations for tests."""

from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy import text

from aionserver.kit.ids import new_id
from plugins.product import Product, Tenant

CHAT = "/api/v2/chat"
SESSIONS = f"{CHAT}/sessions"
ROWS = (
    """
    insert into chat_messages (id, tenant_id, session_id, position, role, status, content)
    values (:message, :tenant, :session, 1, 'assistant', 'completed', 'A plan.')
    """,
    "insert into chat_events (tenant_id, message_id, number, events) values (:tenant, :message, 0, '[]')",
    """
    insert into chat_plans (id, tenant_id, session_id, message_id, summary, steps, status)
    values (:plan, :tenant, :session, :message, 'A plan.', '[]', 'pending')
    """,
)


async def begin(client: httpx2.AsyncClient, **body: Any) -> str:
    """The id of a new conversation."""
    answer = await client.post(SESSIONS, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["session_id"]


async def say(client: httpx2.AsyncClient, session: str, message: str, **body: Any) -> dict[str, Any]:
    """The answer to a message."""
    answer = await client.post(f"{SESSIONS}/{session}/messages", json={"message": message, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def read(client: httpx2.AsyncClient, session: str, **query: Any) -> dict[str, Any]:
    """A conversation with its messages."""
    answer = await client.get(f"{SESSIONS}/{session}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of an answer that is an error."""
    return answer.status_code, answer.json()["error"]["code"]


async def put_plan(product: Product, tenant: Tenant, session: str) -> str:
    """The id of a plan, without steps, that waits in a conversation."""
    ids = {"tenant": tenant.id, "session": UUID(session), "message": new_id(), "plan": new_id()}
    async with product.infra.open_system_scope(tenant.id) as scope:
        for statement in ROWS:
            await scope.session.execute(text(statement), ids)
    return str(ids["plan"])
