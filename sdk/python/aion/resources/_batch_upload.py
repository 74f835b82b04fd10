"""Sending many files: in chunks the server takes, several at a time, each streamed from disk. Empty ones stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable, Optional, Protocol, TypeVar

from .._multipart import FilePart, MultipartBody
from .._polling import Patience
from .._requests import get, post
from .._transport import HTTPClient
from ..exceptions import AionvisionError, AionvisionTimeoutError, QuotaExceededError, UploadError
from ..types._upload_results import Outcome, UploadResults
from ..types.callbacks import FileCompleteEvent, UploadProgressEvent
from ..types.upload import BatchUploadResults, QuotaInfo, UploadResult
from ._descriptions import Listeners
from ._upload_answers import batch_results, failed_result, session_results
from ._workers import run_workers

BATCH_CHUNK_SIZE = 1000
# what the smallest plan takes, for servers that do not tell
SMALLEST_BATCH_CAP = 10
# a chunk that fails on a bad line is sent again as a whole, and its files are processed once all of it has come
CHUNK_BYTES = 32 * 1024 * 1024
RESULTS_PER_PAGE = 100
SESSION_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})


@dataclass(frozen=True)
class Chunk:
    """Files that travel in one request, each with its index among all."""

    indexes: Sequence[int]
    parts: Sequence[FilePart]


def chunks_of(parts: Sequence[FilePart], most_files: int, most_bytes: int = CHUNK_BYTES) -> Iterator[Chunk]:
    """`parts` in order, cut by number and size; a file larger than `most_bytes` travels alone, an empty one not."""
    indexes: list[int] = []
    size_bytes = 0
    for index, part in enumerate(parts):
        is_full = len(indexes) >= most_files or size_bytes + part.size_bytes > most_bytes
        if indexes and is_full:
            yield Chunk(indexes, [parts[one] for one in indexes])
            indexes, size_bytes = [], 0
        if part.size_bytes:
            indexes.append(index)
            size_bytes += part.size_bytes
    if indexes:
        yield Chunk(indexes, [parts[one] for one in indexes])


def require_quota(quota: QuotaInfo) -> None:
    """Raises QuotaExceededError when the server says that the files do not fit the plan."""
    if not quota.can_proceed:
        message = quota.message or f"{quota.requested} files do not fit the plan; {quota.available} do"
        raise QuotaExceededError(message, available=quota.available, limit=quota.monthly_limit)


class Stored(Outcome, Protocol):
    """What became of one file, by name."""

    @property
    def filename(self) -> str: ...

    @property
    def is_stored(self) -> bool: ...


StoredT = TypeVar("StoredT", bound=Stored)


def require_stored(results: UploadResults[StoredT], things: str, reason_of: Callable[[StoredT], Optional[str]]) -> None:
    """Raises UploadError, with all results attached, unless the server has all of `things`."""
    missing = [result for result in results if not result.is_stored]
    if not missing:
        return
    first = missing[0]
    raise UploadError(
        f"{len(missing)} of {len(results)} {things} were not stored; first: {first.filename}: {reason_of(first)}",
        filename=first.filename,
        stage="upload",
        partial_results=results,
    )


class BatchUpload:
    """One call of upload. Results come in the order of the files."""

    def __init__(
        self,
        http: HTTPClient,
        parts: Sequence[FilePart],
        fields: Mapping[str, str],
        listeners: Listeners,
        patience: Patience,
        most_files: int = BATCH_CHUNK_SIZE,
    ) -> None:
        self._http = http
        self._parts = parts
        self._fields = fields
        self._listeners = listeners
        self._patience = patience
        self._most_files = most_files
        self._results: dict[int, UploadResult] = {}
        self._read: set[int] = set()
        self._failure: Optional[AionvisionError] = None

    async def run(self, quota: QuotaInfo) -> BatchUploadResults:
        """The results of all files. Raises QuotaExceededError or UploadError carrying those of finished chunks."""
        require_quota(quota)
        most_files = min(self._most_files, quota.max_batch_size or SMALLEST_BATCH_CAP)
        chunks = chunks_of(self._parts, max(1, most_files))
        count = min(max(1, quota.max_concurrent_uploads or 1), len(self._parts))
        await run_workers(lambda: self._work(chunks), count)
        if self._failure is not None:
            raise self._with_partial_results(self._failure)
        return self._finished()

    async def _work(self, chunks: Iterator[Chunk]) -> None:
        # the iterator is shared, so each chunk goes to one worker; after a failure no chunk is begun
        for chunk in chunks:
            try:
                await self._send(chunk)
            except AionvisionError as error:
                self._failure = self._failure or error
            if self._failure is not None:
                return

    async def _send(self, chunk: Chunk) -> None:
        body = MultipartBody(
            self._fields, "files", chunk.parts, on_file_read=lambda place: self._file_read(chunk.indexes[place])
        )
        answer = (await self._http.send(post("/user-files/upload/stream-batch", body=body))).object()
        results = batch_results(chunk.parts, answer) or await self._session_results(chunk, answer)
        for index, result in zip(chunk.indexes, results):
            self._results[index] = result
            self._file_read(index)
            if result.is_stored and self._listeners.on_file_complete is not None:
                self._listeners.on_file_complete(FileCompleteEvent(index, result))

    def _file_read(self, index: int) -> None:
        if index in self._read:
            return  # a repeated request reads its files again
        self._read.add(index)
        part = self._parts[index]
        if self._listeners.on_progress is not None:
            self._listeners.on_progress(UploadProgressEvent(index, part.size_bytes, part.size_bytes, part.filename))

    async def _session_results(self, chunk: Chunk, answer: Mapping[str, Any]) -> list[UploadResult]:
        session_id = str(answer.get("session_id") or "")
        try:
            await self._wait_for_session(session_id)
            entries = await self._session_entries(session_id)
        except AionvisionError as error:
            message = f"The server took the files but does not tell what became of them: {error.message}"
            raise UploadError(message, stage="session_results", session_id=session_id) from error
        return session_results(chunk.parts, answer, entries)

    async def _wait_for_session(self, session_id: str) -> None:
        status: dict[str, Any] = {}
        async for _ in self._patience.turns():
            request = get("/uploads/sessions/{session_id}/status", session_id=session_id)
            status = (await self._http.send(request)).object()
            if status.get("status") in SESSION_ENDED:
                return
        raise AionvisionTimeoutError("The upload session did not end in time", last_result=status)

    async def _session_entries(self, session_id: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        while True:
            query = {"offset": len(entries), "limit": RESULTS_PER_PAGE}
            request = get("/uploads/sessions/{session_id}/results", query, session_id=session_id)
            page = (await self._http.send(request)).object()
            entries.extend(page.get("results") or [])
            if not page.get("has_more") or not page.get("results"):
                return entries

    def finished(self) -> list[tuple[int, UploadResult]]:
        """The results so far, each with the index of its file; empty files are among them."""
        empty = {
            index: failed_result(part.filename, "The file is empty", is_retryable=False)
            for index, part in enumerate(self._parts)
            if part.size_bytes == 0
        }
        return sorted({**empty, **self._results}.items())

    def _finished(self) -> BatchUploadResults:
        return BatchUploadResults(result for _, result in self.finished())

    def _with_partial_results(self, error: AionvisionError) -> AionvisionError:
        done = self._finished()
        if isinstance(error, (QuotaExceededError, UploadError)):
            error.partial_results = done
            return error
        if not self._results:
            return error
        failure = UploadError(
            f"{len(self._parts) - len(self._results)} of {len(self._parts)} files were not uploaded: {error.message}",
            stage="chunk_upload",
            partial_results=done,
        )
        failure.__cause__ = error
        return failure
