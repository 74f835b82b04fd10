"""Agents over HTTP."""

import time

from fastapi import APIRouter, Request

from aionserver.domains.agents import analyses, arranging, documents, links, organizing, pipelines, reports, service
from aionserver.domains.agents.operation_schemas import (
    DocumentAnalysisAgentRequest,
    DocumentAnalysisAgentResponse,
    OrganizeAgentRequest,
    OrganizeAgentResponse,
    SynthesizeAgentRequest,
    SynthesizeAgentResponse,
)
from aionserver.domains.agents.pipeline_schemas import PipelineRequest, PipelineResponse
from aionserver.domains.agents.schemas import (
    DocumentSearchAgentRequest,
    DocumentSearchAgentResponse,
    ImageSearchAgentRequest,
    ImageSearchAgentResponse,
    LinkSearchAgentRequest,
    LinkSearchAgentResponse,
    VideoSearchAgentRequest,
    VideoSearchAgentResponse,
)
from aionserver.domains.search.service import embed_query, reranker_name, search_documents
from aionserver.infra.actors import Access, Permission
from aionserver.infra.tools import Errand
from aionserver.infra.web.door import Caller, ReadCaller, WriteCaller, operation_of
from aionserver.infra.web.idempotency import IdempotencyKey, Remember, answer_once_by, fingerprint_of, name_of

router = APIRouter(prefix="/api/v2/agents", tags=["Agent Search"])
operations = APIRouter(prefix="/api/v2/agents", tags=["Agent Operations"])
pipeline_router = APIRouter(prefix="/api/v2/agents", tags=["Agent Pipeline"])


@router.post("/search/images")
async def search_images(
    request: Request, caller: ReadCaller, body: ImageSearchAgentRequest, key: IdempotencyKey = None
) -> ImageSearchAgentResponse:
    """Find pictures by what they show, by the text in them, by their names and tags."""
    started = time.perf_counter()

    async def work(remember: Remember) -> ImageSearchAgentResponse:
        vectors = await embed_query(caller.infra, body.query)
        async with caller.open_scope() as scope:
            answer = await service.search_images(scope, body, vectors, started)
            await remember(scope, answer)
            return answer

    return await answer_once_by(caller, key, request, body, ImageSearchAgentResponse, work)


@router.post("/search/documents")
async def search_documents_with_agent(
    request: Request, caller: ReadCaller, body: DocumentSearchAgentRequest, key: IdempotencyKey = None
) -> DocumentSearchAgentResponse:
    """Find passages of documents by what they say."""
    infra, started = caller.infra, time.perf_counter()

    async def work(remember: Remember) -> DocumentSearchAgentResponse:
        found = await search_documents(infra, caller.open_scope, documents.query_of(body))
        async with caller.open_scope() as scope:
            answer = await documents.answer(scope, body, found, reranker_name(infra), started)
            await remember(scope, answer)
            return answer

    return await answer_once_by(caller, key, request, body, DocumentSearchAgentResponse, work)


@router.post("/search/links")
async def search_links(
    request: Request, caller: ReadCaller, body: LinkSearchAgentRequest, key: IdempotencyKey = None
) -> LinkSearchAgentResponse:
    """Find bookmarked pages by what they are about, by their words and titles."""
    started = time.perf_counter()

    async def work(remember: Remember) -> LinkSearchAgentResponse:
        vectors = await embed_query(caller.infra, body.query)
        async with caller.open_scope() as scope:
            answer = await links.search_links(scope, body, vectors, started)
            await remember(scope, answer)
            return answer

    return await answer_once_by(caller, key, request, body, LinkSearchAgentResponse, work)


@router.post("/search/videos")
async def search_videos(_: ReadCaller, body: VideoSearchAgentRequest) -> VideoSearchAgentResponse:
    """Find videos: none so far, which it says."""
    return links.search_videos(body, time.perf_counter())


def _errand(caller: Caller) -> Errand:
    return Errand(caller.actor, caller.infra, caller.context)


@operations.post("/synthesize")
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


@operations.post("/analyze/documents")
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


@operations.post("/organize")
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


@pipeline_router.post("/pipeline")
async def execute_pipeline(
    request: Request, caller: ReadCaller, body: PipelineRequest, key: IdempotencyKey = None
) -> PipelineResponse:
    """Run one to ten agents, each on what others found; a folder step needs the right to write."""
    pipelines.require_sound(caller.actor, body)
    mark = fingerprint_of(operation_of(request), body.model_dump())
    sent = pipelines.Sent(body, name_of(caller.actor, key) if key else None, mark)

    async def work(remember: Remember) -> PipelineResponse:
        return await pipelines.execute(_errand(caller), sent, remember)

    return await answer_once_by(caller, key, request, body, PipelineResponse, work)
