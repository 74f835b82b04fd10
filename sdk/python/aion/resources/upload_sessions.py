"""Upload sessions: how far the files of a batch have come, also from another program than the one that sent them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Optional

from .._polling import Patience
from .._requests import get, post
from ..exceptions import AionvisionTimeoutError
from ..types.upload_sessions import (
    UploadSession,
    UploadSessionList,
    UploadSessionResult,
    UploadSessionResults,
    UploadSessionStatus,
)
from ._base import Resource, require_choice, require_within

__all__ = ["UploadSessionsResource"]

MAX_SESSIONS = 100
MAX_RESULTS = 500
UPLOAD_METHODS = ("streaming", "presigned")


class UploadSessionsResource(Resource):
    """The batches that were uploaded, and their files."""

    async def list(
        self, *, status: Optional[str] = None, upload_method: Optional[str] = None, limit: int = 20, offset: int = 0
    ) -> UploadSessionList:
        """One page of batches, newest first; `upload_method` is streaming or presigned."""
        require_within("limit", limit, 1, MAX_SESSIONS)
        if upload_method is not None:
            require_choice("upload_method", upload_method, UPLOAD_METHODS)
        query = {"status": status, "upload_method": upload_method, "limit": limit, "offset": offset}
        return UploadSessionList.from_api_response(await self._object(get("/uploads/sessions", query)))

    async def list_all(
        self, *, status: Optional[str] = None, upload_method: Optional[str] = None, page_size: int = 100
    ) -> AsyncIterator[UploadSession]:
        """All batches, page after page."""
        offset = 0
        while True:
            page = await self.list(status=status, upload_method=upload_method, limit=page_size, offset=offset)
            for session in page.sessions:
                yield session
            offset += len(page.sessions)
            if not page.has_more or not page.sessions:
                return

    async def get_status(self, session_id: str) -> UploadSessionStatus:
        """How far the files of a batch are."""
        request = get("/uploads/sessions/{session_id}/status", session_id=session_id)
        return UploadSessionStatus.from_api_response(await self._object(request))

    async def wait_for_completion(
        self, session_id: str, *, timeout: Optional[float] = None, poll_interval: Optional[float] = None
    ) -> UploadSessionStatus:
        """The status of a batch once it is over. Raises AionvisionTimeoutError with the last status."""
        status: Optional[UploadSessionStatus] = None
        async for _ in Patience.of(self._config, timeout, poll_interval).turns():
            status = await self.get_status(session_id)
            if status.is_over:
                return status
        raise AionvisionTimeoutError(f"The upload session {session_id} was not over in time", last_result=status)

    async def get_results(
        self, session_id: str, *, include_failed: bool = True, limit: int = 100, offset: int = 0
    ) -> UploadSessionResults:
        """One page of the files that are finished."""
        require_within("limit", limit, 1, MAX_RESULTS)
        query = {"include_failed": include_failed, "limit": limit, "offset": offset}
        request = get("/uploads/sessions/{session_id}/results", query, session_id=session_id)
        return UploadSessionResults.from_api_response(await self._object(request))

    async def get_all_results(
        self, session_id: str, *, include_failed: bool = True, page_size: int = 500
    ) -> AsyncIterator[UploadSessionResult]:
        """All files that are finished, page after page."""
        offset = 0
        while True:
            page = await self.get_results(session_id, include_failed=include_failed, limit=page_size, offset=offset)
            for result in page.results:
                yield result
            offset += len(page.results)
            if not page.has_more or not page.results:
                return

    async def cancel(self, session_id: str) -> UploadSessionStatus:
        """Leaves out what nobody has begun to process; what was stored stays in the library."""
        request = post("/uploads/sessions/{session_id}/cancel", session_id=session_id)
        return UploadSessionStatus.from_api_response(await self._object(request))
