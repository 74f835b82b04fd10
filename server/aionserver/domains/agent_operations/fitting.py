"""How well files fit words: pictures by what they show, documents by the best of their passages."""

from collections.abc import Sequence
from uuid import UUID

from aionserver.domains.agent_operations.material import MOST_GIVEN
from aionserver.domains.search import service as search
from aionserver.domains.search.schemas import ChunkQuery, ImageQuery
from aionserver.infra.tools import Errand, Item


async def pictures_fitting(errand: Errand, words: str, items: Sequence[Item], least: float) -> list[tuple[UUID, float]]:
    """Those of the pictures that fit with at least a score, with it."""
    ids = [item.id for item in items if item.kind == "image"]
    if not ids:
        return []
    vectors = await search.embed_query(errand.infra, words)
    async with errand.open_scope() as scope:
        found = await search.find_images(scope, ImageQuery(words, ids=ids), vectors, len(ids))
    return [(one.file.id, one.score) for one in found if one.score >= least]


async def documents_fitting(
    errand: Errand, words: str, items: Sequence[Item], least: float
) -> list[tuple[UUID, float]]:
    """Those of the documents that fit with at least a score, once for each passage that does, with its score."""
    ids = [item.id for item in items if item.kind == "document"]
    if not ids:
        return []
    wanted = ChunkQuery(words, MOST_GIVEN, least, document_ids=ids)
    found = await search.search_documents(errand.infra, errand.open_scope, wanted)
    return [(one.document.id, one.score) for one in found]
