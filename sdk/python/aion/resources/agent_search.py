"""Agents that search in plain language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from .._requests import post, present
from ..types.agent_search import (
    DocumentSearchAgentResult,
    ImageSearchAgentResult,
    LinkSearchAgentResult,
    VideoSearchAgentResult,
)
from ._base import Resource, require_text, require_within

__all__ = ["AgentSearchResource"]

LONGEST_QUERY = 2000
MAX_RESULTS = 500


class AgentSearchResource(Resource):
    """One question, answered from pictures, documents, links or videos; nothing is remembered between calls."""

    async def images(
        self,
        query: str,
        *,
        limit: int = 50,
        folder_id: Optional[str] = None,
        image_ids: Optional[Sequence[str]] = None,
    ) -> ImageSearchAgentResult:
        """Pictures that fit `query`, best first; in a folder or among `image_ids` where given."""
        payload = _payload(query, limit, folder_id=folder_id, image_ids=image_ids)
        return ImageSearchAgentResult.from_api_response(await self._object(post("/agents/search/images", payload)))

    async def documents(
        self,
        query: str,
        *,
        limit: int = 50,
        document_types: Optional[Sequence[str]] = None,
        document_ids: Optional[Sequence[str]] = None,
    ) -> DocumentSearchAgentResult:
        """Passages that fit `query`, best first; `document_types` are pdf, docx, txt, md."""
        payload = _payload(query, limit, document_types=document_types, document_ids=document_ids)
        answer = await self._object(post("/agents/search/documents", payload))
        return DocumentSearchAgentResult.from_api_response(answer)

    async def links(self, query: str, *, limit: int = 50) -> LinkSearchAgentResult:
        """Bookmarked pages that fit `query`, best first."""
        answer = await self._object(post("/agents/search/links", _payload(query, limit)))
        return LinkSearchAgentResult.from_api_response(answer)

    async def videos(
        self,
        query: str,
        *,
        limit: int = 50,
        folder_id: Optional[str] = None,
        video_ids: Optional[Sequence[str]] = None,
    ) -> VideoSearchAgentResult:
        """Videos that fit `query`, best first, with the scenes that do."""
        payload = _payload(query, limit, folder_id=folder_id, video_ids=video_ids)
        return VideoSearchAgentResult.from_api_response(await self._object(post("/agents/search/videos", payload)))


def _payload(query: str, limit: int, **narrowing: Any) -> dict[str, Any]:
    require_text("query", query, LONGEST_QUERY)
    require_within("limit", limit, 1, MAX_RESULTS)
    given = present(**narrowing)
    lists = {name: value if isinstance(value, str) else [*value] for name, value in given.items()}
    return {"query": query, "limit": limit, **lists}
