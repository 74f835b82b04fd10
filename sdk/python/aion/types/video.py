"""Videos: their uploads in chunks, their analysis, and their scenes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Optional, TypeVar, Union, cast

from ._decoding import ApiObject

__all__ = [
    "BatchVideoUploadSession",
    "ChunkConfirmResult",
    "ChunkRetryResult",
    "VideoAbortResult",
    "VideoAnalysisJobStatus",
    "VideoAnalysisQueueResult",
    "VideoAnalysisRetryResult",
    "VideoAnalysisStatus",
    "VideoChunkInfo",
    "VideoMetadata",
    "VideoScene",
    "VideoSceneList",
    "VideoUploadProgress",
    "VideoUploadResult",
    "VideoUploadSession",
    "VideoUploadStatus",
]

ScenesT = TypeVar("ScenesT", bound="VideoSceneList")


class VideoUploadStatus(str, Enum):
    """How far the upload of a video is."""

    UPLOADING = "uploading"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"


class VideoAnalysisStatus(str, Enum):
    """How far the analysis of a video is."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class VideoChunkInfo(ApiObject):
    """Where and how to send one chunk; numbers start at 1."""

    chunk_number: int
    size_bytes: int
    upload_url: str
    expires_at: Optional[datetime] = None
    upload_method: str = "PUT"


@dataclass(frozen=True)
class VideoUploadSession(ApiObject):
    """A started upload, and where its chunks go."""

    media_id: str
    upload_id: str
    chunks: list[VideoChunkInfo] = field(default_factory=list[VideoChunkInfo])
    total_chunks: int = 0
    chunk_size_bytes: int = 0
    expires_at: Optional[datetime] = None
    storage_path: Optional[str] = None
    concurrent_upload_limit: int = 3
    retry_attempts: int = 3


@dataclass(frozen=True)
class ChunkConfirmResult(ApiObject):
    """A chunk that the server has seen; `estimated_time_remaining` is in seconds."""

    chunk_number: int
    status: str = "confirmed"
    chunks_completed: int = 0
    total_chunks: int = 0
    progress_percent: float = 0.0
    estimated_time_remaining: Optional[float] = None


@dataclass(frozen=True)
class VideoMetadata(ApiObject):
    """What a video file is like."""

    duration_seconds: Optional[float] = None
    resolution: Optional[str] = None
    width: Optional[int] = None
    height: Optional[int] = None
    frame_rate: Optional[float] = None
    video_codec: Optional[str] = None
    audio_codec: Optional[str] = None
    bitrate_kbps: Optional[int] = None
    file_size_bytes: Optional[int] = None
    format_name: Optional[str] = None


@dataclass(frozen=True)
class VideoUploadResult(ApiObject):
    """An uploaded video; `processing_status` tells how far its analysis is."""

    media_id: str
    status: str = "completed"
    metadata: Optional[VideoMetadata] = None
    thumbnail_url: Optional[str] = None
    video_url: Optional[str] = None
    analysis_job_id: Optional[str] = None
    processing_status: Optional[str] = None
    created_at: Optional[datetime] = None

    @property
    def is_completed(self) -> bool:
        """Whether the video is stored."""
        return self.status == VideoUploadStatus.COMPLETED.value

    @property
    def is_analyzing(self) -> bool:
        """Whether its analysis is still to come."""
        return self.analysis_job_id is not None and self.processing_status not in ("completed", "failed", "cancelled")


@dataclass(frozen=True)
class VideoUploadProgress(ApiObject):
    """How far an upload is; `estimated_time_remaining` is in seconds."""

    media_id: str
    upload_id: str
    status: str = "uploading"
    chunks_completed: int = 0
    total_chunks: int = 0
    bytes_uploaded: int = 0
    total_bytes: int = 0
    progress_percent: float = 0.0
    failed_chunks: list[int] = field(default_factory=list[int])
    estimated_time_remaining: Optional[float] = None


