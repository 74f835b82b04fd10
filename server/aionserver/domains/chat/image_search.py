"""The images that a conversation can speak of."""

from aionserver.domains.chat.schemas import (
    ImageSearchRequest,
    ImageSearchResultResponse,
    SearchImagesResponse,
)
from aionserver.domains.files import service as files
from aionserver.domains.search import service as search
from aionserver.domains.search.schemas import FoundImage, ImageQuery
from aionserver.infra.scope import Scope
from aionserver.kit.words import content_stems
from aionserver.models.image_embedding import Vectors

MOST_FOUND = 1000


async def search_images(scope: Scope, request: ImageSearchRequest, vectors: Vectors) -> SearchImagesResponse:
    """A page of the pictures that answer the query."""
    found = await search.find_images(scope, ImageQuery(request.query), vectors, MOST_FOUND)
    page = found[request.offset : request.offset + request.limit]
    return SearchImagesResponse(
        results=[_item(scope, one) for one in page],
        total_count=len(found),
        query_interpretation={
            "normalized_query": " ".join(request.query.split()).lower(),
            "terms": list(content_stems(request.query)),
        },
    )


def _item(scope: Scope, one: FoundImage) -> ImageSearchResultResponse:
    file = one.file
    return ImageSearchResultResponse(
        image_id=file.id,
        description=file.description or "",
        confidence=file.confidence_score or 0.0,
        relevance_score=one.score,
        thumbnail_url=files.variant_url(scope, file, "small_256"),
        medium_url=files.variant_url(scope, file, "medium_750"),
        full_url=files.variant_url(scope, file, "large_1024"),
        created_at=file.created_at,
    )
