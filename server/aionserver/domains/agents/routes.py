"""Agents over HTTP."""

import time

from fastapi import APIRouter, Request

from aionserver.domains.agents import service
from aionserver.domains.agents.schemas import ImageSearchAgentRequest, ImageSearchAgentResponse
from aionserver.domains.search.service import embed_query
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
