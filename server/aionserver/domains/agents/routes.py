"""Agents over HTTP."""

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
from aionserver.infra.web.idempotency import IdempotencyKey, fingerprint_of, once

router = APIRouter(prefix="/api/v2/agents", tags=["Agent Search"])


@router.post("/search/images")
async def search_images(
    request: Request, caller: ReadCaller, body: ImageSearchAgentRequest, key: IdempotencyKey = None
) -> ImageSearchAgentResponse:
    """Find pictures by what they show, by the text in them, by their names and tags."""
    infra, started = caller.infra, time.perf_counter()
    mark = fingerprint_of("search_images", body.model_dump())
    async with once(infra, caller.actor, key, request) as first:
        answer = await first.replay(infra, mark, ImageSearchAgentResponse)
        if answer is not None:
            return answer
        vectors = await embed_query(infra, body.query)
        async with caller.open_scope() as scope:
            answer = await service.search_images(scope, body, vectors, started)
            await first.remember(scope, mark, answer)
            return answer


@router.post("/search/documents")
async def search_documents_with_agent(
    request: Request, caller: ReadCaller, body: DocumentSearchAgentRequest, key: IdempotencyKey = None
) -> DocumentSearchAgentResponse:
    """Find passages of documents by what they say."""
    infra, started = caller.infra, time.perf_counter()
    mark = fingerprint_of("search_documents", body.model_dump())
    async with once(infra, caller.actor, key, request) as first:
        answer = await first.replay(infra, mark, DocumentSearchAgentResponse)
        if answer is not None:
            return answer
        found = await search_documents(infra, caller.open_scope, documents.query_of(body))
        async with caller.open_scope() as scope:
            answer = await documents.answer(scope, body, found, reranker_name(infra), started)
            await first.remember(scope, mark, answer)
            return answer


@router.post("/search/links")
async def search_links(
    request: Request, caller: ReadCaller, body: LinkSearchAgentRequest, key: IdempotencyKey = None
) -> LinkSearchAgentResponse:
    """Find bookmarked pages by what they are about, by their words and titles."""
    infra, started = caller.infra, time.perf_counter()
    mark = fingerprint_of("search_links", body.model_dump())
    async with once(infra, caller.actor, key, request) as first:
        answer = await first.replay(infra, mark, LinkSearchAgentResponse)
        if answer is not None:
            return answer
        vectors = await embed_query(infra, body.query)
        async with caller.open_scope() as scope:
            answer = await links.search_links(scope, body, vectors, started)
            await first.remember(scope, mark, answer)
            return answer


@router.post("/search/videos")
async def search_videos(_: ReadCaller, body: VideoSearchAgentRequest) -> VideoSearchAgentResponse:
    """Find videos: none so far, which it says."""
    return links.search_videos(body, time.perf_counter())
