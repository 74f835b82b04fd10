"""Plans: approved or cancelled once, run step by step by a worker, each step once, and reported on."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, cast
from uuid import UUID

import structlog

from aionserver.domains.chat import queries
from aionserver.domains.chat.errors import PlanDecided, PlanNotFound
from aionserver.domains.chat.plan_texts import report
from aionserver.domains.chat.schemas import PlanActionResponse
from aionserver.domains.chat.service import require_session
from aionserver.domains.chat.tables import ChatMessage, ChatPlan
from aionserver.domains.chat.turns import UNDO
from aionserver.infra.actors import Actor, as_stored, from_stored
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import AionError, InvalidInput
from aionserver.infra.job_queue import JobRequest
from aionserver.infra.job_worker import Attempt
from aionserver.infra.request_context import RequestContext
from aionserver.infra.scope import Infra, Scope
from aionserver.infra.tools import Errand, Outcome, Tool
from aionserver.kit.ids import new_id, parse_id
from aionserver.kit.json_bounds import require_small

log = structlog.get_logger(__name__)
RUN = "chat.run_plan"
# So long an approval waits for a plan to be done, before it answers that it is running.
PATIENCE_SECONDS = 2.0
PAUSE_SECONDS = 0.05
LARGEST_FACTS_BYTES = 16_384
MOST_UNDONE = 100
OVER = ("completed", "failed", "cancelled")


@dataclass(frozen=True)
class StepErrand(Errand):
    """An errand within a transaction: what a tool changes, and the note that it did, are written together."""

    scope: Scope | None = None

    def open_scope(self) -> AbstractAsyncContextManager[Scope]:
        """The step's own scope; it commits when the step is over."""
        assert self.scope is not None
        return _within(self.scope)


@asynccontextmanager
async def _within(scope: Scope) -> AsyncGenerator[Scope]:
    yield scope


async def require_plan(scope: Scope, session: str, plan: str, *, locked: bool = False) -> ChatPlan:
    """The plan of the actor's conversation; PlanNotFound where there is none."""
    found_session, plan_id = await require_session(scope, session), parse_id(plan)
    found = await queries.find_plan(scope, plan_id, locked=locked) if plan_id else None
    if found is None or found.session_id != found_session.id:
        raise PlanNotFound("There is no such plan in this conversation.")
    return found


async def decide(scope: Scope, session: str, plan: str, *, is_approved: bool) -> PlanActionResponse:
    """Approve a plan, which a worker then runs, or cancel it; PlanDecided when that has happened before."""
    row = await require_plan(scope, session, plan, locked=True)
    if row.status != "pending":
        raise PlanDecided(f"This plan is {row.status} already.", details={"status": row.status})
    row.decided_at = scope.now()
    if is_approved:
        for step in row.steps:
            scope.actor.require(_tool(scope.infra, step).access)
        row.status, row.actor = "running", as_stored(scope.actor)
        await scope.defer([JobRequest(RUN, {"plan_id": str(row.id)})])
    else:
        row.status, row.completed_at = "cancelled", scope.now()
    verb = "approve" if is_approved else "cancel"
    done = "approved" if is_approved else "cancelled"
    await scope.publish(Audited(f"chat_plan.{done}", verb, "chat_plan", str(row.id)))
    return shown(row)


def _tool(infra: Infra, step: Mapping[str, Any]) -> Tool:
    tool = infra.tools.get(step["tool"])
    if tool is None:
        raise InvalidInput(f"There is no tool “{step['tool']}” any more.")
    return cast(Tool, tool)


