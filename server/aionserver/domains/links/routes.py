"""Links over HTTP."""

from fastapi import APIRouter, Request

from aionserver.domains.links import service
from aionserver.domains.links.schemas import CreateLinkRequest, CreateLinkResponse, RecrawlLinkResponse
from aionserver.infra.web.door import WriteCaller
from aionserver.infra.web.idempotency import IdempotencyKey, answer_once

router = APIRouter(prefix="/api/v2/user-files", tags=["User Files"])


@router.post("/links", status_code=201)
async def create_link(
    request: Request, caller: WriteCaller, body: CreateLinkRequest, key: IdempotencyKey = None
) -> CreateLinkResponse:
    """Bookmark a page of the web; what it says, its main text and its picture are fetched in the background."""
    return await answer_once(
        caller, key, request, body, CreateLinkResponse, lambda scope: service.create_link(scope, body)
    )


@router.post("/{link_id}/recrawl")
async def recrawl_link(
    request: Request, caller: WriteCaller, link_id: str, key: IdempotencyKey = None
) -> RecrawlLinkResponse:
    """Fetch the page of a link again; once an hour."""
    return await answer_once(
        caller, key, request, None, RecrawlLinkResponse, lambda scope: service.recrawl(scope, link_id)
    )
