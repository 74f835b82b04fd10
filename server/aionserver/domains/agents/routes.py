"""The search agents over HTTP."""

import time

from fastapi import APIRouter, Request

from aionserver.domains.agents import documents, links, service
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
from aionserver.infra.web.door import ReadCaller
from aionserver.infra.web.idempotency import IdempotencyKey, Remember, answer_once_by

router = APIRouter(prefix="/api/v2/agents", tags=["Agent Search"])


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
