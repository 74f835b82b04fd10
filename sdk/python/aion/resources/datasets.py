"""Datasets: the results of batches, exported for training."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Optional

from .._requests import get, post, present
from ..types.datasets import Dataset, DatasetExport, DatasetList, DatasetStatistics
from ._base import Resource, require_choice, require_text, require_within

__all__ = ["DatasetsResource"]

FORMATS = ("csv", "coco", "yolo", "pascal_voc")
LONGEST_NAME = 255
MAX_PAGE_SIZE = 100


class DatasetsResource(Resource):
    """Datasets made from finished batches."""

    async def create(
        self,
        batch_id: str,
        name: str,
        *,
        description: Optional[str] = None,
        format_config: Optional[dict[str, Any]] = None,
    ) -> Dataset:
        """A new dataset from a finished batch; it is ready a little later."""
        require_text("name", name, LONGEST_NAME)
        payload = present(batch_id=batch_id, name=name, description=description, format_config=format_config)
        return Dataset.from_api_response(await self._object(post("/datasets", payload)))

    async def list(self, *, status: Optional[str] = None, limit: int = 100, offset: int = 0) -> DatasetList:
        """One page of datasets; `status` is pending, processing, ready or failed."""
        require_within("limit", limit, 1, MAX_PAGE_SIZE)
        query = {"status": status, "limit": limit, "offset": offset}
        return DatasetList.from_api_response(await self._object(get("/datasets", query)))

    async def list_all(self, *, status: Optional[str] = None, page_size: int = 100) -> AsyncIterator[Dataset]:
        """All datasets that match, page after page."""
        offset = 0
        while True:
            page = await self.list(status=status, limit=page_size, offset=offset)
            for dataset in page.datasets:
                yield dataset
            offset += len(page.datasets)
            if not page.has_more or not page.datasets:
                return

    async def get(self, dataset_id: str) -> Dataset:
        """One dataset."""
        return Dataset.from_api_response(await self._object(get("/datasets/{dataset_id}", dataset_id=dataset_id)))

    async def export(
        self,
        dataset_id: str,
        format: str,
        *,
        options: Optional[dict[str, Any]] = None,
        include_failed_items: bool = False,
    ) -> DatasetExport:
        """The dataset in the format csv, coco, yolo or pascal_voc."""
        require_choice("format", format, FORMATS)
        payload = {"format": format, "include_failed_items": include_failed_items, **present(options=options)}
        request = post("/datasets/{dataset_id}/export", payload, dataset_id=dataset_id)
        return DatasetExport.from_api_response(await self._object(request))

    async def statistics(self, *, days: Optional[int] = None) -> DatasetStatistics:
        """How many datasets and exports there are, of the last `days` where given."""
        answer = await self._object(get("/datasets/statistics/summary", {"days": days}))
        return DatasetStatistics.from_api_response(answer)
