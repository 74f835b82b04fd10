"""Pipelines of agents over HTTP."""

from fastapi import APIRouter, Request

from aionserver.domains.pipelines import service
from aionserver.domains.pipelines.schemas import PipelineRequest, PipelineResponse
from aionserver.infra.tools import Errand
from aionserver.infra.web.door import ReadCaller, operation_of
from aionserver.infra.web.idempotency import IdempotencyKey, Remember, answer_once_by, fingerprint_of, name_of

router = APIRouter(prefix="/api/v2/agents", tags=["Agent Pipeline"])


@router.post("/pipeline")
async def execute_pipeline(
    request: Request, caller: ReadCaller, body: PipelineRequest, key: IdempotencyKey = None
) -> PipelineResponse:
    """Run one to ten agents, each on what others found; a folder step needs the right to write."""
    service.require_sound(caller.actor, body)
    mark = fingerprint_of(operation_of(request), body.model_dump())
    sent = service.Sent(body, name_of(caller.actor, key) if key else None, mark)

    async def work(remember: Remember) -> PipelineResponse:
        return await service.execute(Errand(caller.actor, caller.infra, caller.context), sent, remember)

    return await answer_once_by(caller, key, request, body, PipelineResponse, work)