async def wait_until_over(infra: Infra, actor: Actor, session: str, plan: str) -> PlanActionResponse:
    """What became of a plan, after a moment in which a worker may have done it."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        async with infra.open_scope(actor) as scope:
            row = await require_plan(scope, session, plan)
        if row.status in OVER or asyncio.get_running_loop().time() > deadline:
            return shown(row)
        await asyncio.sleep(PAUSE_SECONDS)


def shown(row: ChatPlan) -> PlanActionResponse:
    """A decided plan with what is done of it and what waits."""
    done = sum(one["status"] == "completed" for one in row.outcomes)
    message = {
        "running": "The plan is running.",
        "completed": "The plan is done.",
        "cancelled": "The plan is cancelled; nothing was changed.",
    }.get(row.status, "The plan was stopped by a step that failed.")
    return PlanActionResponse(
        success=row.status in ("completed", "running", "cancelled"),
        plan_id=str(row.id),
        message=message,
        action_taken="cancelled" if row.status == "cancelled" else "approved",
        status="accepted" if row.status == "running" else row.status,
        results={"steps_completed": done, "total_steps": len(row.steps)},
        agent_results=row.outcomes,
        pending_actions=[step for step in row.steps[len(row.outcomes) :] if row.status == "running"],
    )


async def run_plan(infra: Infra, attempt: Attempt, tenant_id: str, plan_id: str) -> None:
    """Do the steps of a plan that are still to be done, then report on it in its conversation."""
    tenant, plan = UUID(tenant_id), UUID(plan_id)
    while await _do_step(infra, attempt, tenant, plan):
        pass
    async with infra.open_system_scope(tenant) as scope:
        await _finish(scope, plan)


async def _do_step(infra: Infra, attempt: Attempt, tenant_id: UUID, plan_id: UUID) -> bool:
    """Whether a step was done, after which another one may follow."""
    async with infra.open_system_scope(tenant_id) as scope:
        row = await queries.find_plan(scope, plan_id, locked=True)
        if row is None or row.status != "running" or len(row.outcomes) >= len(row.steps) or _has_failed(row):
            return False
        step = row.steps[len(row.outcomes)]
        actor = from_stored(tenant_id, row.actor or {})
        outcome = await _outcome(await _acting(scope, actor, row), step, attempt)
        row.outcomes = [*row.outcomes, {"step": step["step"], "tool": step["tool"], **outcome}]
        log.info("plan_step_done", plan_id=str(plan_id), step=step["step"], status=outcome["status"])
        return True


async def _acting(scope: Scope, actor: Actor, row: ChatPlan) -> Scope:
    """The scope of whoever approved the plan: what its steps change is recorded as theirs."""
    there = await scope.acting_as(actor)
    there.context = RequestContext(operation="chat.run_plan", method="POST", resource_id=str(row.id))
    return there


async def _outcome(scope: Scope, step: Mapping[str, Any], attempt: Attempt) -> dict[str, Any]:
    """What came of a step. What fails for good changes nothing; what may yet succeed is tried again by the job."""
    try:
        async with scope.session.begin_nested():
            tool = _tool(scope.infra, step)
            scope.actor.require(tool.access)
            errand = StepErrand(scope.actor, scope.infra, scope.context, scope=scope)
            found = await tool.run(errand, **step["arguments"])
            if not scope.is_audited:
                await scope.publish(
                    Audited("chat_plan.step_done", step["tool"], "chat_plan", scope.context.resource_id)
                )
    except AionError as error:
        if error.retryable and not attempt.is_last:
            raise
        return {"status": "failed", "message": error.message, "code": error.code}
    except Exception:
        if not attempt.is_last:
            raise
        log.exception("plan_step_failed", tool=step["tool"])
        return {"status": "failed", "message": "Something went wrong on our side.", "code": "INTERNAL_ERROR"}
    return _done(found)


def _done(outcome: Outcome) -> dict[str, Any]:
    facts = dict(outcome.facts)
    try:
        require_small(facts, LARGEST_FACTS_BYTES, 8)
    except ValueError:
        facts = {}
    ids = [str(item.id) for item in outcome.items]
    undo = [asdict(one) for one in outcome.undo]
    told = {"status": "completed", "message": outcome.said, "count": len(ids), "ids": ids, "facts": facts}
    return {**told, "undo": undo[:MOST_UNDONE]} if undo else told


def _has_failed(row: ChatPlan) -> bool:
    return any(one["status"] == "failed" for one in row.outcomes)


async def _finish(scope: Scope, plan_id: UUID) -> None:
    """Mark a plan as done or failed, and say so in the conversation; once."""
    row = await queries.find_plan(scope, plan_id, locked=True)
    if row is None or row.status != "running":
        return
    skipped = [
        {"step": one["step"], "tool": one["tool"], "status": "skipped", "message": f"Not done: {one['description']}"}
        for one in row.steps[len(row.outcomes) :]
    ]
    row.status = "failed" if _has_failed(row) or skipped else "completed"
    row.outcomes, row.completed_at = [*row.outcomes, *skipped], scope.now()
    session = await queries.find_session(scope, row.session_id, locked=True)
    assert session is not None
    undo = [one for outcome in reversed(row.outcomes) for one in outcome.get("undo", ())]
    text = report(row.outcomes, can_undo=bool(undo))
    session.total_messages += 1
    session.updated_at = session.last_message_at = scope.now()
    message = ChatMessage(
        id=new_id(),
        tenant_id=scope.tenant_id,
        session_id=session.id,
        position=session.total_messages,
        role=queries.ASSISTANT,
        status="completed",
        content=text,
        resolved_content=text,
        details={"plan_id": str(row.id), "plan_status": row.status, "agents_used": [], UNDO: undo},
        created_at=scope.now(),
    )
    queries.add(scope, message)
