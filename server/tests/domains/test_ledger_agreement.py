"""After thousands of operations that succeed, fail, are cancelled, killed and repeated, all figures agree."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from aionserver.domains.usage import service as usage
from aionserver.infra.actors import Actor, Role
from aionserver.infra.scope import Scope
from aionserver.kit.ids import new_id
from plugins.product import Product, Tenant

OPERATIONS = 5_000
A_TRANSACTION = 10
AT_ONCE = 8
START = datetime(2026, 11, 1, tzinfo=UTC)
KINDS = (usage.DESCRIBE, usage.VERIFY, usage.CHAT_MESSAGE, usage.AGENT_CALL, usage.UPLOAD)


class Killed(Exception):
    """The process ended before its transaction did."""


@dataclass
class Step:
    """One operation and its outcome: done, failed, or done and given back; perhaps done twice."""

    operation: str
    outcome: str
    price: int
    read: int
    subject: UUID = field(default_factory=new_id)
    again: bool = False


@dataclass
class Batch:
    """Operations of one transaction at one moment; it may be killed at first."""

    moment: datetime
    key_id: UUID
    steps: Sequence[Step]
    killed_first: bool


def batches(dice: random.Random, keys: Sequence[UUID]) -> list[Batch]:
    """Operations of two months, all different and the same for the same dice."""

    def step() -> Step:
        outcome = dice.choices(("done", "failed", "cancelled"), (7, 2, 1))[0]
        return Step(
            dice.choice(KINDS), outcome, dice.choice((0, 1, 2, 4, 8)), dice.randrange(1_000), again=dice.random() < 0.2
        )

    return [
        Batch(
            START + timedelta(seconds=dice.randrange(60 * 86_400)),
            dice.choice(keys),
            [step() for _ in range(A_TRANSACTION)],
            killed_first=dice.random() < 0.2,
        )
        for _ in range(OPERATIONS // A_TRANSACTION)
    ]


async def do(scope: Scope, step: Step) -> None:
    known = usage.Particulars(tokens=usage.Tokens(read=step.read), processing_time_ms=step.read)
    if step.outcome == "failed":
        await usage.record_failure(scope, step.operation, step.subject)
        return
    await usage.charge(scope, step.operation, step.subject, step.price, known)
    if step.outcome == "cancelled":
        await usage.refund(scope, step.operation, [step.subject])


async def transact(product: Product, tenant: Tenant, batch: Batch, *, killed: bool) -> None:
    actor = Actor(tenant_id=tenant.id, role=Role.EDITOR, key_id=batch.key_id)
    async with product.infra.open_scope(actor) as scope:
        scope.now = lambda: batch.moment  # each transaction at a time of its own
        for step in batch.steps:
            for _ in range(1 + step.again):
                await do(scope, step)
        if killed:
            raise Killed


async def run(product: Product, tenant: Tenant, batch: Batch) -> None:
    if batch.killed_first:
        with pytest.raises(Killed):
            await transact(product, tenant, batch, killed=True)
    await transact(product, tenant, batch, killed=False)
    if batch.killed_first:  # the answer was lost, and the job is done once more
        await transact(product, tenant, batch, killed=False)


def due(found: Sequence[Batch]) -> Counter[str]:
    """What is to come out, counted without a database."""
    counts: Counter[str] = Counter()
    for step in (step for batch in found for step in batch.steps):
        counts["total"] += 1
        counts["successful"] += step.outcome == "done"
        counts["failed"] += step.outcome != "done"
        counts["credits"] += step.price * (step.outcome == "done")
        counts["read"] += step.read * (step.outcome != "failed")
        counts[step.operation] += step.outcome == "done"
    return counts


async def ask(tenant: Tenant, path: str, **parameters: object) -> dict[str, object]:
    answer = await tenant.client.get(f"/api/v2/usage/{path}", params=parameters)  # pyright: ignore[reportArgumentType]
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_ledger_totals_and_answers_agree_after_all_that_can_happen(product: Product, tenant: Tenant) -> None:
    dice, keys = random.Random(7), [new_id(), new_id()]
    found = batches(dice, keys)
    await product.tenant("Stranger")
    product.infra.clock = lambda: START + timedelta(days=60)
    for first in range(0, len(found), AT_ONCE):
        await asyncio.gather(*(run(product, tenant, batch) for batch in found[first : first + AT_ONCE]))

    async with product.infra.open_scope(tenant.actor) as scope:
        assert await usage.differences(scope) == []
        assert (await usage.credit_balance(scope)).used == due([one for one in found if one.moment.month == 12])[
            "credits"
        ]
    asked = {"start_date": "2026-11-01", "end_date": "2026-12-31"}
    for zone in ("UTC", "Asia/Kathmandu"):
        for key, chosen in ((None, found), *((key, [one for one in found if one.key_id == key]) for key in keys)):
            more = {"api_key_id": str(key)} if key else {}
            usage_now = (await ask(tenant, "summary", **asked | more, timezone=zone))["usage"]
            wanted = due(chosen)
            assert (
                usage_now
                | {
                    "total_operations": wanted["total"],
                    "successful_operations": wanted["successful"],
                    "failed_operations": wanted["failed"],
                    "total_credits": wanted["credits"],
                    "input_tokens": wanted["read"],
                    "describe_count": wanted["describe"],
                    "verify_count": wanted["verify"],
                    "upload_count": wanted["upload"],
                    "chat_message_count": wanted["chat_message"],
                    "agent_call_count": wanted["agent_call"],
                }
                == usage_now
            )
            points = (await ask(tenant, "by-period", **asked | more, timezone=zone))["data"]
            assert sum(one["value"] for one in points) == wanted["credits"]
    for _ in range(8):  # any span, to the second: totals of whole slots, and single entries at both ends
        start, end = sorted(START + timedelta(seconds=dice.randrange(60 * 86_400)) for _ in range(2))
        within = [one for one in found if start <= one.moment <= end]
        asked = {"start_date": start.isoformat(), "end_date": end.isoformat()}
        assert (await ask(tenant, "summary", **asked))["usage"]["total_credits"] == due(within)["credits"]
        assert (await ask(tenant, "details", **asked))["pagination"]["total_count"] == sum(
            1 + (step.outcome == "cancelled") for batch in within for step in batch.steps
        )
