"""Chat over HTTP."""

from fastapi import APIRouter

from aionserver.domains.chat import service
from aionserver.domains.chat.schemas import ImageSearchRequest, SearchImagesResponse
from aionserver.domains.search.service import embed_query
from aionserver.infra.web.door import ReadCaller

router = APIRouter(prefix="/api/v2/chat", tags=["Chat"])


@router.post("/images/search")
async def search_images(caller: ReadCaller, body: ImageSearchRequest) -> SearchImagesResponse:
    """Find pictures to speak of."""
    vectors = await embed_query(caller.infra, body.query)
    async with caller.open_scope() as scope:
        return await service.search_images(scope, body, vectors)
