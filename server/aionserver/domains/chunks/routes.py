"""The chunks of a document over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query

from aionserver.domains.chunks import service
from aionserver.domains.chunks.schemas import DocumentChunksResponse
from aionserver.infra.web.door import ReadScope
from aionserver.infra.web.queries import Offset

router = APIRouter(prefix="/api/v2/documents", tags=["Documents"])


@router.get("/{document_id}/chunks")
async def read_chunks(
    scope: ReadScope,
    document_id: str,
    include_embeddings: bool = False,
    limit: Annotated[
        int | None, Query(ge=1, le=service.MOST_SHOWN, description="Without it, 10,000; 1,000 with embeddings.")
    ] = None,
    offset: Offset = 0,
) -> DocumentChunksResponse:
    """The pieces that a document is split into, in reading order; `offset` and `limit` take some of them."""
    return await service.read_chunks(scope, document_id, limit, offset, with_vectors=include_embeddings)
