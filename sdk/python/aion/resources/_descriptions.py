"""Waiting for the descriptions of many pictures with few requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Optional

from .._polling import Patience
from .._requests import get
from .._transport import HTTPClient
from ..exceptions import (
    AionvisionConnectionError,
    AionvisionError,
    AionvisionTimeoutError,
    CircuitBreakerError,
    RateLimitError,
    ServerError,
)
from ..types.callbacks import (
    DescriptionFailedEvent,
    DescriptionProgressEvent,
    FileCompleteEvent,
    UploadProgressEvent,
)
from ..types.files import FileList, UserFile
from ..types.upload import BatchUploadResults
from ._upload_answers import described_result, failed_description

IDS_PER_REQUEST = 100
REQUESTS_PER_TURN = 5

# the files are stored, so a failing question about them is no reason to give up before the time is over
_PASSING = (
    AionvisionConnectionError,
    AionvisionTimeoutError,
    CircuitBreakerError,
    RateLimitError,
    ServerError,
)


@dataclass(frozen=True)
class Listeners:
    """The callbacks of one upload; any may be absent."""

    on_progress: Optional[Callable[[UploadProgressEvent], None]] = None
    on_file_complete: Optional[Callable[[FileCompleteEvent], None]] = None
    on_description_progress: Optional[Callable[[DescriptionProgressEvent], None]] = None
    on_description_failed: Optional[Callable[[DescriptionFailedEvent], None]] = None


class DescriptionWatch:
    """Fills the descriptions into `results` as they come, and tells the listeners."""

    def __init__(self, http: HTTPClient, results: BatchUploadResults, listeners: Listeners) -> None:
        self._http = http
        self._results = results
        self._listeners = listeners
        self._indexes: dict[str, list[int]] = {}
        for index, result in enumerate(results):
            if result.is_stored:
                self._indexes.setdefault(result.image_id, []).append(index)
        self._total = sum(map(len, self._indexes.values()))
        self._done = 0
        self._pending: deque[str] = deque()
        self._last_error: Optional[AionvisionError] = None

    async def run(self, patience: Patience) -> BatchUploadResults:
        """The results, all of them final. Raises AionvisionTimeoutError carrying them when time is over."""
        for image_id, indexes in self._indexes.items():
            if self._results[indexes[0]].is_pending:
                self._pending.append(image_id)
            else:
                self._announce(image_id)
        async for _ in patience.turns():
            while self._pending and await self._ask():
                continue
            if not self._pending:
                return self._results
        message = f"{len(self._pending)} of {self._total} descriptions were not ready in {patience.timeout_seconds:g} s"
        raise AionvisionTimeoutError(message, last_result=self._results) from self._last_error

    async def _ask(self) -> bool:
        """Whether every one of the oldest pending pictures was done, so that asking on at once is worth it."""
        window = [self._pending.popleft() for _ in range(min(len(self._pending), IDS_PER_REQUEST * REQUESTS_PER_TURN))]
        waiting = window
        try:
            files = await self._files(window)
            waiting = [image_id for image_id in window if not self._settle(image_id, files.get(image_id))]
        except _PASSING as error:
            self._last_error = error
        finally:
            self._pending.extend(waiting)
        return not waiting

    async def _files(self, image_ids: list[str]) -> dict[str, UserFile]:
        files: dict[str, UserFile] = {}
        for start in range(0, len(image_ids), IDS_PER_REQUEST):
            ids = image_ids[start : start + IDS_PER_REQUEST]
            answer = await self._http.send(get("/user-files", {"ids": ids, "limit": len(ids)}))
            page = FileList.from_api_response(answer.object())
            files.update((file.id, file) for file in page.files)
        return files

    def _settle(self, image_id: str, file: Optional[UserFile]) -> bool:
        for index in self._indexes[image_id]:
            result = self._results[index]
            self._results[index] = (
                failed_description(result, "The file was deleted") if file is None else described_result(result, file)
            )
        if self._results[self._indexes[image_id][0]].is_pending:
            return False
        self._announce(image_id)
        return True

    def _announce(self, image_id: str) -> None:
        for index in self._indexes[image_id]:
            self._done += 1
            result = self._results[index]
            if self._listeners.on_description_progress is not None:
                self._listeners.on_description_progress(DescriptionProgressEvent(self._done, self._total, result))
            if result.is_failed and self._listeners.on_description_failed is not None:
                self._listeners.on_description_failed(DescriptionFailedEvent(index, result))
