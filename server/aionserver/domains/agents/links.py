"""The agent that searches bookmarked pages, and the one for videos, of which there are none so far."""

from collections.abc import Sequence

from aionserver.domains.agents.schemas import (
    LinkSearchAgentRequest,
    LinkSearchAgentResponse,
    LinkSearchResultItem,
    ResultRefData,
    VideoSearchAgentRequest,
    VideoSearchAgentResponse,
)
from aionserver.domains.agents.service import BY_MEANING_AND_WORDS, NO_TOKENS, REF, asked, charge, elapsed_ms
from aionserver.domains.files import service as files
from aionserver.domains.search import service as search
from aionserver.domains.search.schemas import FoundLink
from aionserver.infra.scope import Scope
from aionserver.models.image_embedding import Vectors

NO_VIDEOS = "No video was searched: this server takes in no videos so far."


async def search_links(
    scope: Scope, request: LinkSearchAgentRequest, vectors: Vectors, started: float
) -> LinkSearchAgentResponse:
    """The tenant's bookmarked pages that answer the request; one credit."""
    found = await search.find_links(scope, request.query, vectors, request.limit)
    await charge(scope, started)
    ids = [str(one.file.id) for one in found]
    ref = ResultRefData(count=len(ids), ids=ids, id_type="link", label=request.query[:100])
    return LinkSearchAgentResponse(
        success=True,
        results=[_item(scope, one) for one in found],
        count=len(ids),
        link_ids=ids,
        summary=_summary(request.query, found, str(len(ids))),
        summary_raw=_summary(request.query, found, f"[[ref:{REF}]]"),
        result_refs={REF: ref} if ids else {},
        search_strategy=BY_MEANING_AND_WORDS,
        execution_time_ms=elapsed_ms(started),
        iterations=1,
        token_usage=NO_TOKENS,
    )


def _item(scope: Scope, one: FoundLink) -> LinkSearchResultItem:
    file = one.file
    return LinkSearchResultItem(
        link_id=str(file.id),
        score=one.score,
        url=file.particulars.get("source_url"),
        title=file.title,
        description=file.description,
        folder_id=str(file.folder_id) if file.folder_id else None,
        thumbnail_url=files.thumbnail_url(scope, file),
        features=list(one.features),
    )


def _summary(query: str, found: Sequence[FoundLink], count: str) -> str:
    if not found:
        return f"No bookmarked page matches {asked(query)}."
    noun = "bookmarked page matches" if len(found) == 1 else "bookmarked pages match"
    return f"{count} {noun} {asked(query)}. The best is {found[0].file.title or found[0].file.filename}."


def search_videos(_: VideoSearchAgentRequest, started: float) -> VideoSearchAgentResponse:
    """Nothing, and that is said; it costs nothing."""
    return VideoSearchAgentResponse(
        success=True,
        results=[],
        count=0,
        video_ids=[],
        summary=NO_VIDEOS,
        summary_raw=NO_VIDEOS,
        search_mode="hybrid",
        search_strategy={"method": "none", "signals": []},
        execution_time_ms=elapsed_ms(started),
        iterations=0,
        token_usage=NO_TOKENS,
    )
