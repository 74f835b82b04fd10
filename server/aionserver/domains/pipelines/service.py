"""Pipelines: checked as a whole, begun once, run beside their request, taken up again where they were interrupted.

Whoever runs one holds its lock, which ends with the process: so the interrupted are told from those at work.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from aionserver.domains.agent_operations.service import require_files, require_price
from aionserver.domains.agents.service import elapsed_ms, token_usage
from aionserver.domains.assistant.service import Composed, Tokens
from aionserver.domains.pipelines import queries
from aionserver.domains.pipelines.agents import AGENTS, DOCUMENTS, IMAGES, wired
from aionserver.domains.pipelines.errors import BadPipeline, PipelineRunning
from aionserver.domains.pipelines.runs import Run
from aionserver.domains.pipelines.schemas import PipelineNodeResult, PipelineRequest, PipelineResponse
from aionserver.domains.pipelines.tables import Pipeline
from aionserver.infra.actors import Actor, as_stored, from_stored
from aionserver.infra.job_queue import JobRequest
from aionserver.infra.job_worker import Attempt
from aionserver.infra.scope import Infra, Scope
from aionserver.infra.tools import Errand
from aionserver.infra.web.idempotency import VALID_HOURS, IdempotencyKeyReused
from aionserver.kit.ids import new_id
from aionserver.kit.pipelines import BadWiring

RESUME = "pipelines.resume"
KEPT = timedelta(hours=VALID_HOURS)
# So long after it began, it is surely run by somebody, or by nobody.
YOUNG = timedelta(minutes=1)
MOST_RESUMED = 20
# Workers that may die of one pipeline.
MOST_DEATHS = 3
Remember = Callable[[Scope, PipelineResponse], Awaitable[None]]


@dataclass(frozen=True)
class Sent:
    """A request for a pipeline. `key` is its Idempotency-Key with whose it is, `mark` what was asked with it."""

    body: PipelineRequest
    key: str | None
    mark: str


def require_sound(actor: Actor, request: PipelineRequest) -> None:
    """BadPipeline naming the step that can't be wired; NotAllowed where one may not be done by the actor."""
    seeds = {IMAGES: request.image_ids, DOCUMENTS: request.document_ids}
    try:
        wired(request.steps, frozenset(kind for kind, ids in seeds.items() if ids))
    except BadWiring as error:
        agent = request.steps[error.step].agent
        issue = f"{agent} {error.problem}" if error.problem.startswith("needs") else error.problem
        raise BadPipeline.field(f"steps.{error.step}.depends_on", issue) from error
    for step in request.steps:
        actor.require(AGENTS[step.agent].access)


async def execute(errand: Errand, sent: Sent, remember: Remember) -> PipelineResponse:
    """What came of each step; one that was begun before under the same key goes on where it was interrupted."""
    started = time.perf_counter()
    async with errand.open_scope() as scope:
        row = await _begun_before(scope, sent) or await _begin(scope, sent)
    async with errand.infra.locks.hold(lock_of(row.id)) as free:
        if not free:
            raise PipelineRunning("This pipeline is still running; send the request again.")
        run = Run.of(errand, row)
        await run.work()
        answer = _answer(run, elapsed_ms(started))
        async with errand.open_scope() as scope:
            await queries.complete(scope, row.id)
            await remember(scope, answer)
    return answer


def lock_of(pipeline_id: UUID) -> str:
    """The name of the lock that whoever runs a pipeline holds."""
    return f"pipeline:{pipeline_id}"


async def _begun_before(scope: Scope, sent: Sent) -> Pipeline | None:
    """The pipeline that this request began before its process died; InvalidInput when its key served another one."""
    found = await queries.find_by_key(scope, sent.key, scope.now() - KEPT) if sent.key else None
    if found is not None and found.request_mark != sent.mark:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another request.")
    return found


async def _begin(scope: Scope, sent: Sent) -> Pipeline:
    body = sent.body
    await require_price(scope, len(body.steps))
    row = Pipeline(
        id=new_id(),
        tenant_id=scope.tenant_id,
        steps=[one.model_dump() for one in body.steps],
        image_ids=[one.id for one in await require_files(scope, "image_ids", body.image_ids, "image")],
        document_ids=[one.id for one in await require_files(scope, "document_ids", body.document_ids, "document")],
        nodes={},
        status=queries.RUNNING,
        actor=as_stored(scope.actor),
        request_key=sent.key,
        request_mark=sent.mark,
        created_at=scope.now(),
    )
    queries.add(scope, row)
    return row


def _answer(run: Run, elapsed_ms: int) -> PipelineResponse:
    places = range(len(run.steps))
    wrong = [one for one in places if run.nodes[one].is_failed]
    used = sum((Tokens(**run.nodes[one].tokens) for one in places), Tokens())
    return PipelineResponse(
        success=not wrong,
        nodes=[_shown(run, one) for one in places],
        execution_time_ms=elapsed_ms,
        total_waves=len(run.waves),
        errors=[f"Step {one} ({run.steps[one].agent}): {run.nodes[one].error}" for one in wrong],
        token_usage=token_usage(Composed(tokens=used)),
    )


def _shown(run: Run, position: int) -> PipelineNodeResult:
    node = run.nodes[position]
    return PipelineNodeResult(
        node_id=str(run.node_id(position)),
        agent=run.steps[position].agent,
        status=node.status,
        summary=node.summary,
        outputs=dict(node.outputs),
        error=node.error,
        execution_time_ms=node.execution_time_ms,
    )


async def resume(infra: Infra, attempt: Attempt, tenant_id: str, pipeline_id: str) -> None:
    """Go on with a pipeline whose process died, in the name of whoever asked for it."""
    tenant, pipeline = UUID(tenant_id), UUID(pipeline_id)
    async with infra.open_system_scope(tenant) as scope:
        row = await queries.find(scope, pipeline)
    if row is None or row.status != queries.RUNNING:
        return
    errand = Errand(from_stored(tenant, row.actor), infra)
    async with infra.locks.hold(lock_of(pipeline)) as free:
        if free:
            run = Run.of(errand, row)
            await (run.work() if len(attempt.deaths) < MOST_DEATHS else run.give_up())
            async with errand.open_scope() as scope:
                await queries.complete(scope, pipeline)


async def tend(scope: Scope) -> None:
    """Have pipelines go on that nobody runs any more, and forget those that nobody can ask for again."""
    await queries.forget(scope, scope.now() - 2 * KEPT)
    waiting = await queries.find_running(scope, scope.now() - YOUNG, MOST_RESUMED)
    lost = [one for one in waiting if not await scope.infra.locks.is_held(lock_of(one))]
    await scope.defer([JobRequest(RESUME, {"pipeline_id": str(one)}) for one in lost])
