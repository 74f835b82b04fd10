"""Datasets: the results of batches, exported for training."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional

from ._decoding import ApiObject

__all__ = ["Dataset", "DatasetExport", "DatasetList", "DatasetStatistics"]


@dataclass(frozen=True)
class Dataset(ApiObject):
    """A dataset made from a finished batch."""

    id: str
    name: str
    batch_id: str
    status: str
    created_at: Optional[datetime]
    updated_at: Optional[datetime]
    description: Optional[str] = None
    batch_status: Optional[str] = None
    total_items: int = 0
    successful_items: int = 0
    export_count: int = 0
    supported_formats: list[str] = field(default_factory=list[str])
    latest_export: Optional[dict[str, Any]] = None


@dataclass(frozen=True)
class DatasetList(ApiObject):
    """One page of datasets."""

    datasets: list[Dataset]
    total_count: int
    limit: int
    offset: int
    has_more: bool


@dataclass(frozen=True)
class DatasetExport(ApiObject):
    """An export; a small one is in `content`, every one at `download_url`."""

    export_id: str
    dataset_id: str
    format: str
    status: str
    record_count: int
    content: Optional[str] = None
    file_path: Optional[str] = None
    download_url: Optional[str] = None
    file_size_bytes: Optional[int] = None
    content_type: Optional[str] = None
    exported_at: Optional[datetime] = None


@dataclass(frozen=True)
class DatasetStatistics(ApiObject):
    """How many datasets and exports there are."""

    dataset_statistics: dict[str, Any]
    export_statistics: dict[str, Any]
    popular_formats: list[dict[str, Any]]
    period: dict[str, Any]
