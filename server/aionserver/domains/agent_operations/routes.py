"""The agents' operations over HTTP."""

import time

from fastapi import APIRouter, Request

from aionserver.domains.agent_operations import analyses, arranging, organizing, reports
from aionserver.domains.agent_operations.schemas import (
    DocumentAnalysisAgentRequest,
    DocumentAnalysisAgentResponse,
    OrganizeAgentRequest,
    OrganizeAgentResponse,
    SynthesizeAgentRequest,
    SynthesizeAgentResponse,
)
from aionserver.infra.actors import Access, Permission
from aionserver.infra.tools import Errand
from aionserver.infra.web.door import Caller, ReadCaller, WriteCaller
from aionserver.infra.web.idempotency import IdempotencyKey, Remember, answer_once_by

router = APIRouter(prefix="/api/v2/agents", tags=["Agent Operations"])


def _errand(caller: Caller) -> Errand:
    return Errand(caller.actor, caller.infra, caller.context)


@router.post("/synthesize")
async def synthesize_report(
    request: Request, caller: ReadCaller, body: SynthesizeAgentRequest, key: IdempotencyKey = None
) -> SynthesizeAgentResponse:
    """Write a report with citations about pictures and documents; `auto_save`, for who may write, keeps it as one."""
    started = time.perf_counter()
    if body.auto_save:
        caller.actor.require(Access(Permission.WRITE))

    async def work(remember: Remember) -> SynthesizeAgentResponse:
        errand = _errand(caller)
        if body.auto_save:
            await reports.require_place(errand)
        report = await reports.write_report(errand, body)
        return await reports.deliver(errand, report, started, remember, save=body.auto_save)

    return await answer_once_by(caller, key, request, body, SynthesizeAgentResponse, work)


@router.post("/analyze/documents")
async def analyze_documents(
    request: Request, caller: ReadCaller, body: DocumentAnalysisAgentRequest, key: IdempotencyKey = None
) -> DocumentAnalysisAgentResponse:
    """Say what documents say of a subject, what each is about, how they compare and which belong together."""
    started = time.perf_counter()

    async def work(remember: Remember) -> DocumentAnalysisAgentResponse:
        analysis = await analyses.analyze(_errand(caller), body)
        async with caller.open_scope() as scope:
            answer = await analyses.answer(scope, analysis, started)
            await remember(scope, answer)
            return answer

    return await answer_once_by(caller, key, request, body, DocumentAnalysisAgentResponse, work)


@router.post("/organize")
async def organize_files(
    request: Request, caller: WriteCaller, body: OrganizeAgentRequest, key: IdempotencyKey = None
) -> OrganizeAgentResponse:
    """Put files into folders, which are made where there are none; with what undoes it."""
    started = time.perf_counter()

    async def work(remember: Remember) -> OrganizeAgentResponse:
        plan = await arranging.arrange(_errand(caller), body)
        async with caller.open_scope() as scope:
            answer = await organizing.carry_out(scope, plan, started)
            await remember(scope, answer)
            return answer

    return await answer_once_by(caller, key, request, body, OrganizeAgentResponse, work)
