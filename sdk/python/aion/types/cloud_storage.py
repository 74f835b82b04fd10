"""Cloud storages: connections to them, and jobs that import from and export to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional, TypeVar, cast

from ._decoding import ApiObject
from .common import CloudStorageJobStatus

__all__ = [
    "CloudFileInput",
    "CloudStorageConnection",
    "CloudStorageJob",
    "CompleteAuthResult",
    "ConnectionList",
    "DisconnectResult",
    "ExportResult",
    "ImportResult",
    "InitiateAuthResult",
]

JobT = TypeVar("JobT", bound="CloudStorageJob")

_SUCCESSFUL = frozenset({CloudStorageJobStatus.COMPLETED.value, CloudStorageJobStatus.PARTIAL.value})
_TERMINAL = _SUCCESSFUL | {CloudStorageJobStatus.FAILED.value, CloudStorageJobStatus.CANCELLED.value}


@dataclass(frozen=True)
class CloudStorageConnection(ApiObject):
    """An account at a cloud storage that the tenant may use."""

    id: str
    provider: str
    is_active: bool
    provider_email: Optional[str] = None
    provider_display_name: Optional[str] = None
    created_at: Optional[datetime] = None
    last_used_at: Optional[datetime] = None


@dataclass(frozen=True)
class InitiateAuthResult(ApiObject):
    """Where to send a person for consent; `state` comes back with the code."""

    authorization_url: str
    state: str
    provider: str


@dataclass(frozen=True)
class CompleteAuthResult(ApiObject):
    """The connection that a consent gave."""

    connection: CloudStorageConnection
    is_new: bool


@dataclass(frozen=True)
class ConnectionList(ApiObject):
    """The tenant's connections."""

    connections: list[CloudStorageConnection]
    total_count: int


@dataclass(frozen=True)
class DisconnectResult(ApiObject):
    """A connection that was ended."""

    success: bool
    message: str


@dataclass(frozen=True)
class CloudFileInput(ApiObject):
    """A file at the cloud storage."""

    id: str
    name: str
    mime_type: Optional[str] = None
    size_bytes: Optional[int] = None


@dataclass(frozen=True)
class ImportResult(ApiObject):
    """A started import; the job tells the rest."""

    total_files: int
    is_async: bool
    message: str
    image_ids: Optional[list[str]] = None
    job_id: Optional[str] = None
    status: Optional[str] = None


@dataclass(frozen=True)
class ExportResult(ApiObject):
    """A started export; the job tells the rest."""

    is_async: bool
    message: str
    cloud_file_ids: Optional[list[str]] = None
    job_id: Optional[str] = None
    job_status: Optional[str] = None


@dataclass(frozen=True)
class CloudStorageJob(ApiObject):
    """How far an import or export is."""

    job_id: str
    type: str
    status: str
    connection_id: str
    provider: str
    total_files: int
    completed_files: int
    failed_files: int
    error: Optional[str] = None
    created_at: Optional[datetime] = None
    updated_at: Optional[datetime] = None
    completed_at: Optional[datetime] = None

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in _TERMINAL

    @property
    def is_successful(self) -> bool:
        """Whether all files, or some of them, came through."""
        return self.status in _SUCCESSFUL

    @property
    def progress_percent(self) -> float:
        """Files that are done or failed, from 0 to 100."""
        if self.total_files <= 0:
            return 100.0 if self.is_terminal else 0.0
        return min(100.0, 100.0 * (self.completed_files + self.failed_files) / self.total_files)

    @classmethod
    def from_api_response(cls: type[JobT], data: Mapping[str, Any]) -> JobT:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The job in `data`, which may hold it under `job`."""
        inner: Any = data.get("job")
        return super().from_api_response(cast("Mapping[str, Any]", inner) if isinstance(inner, dict) else data)
