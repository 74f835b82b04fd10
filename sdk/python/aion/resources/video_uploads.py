"""Uploads of videos: in chunks, several at a time, each streamed from disk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Optional, Union

from .._multipart import FilePart
from .._requests import get, post, present
from ..exceptions import ValidationError
from ..types.callbacks import VideoAnalysisProgressEvent, VideoChunkProgressEvent, VideoUploadCompleteEvent
from ..types.video import (
    BatchVideoUploadSession,
    ChunkConfirmResult,
    ChunkRetryResult,
    VideoAbortResult,
    VideoAnalysisJobStatus,
    VideoUploadProgress,
    VideoUploadResult,
    VideoUploadSession,
)
from ._base import Resource, require_choice, require_within
from ._sources import as_list, file_parts, require_no_folder
from ._tags import tag_list
from ._video_chunks import VideoUpload, staged
from .video_analysis import ANALYSIS_TYPES, PRIORITIES, VideoAnalysisResource

__all__ = ["VideoUploadsResource"]

CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".m4v": "video/x-m4v",
    ".webm": "video/webm",
    ".avi": "video/x-msvideo",
}
SUPPORTED_VIDEO_EXTENSIONS = set(CONTENT_TYPES)
MAX_BATCH_VIDEOS = 10
MAX_TAGS = 20
# what is billed, when only the server can measure the video
UNKNOWN_DURATION_SECONDS = 1.0


class VideoUploadsResource(Resource):
    """Uploads of videos."""

    async def initiate(
        self,
        filename: str,
        content_type: str,
        size_bytes: int,
        *,
        title: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        metadata: Optional[dict[str, Any]] = None,
    ) -> VideoUploadSession:
        """A started upload, and where its chunks go."""
        payload = present(
            filename=filename,
            content_type=content_type,
            size_bytes=size_bytes,
            title=title,
            tags=_tags(tags),
            metadata=metadata,
        )
        return VideoUploadSession.from_api_response(await self._object(post("/video-uploads/initiate", payload)))

    async def batch_initiate(
        self, videos: Sequence[dict[str, Any]], *, auto_process: bool = True, processing_priority: str = "normal"
    ) -> BatchVideoUploadSession:
        """Up to 10 started uploads; each of `videos` holds what `initiate` takes."""
        require_within("the number of videos", len(videos), 1, MAX_BATCH_VIDEOS)
        require_choice("processing_priority", processing_priority, PRIORITIES)
        payload = {"videos": [*videos], "auto_process": auto_process, "processing_priority": processing_priority}
        answer = await self._object(post("/video-uploads/batch/initiate", payload))
        return BatchVideoUploadSession.from_api_response(answer)

    async def confirm_chunk(
        self, media_id: str, upload_id: str, chunk_number: int, etag: str, size_bytes: int
    ) -> ChunkConfirmResult:
        """A chunk, after its bytes were sent; `etag` is what the storage answered."""
        payload = {
            "media_id": media_id,
            "upload_id": upload_id,
            "chunk_number": chunk_number,
            "etag": etag,
            "size_bytes": size_bytes,
        }
        return ChunkConfirmResult.from_api_response(await self._object(post("/video-uploads/chunks/confirm", payload)))

    async def complete(
        self,
        media_id: str,
        upload_id: str,
        *,
        duration_seconds: Optional[float] = None,
        duration_extraction_failed: Optional[bool] = None,
        auto_analyze: bool = True,
        analysis_type: str = "full_vlm",
        title: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        metadata: Optional[dict[str, Any]] = None,
    ) -> VideoUploadResult:
        """The video, after all its chunks were confirmed; without a duration the server measures it."""
        require_choice("analysis_type", analysis_type, ANALYSIS_TYPES)
        is_unknown = duration_seconds is None if duration_extraction_failed is None else duration_extraction_failed
        payload = {
            "media_id": media_id,
            "upload_id": upload_id,
            "duration_seconds": UNKNOWN_DURATION_SECONDS if is_unknown else duration_seconds,
            "duration_extraction_failed": is_unknown
            if duration_extraction_failed is None
            else duration_extraction_failed,
            "auto_analyze": auto_analyze,
            "analysis_type": analysis_type,
            **present(title=title, tags=_tags(tags), metadata=metadata),
        }
        return VideoUploadResult.from_api_response(await self._object(post("/video-uploads/complete", payload)))

    async def abort(self, media_id: str, upload_id: str, *, reason: Optional[str] = None) -> VideoAbortResult:
        """Gives an upload up; its chunks are removed."""
        payload = {"media_id": media_id, "upload_id": upload_id, **present(reason=reason)}
        return VideoAbortResult.from_api_response(await self._object(post("/video-uploads/abort", payload)))

    async def get_progress(self, media_id: str) -> VideoUploadProgress:
        """How far an upload is."""
        request = get("/video-uploads/progress/{media_id}", media_id=media_id)
        return VideoUploadProgress.from_api_response(await self._object(request))

    async def retry_chunk(self, media_id: str, upload_id: str, chunk_number: int) -> ChunkRetryResult:
        """A fresh address for a chunk that could not be sent."""
        payload = {"media_id": media_id, "upload_id": upload_id, "chunk_number": chunk_number}
        return ChunkRetryResult.from_api_response(await self._object(post("/video-uploads/chunks/retry", payload)))

    async def upload_one(
        self,
        file: Union[str, Path],
        *,
        title: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        auto_analyze: bool = True,
        wait_for_analysis: bool = False,
        analysis_timeout: Optional[float] = None,
        analysis_type: str = "full_vlm",
        max_chunk_concurrency: Optional[int] = None,
        max_chunk_retries: int = 3,
        on_chunk_progress: Optional[Callable[[VideoChunkProgressEvent], None]] = None,
        on_upload_complete: Optional[Callable[[VideoUploadCompleteEvent], None]] = None,
        on_analysis_progress: Optional[Callable[[VideoAnalysisProgressEvent], None]] = None,
    ) -> VideoUploadResult:
        """One uploaded video; with `wait_for_analysis` its scenes are there too.

        As many chunks travel at once as the server likes, or `max_chunk_concurrency`. Raises VideoUploadError when a
        chunk failed `max_chunk_retries` times again; the upload is then given up.
        """
        await asyncio.to_thread(require_no_folder, file)
        require_choice("analysis_type", analysis_type, ANALYSIS_TYPES)
        part = (await asyncio.to_thread(file_parts, [file], None, CONTENT_TYPES))[0]
        with staged("initiate"):
            session = await self.initiate(part.filename, part.content_type, part.size_bytes, title=title, tags=tags)
        await self._send(part, session, max_chunk_concurrency, max_chunk_retries, on_chunk_progress)
        with staged("complete", session.media_id, session.total_chunks):
            result = await self.complete(
                session.media_id, session.upload_id, auto_analyze=auto_analyze, analysis_type=analysis_type
            )
        if on_upload_complete is not None:
            on_upload_complete(VideoUploadCompleteEvent(session.media_id, result))
        if not wait_for_analysis or result.analysis_job_id is None:
            return result
        return await self._analysed(result, result.analysis_job_id, analysis_timeout, on_analysis_progress)

    async def upload(
        self,
        files: Union[str, Path, Sequence[Union[str, Path]]],
        *,
        title: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        auto_analyze: bool = True,
        wait_for_analysis: bool = False,
        analysis_timeout: Optional[float] = None,
        analysis_type: str = "full_vlm",
        max_chunk_concurrency: Optional[int] = None,
        max_chunk_retries: int = 3,
        on_chunk_progress: Optional[Callable[[VideoChunkProgressEvent], None]] = None,
        on_upload_complete: Optional[Callable[[VideoUploadCompleteEvent], None]] = None,
        on_analysis_progress: Optional[Callable[[VideoAnalysisProgressEvent], None]] = None,
    ) -> list[VideoUploadResult]:
        """Uploaded videos, or folders of videos, one after the other; a `title` is for a single one."""
        paths = await asyncio.to_thread(_paths, files)
        if title is not None and len(paths) > 1:
            raise ValidationError("title is for a single video", details={"field": "title"})
        return [
            await self.upload_one(
                path,
                title=title,
                tags=tags,
                auto_analyze=auto_analyze,
                wait_for_analysis=wait_for_analysis,
                analysis_timeout=analysis_timeout,
                analysis_type=analysis_type,
                max_chunk_concurrency=max_chunk_concurrency,
                max_chunk_retries=max_chunk_retries,
                on_chunk_progress=on_chunk_progress,
                on_upload_complete=on_upload_complete,
                on_analysis_progress=on_analysis_progress,
            )
            for path in paths
        ]

    async def _send(
        self,
        part: FilePart,
        session: VideoUploadSession,
        concurrency: Optional[int],
        retries: int,
        listener: Optional[Callable[[VideoChunkProgressEvent], None]],
    ) -> None:
        upload = VideoUpload(self, self._http, part, session, retries, listener)
        await upload.run(session.concurrent_upload_limit if concurrency is None else concurrency)

    async def _analysed(
        self,
        result: VideoUploadResult,
        job_id: str,
        timeout: Optional[float],
        listener: Optional[Callable[[VideoAnalysisProgressEvent], None]],
    ) -> VideoUploadResult:
        def tell(status: VideoAnalysisJobStatus) -> None:
            if listener is not None:
                listener(VideoAnalysisProgressEvent(status))

        analysis = VideoAnalysisResource(self._http, self._config)
        status = await analysis.wait_for_completion(job_id, timeout=timeout, on_progress=tell)
        return replace(result, processing_status=status.status)


def _paths(files: Union[str, Path, Sequence[Union[str, Path]]]) -> list[Path]:
    parts = file_parts(as_list(files), None, CONTENT_TYPES)
    return [part.source for part in parts if isinstance(part.source, Path)]


def _tags(tags: Optional[Sequence[str]]) -> Optional[list[str]]:
    names = None if tags is None else tag_list(tags)
    if names is not None and len(names) > MAX_TAGS:
        raise ValidationError(f"A video takes at most {MAX_TAGS} tags", details={"field": "tags"})
    return names