@dataclass(frozen=True)
class VideoAbortResult(ApiObject):
    """An upload that was given up."""

    media_id: str
    status: str = "aborted"
    cleaned_up: bool = False
    chunks_removed: int = 0
    s3_cleanup: bool = False


@dataclass(frozen=True)
class ChunkRetryResult(ApiObject):
    """A fresh address for a chunk."""

    chunk_number: int
    upload_url: str
    expires_at: Optional[datetime] = None
    retry_attempt: int = 0
    max_retries: int = 3


@dataclass(frozen=True)
class BatchVideoUploadSession(ApiObject):
    """Several started uploads, in the order they were asked for."""

    batch_id: str
    videos: list[VideoUploadSession] = field(default_factory=list[VideoUploadSession])
    total_videos: int = 0
    total_size_bytes: int = 0
    estimated_time_seconds: Optional[float] = None
    processing_priority: str = "normal"


@dataclass(frozen=True)
class VideoAnalysisJobStatus(ApiObject):
    """How far the analysis of a video is; `progress_percent` is from 0 to 100."""

    analysis_job_id: str
    media_id: str
    status: str = "pending"
    progress_percent: float = 0.0
    current_step: Optional[str] = None
    started_at: Optional[datetime] = None
    completed_at: Optional[datetime] = None
    error_message: Optional[str] = None
    error_code: Optional[str] = None
    retry_count: int = 0
    max_retries: int = 3
    estimated_completion_time: Optional[datetime] = None

    @property
    def is_completed(self) -> bool:
        """Whether the scenes are there."""
        return self.status == VideoAnalysisStatus.COMPLETED.value

    @property
    def is_failed(self) -> bool:
        """Whether the analysis failed."""
        return self.status == VideoAnalysisStatus.FAILED.value

    @property
    def is_pending(self) -> bool:
        """Whether the analysis is still to come."""
        return not self.is_terminal

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen."""
        return self.is_completed or self.is_failed or self.status == VideoAnalysisStatus.CANCELLED.value


@dataclass(frozen=True)
class VideoAnalysisRetryResult(ApiObject):
    """An analysis that was started again."""

    analysis_job_id: str
    media_id: str
    status: str = "pending"
    retry_count: int = 0
    max_retries: int = 3
    message: Optional[str] = None


@dataclass(frozen=True)
class VideoAnalysisQueueResult(ApiObject):
    """An analysis that was started, or that is already under way."""

    analysis_job_id: str
    media_id: str
    queue_position: Optional[int] = None
    estimated_start_time: Optional[datetime] = None
    message: Optional[str] = None


@dataclass(frozen=True)
class VideoScene(ApiObject):
    """A scene of a video; times are in seconds from its start."""

    scene_id: str
    scene_index: int = 0
    start_time: float = 0.0
    end_time: float = 0.0
    time_range_formatted: Optional[str] = None
    description: Optional[str] = None
    tags: list[str] = field(default_factory=list[str])
    visible_text: Optional[str] = None
    confidence_score: Optional[float] = None
    embedding_status: Optional[str] = None
    thumbnail_url: Optional[str] = None
    created_at: Optional[datetime] = None


@dataclass(frozen=True)
class VideoSceneList(ApiObject):
    """The scenes of a video, in order; none before it is analysed."""

    scenes: list[VideoScene] = field(default_factory=list[VideoScene])
    count: int = 0
    video_id: Optional[str] = None

    @classmethod
    def from_api_response(cls: type[ScenesT], data: Union[Mapping[str, Any], list[Any]]) -> ScenesT:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The scenes in `data`, an object or a plain list."""
        known: Mapping[str, Any] = {"scenes": data} if isinstance(data, list) else data
        scenes: Any = known.get("scenes")
        count = len(cast("list[Any]", scenes)) if isinstance(scenes, list) else 0
        return super().from_api_response({"count": count, **known})
