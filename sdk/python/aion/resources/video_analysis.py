"""Analysis of videos: its state, and starting it."""

from __future__ import annotations

from typing import Callable, Optional

from .._polling import Patience
from .._requests import get, post, present
from ..exceptions import AionvisionTimeoutError, VideoAnalysisError
from ..types.video import VideoAnalysisJobStatus, VideoAnalysisQueueResult, VideoAnalysisRetryResult
from ._base import Resource, require_choice

__all__ = ["VideoAnalysisResource"]

ANALYSIS_TYPES = ("full_vlm", "frame_sample", "scene_detection", "transcript")
PRIORITIES = ("low", "normal", "high")
LONGEST_PAUSE_SECONDS = 15.0


class VideoAnalysisResource(Resource):
    """Analysis of videos."""

    async def get_status(self, analysis_job_id: str) -> VideoAnalysisJobStatus:
        """How far an analysis is."""
        request = get("/video-analysis/jobs/{analysis_job_id}", analysis_job_id=analysis_job_id)
        return VideoAnalysisJobStatus.from_api_response(await self._object(request))

    async def get_status_by_media(self, media_id: str) -> VideoAnalysisJobStatus:
        """How far the latest analysis of a video is."""
        request = get("/video-analysis/status/{media_id}", media_id=media_id)
        return VideoAnalysisJobStatus.from_api_response(await self._object(request))

    async def retry(
        self, analysis_job_id: str, media_id: str, *, reason: Optional[str] = None
    ) -> VideoAnalysisRetryResult:
        """An analysis that failed or was cancelled, started again."""
        payload = {"media_id": media_id, **present(reason=reason)}
        request = post("/video-analysis/jobs/{analysis_job_id}/retry", payload, analysis_job_id=analysis_job_id)
        return VideoAnalysisRetryResult.from_api_response(await self._object(request))

    async def queue(
        self, media_id: str, *, analysis_type: str = "full_vlm", priority: str = "normal"
    ) -> VideoAnalysisQueueResult:
        """A started analysis, or the one that is under way."""
        require_choice("analysis_type", analysis_type, ANALYSIS_TYPES)
        require_choice("priority", priority, PRIORITIES)
        payload = {"media_id": media_id, "analysis_type": analysis_type, "priority": priority}
        return VideoAnalysisQueueResult.from_api_response(await self._object(post("/video-analysis/queue", payload)))

    async def wait_for_completion(
        self,
        analysis_job_id: str,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[VideoAnalysisJobStatus], None]] = None,
    ) -> VideoAnalysisJobStatus:
        """The analysis once the scenes are there; `on_progress` is handed every state seen.

        Raises VideoAnalysisError when it failed or was cancelled, AionvisionTimeoutError with the last state when
        time is over.
        """
        status: Optional[VideoAnalysisJobStatus] = None
        # pauses grow from the usual one, since an analysis takes long
        patience = Patience.of(self._config, timeout, longest_pause=LONGEST_PAUSE_SECONDS)
        async for _ in patience.turns():
            status = await self.get_status(analysis_job_id)
            if on_progress is not None:
                on_progress(status)
            if status.is_completed:
                return status
            if status.is_terminal:
                raise _failure(status)
        raise AionvisionTimeoutError(f"The analysis {analysis_job_id} did not end in time", last_result=status)


def _failure(status: VideoAnalysisJobStatus) -> VideoAnalysisError:
    return VideoAnalysisError(
        status.error_message or f"The analysis ended as {status.status}",
        media_id=status.media_id,
        analysis_job_id=status.analysis_job_id,
        status=status.status,
    )
