"""Agents that write reports, analyse documents and put files in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from .._requests import post, present
from ..types.agent_operations import DocumentAnalysisResult, OrganizeResult, SynthesizeResult
from ._base import Resource, require_list, require_text

__all__ = ["AgentOperationsResource"]

LONGEST_INTENT = 2000
MAX_GIVEN_FILES = 1000


class AgentOperationsResource(Resource):
    """One task for an agent; nothing is remembered between calls."""

    async def synthesize(
        self,
        intent: str,
        *,
        image_ids: Optional[Sequence[str]] = None,
        document_ids: Optional[Sequence[str]] = None,
        auto_save: bool = False,
    ) -> SynthesizeResult:
        """A report in Markdown about pictures and documents; with `auto_save` it becomes a document too."""
        payload = _payload(intent, image_ids=image_ids, document_ids=document_ids)
        request = post("/agents/synthesize", {**payload, "auto_save": auto_save})
        return SynthesizeResult.from_api_response(await self._object(request))

    async def analyze_documents(self, intent: str, document_ids: Sequence[str]) -> DocumentAnalysisResult:
        """An analysis of one or more documents, with the passages it rests on."""
        require_list("document_ids", document_ids, MAX_GIVEN_FILES, least=1)
        request = post("/agents/analyze/documents", _payload(intent, document_ids=document_ids))
        return DocumentAnalysisResult.from_api_response(await self._object(request))

    async def organize(
        self,
        intent: str,
        *,
        image_ids: Optional[Sequence[str]] = None,
        document_ids: Optional[Sequence[str]] = None,
        parent_folder_id: Optional[str] = None,
        video_ids: Optional[Sequence[str]] = None,
    ) -> OrganizeResult:
        """The folders created and files moved to put files in order, under `parent_folder_id` where given."""
        payload = _payload(intent, image_ids=image_ids, document_ids=document_ids, video_ids=video_ids)
        request = post("/agents/organize", {**payload, **present(parent_folder_id=parent_folder_id)})
        return OrganizeResult.from_api_response(await self._object(request))


def _payload(intent: str, **ids: Optional[Sequence[str]]) -> dict[str, Any]:
    require_text("intent", intent, LONGEST_INTENT)
    given = {name: one for name, one in ids.items() if one is not None}
    for name, one in given.items():
        require_list(name, one, MAX_GIVEN_FILES)
    return {"intent": intent, **{name: [*one] for name, one in given.items()}}
