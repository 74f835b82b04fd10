"""Sending the chunks of one video: several at a time, each again at a fresh address when it failed."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Callable, Optional, Protocol

from .._multipart import FilePart
from .._requests import put_signed
from .._transport import HTTPClient
from ..exceptions import (
    AionvisionError,
    AionvisionPermissionError,
    AuthenticationError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    ValidationError,
    VideoUploadError,
)
from ..types.callbacks import VideoChunkProgressEvent
from ..types.video import ChunkConfirmResult, ChunkRetryResult, VideoAbortResult, VideoChunkInfo, VideoUploadSession
from ._workers import run_workers

# a piece of a video is no video
CONTENT_TYPE = "application/octet-stream"

_REFUSALS = (AionvisionPermissionError, AuthenticationError, QuotaExceededError, RateLimitError, ValidationError)


class ChunkCalls(Protocol):
    """What the API offers for chunks."""

    async def confirm_chunk(
        self, media_id: str, upload_id: str, chunk_number: int, etag: str, size_bytes: int
    ) -> ChunkConfirmResult: ...

    async def retry_chunk(self, media_id: str, upload_id: str, chunk_number: int) -> ChunkRetryResult: ...

    async def abort(self, media_id: str, upload_id: str, *, reason: Optional[str] = None) -> VideoAbortResult: ...


class VideoUpload:
    """The chunks of one video on their way."""

    def __init__(
        self,
        calls: ChunkCalls,
        http: HTTPClient,
        part: FilePart,
        session: VideoUploadSession,
        max_retries: int,
        listener: Optional[Callable[[VideoChunkProgressEvent], None]],
    ) -> None:
        self._calls = calls
        self._http = http
        self._part = part
        self._session = session
        self._max_retries = max(0, max_retries)
        self._listener = listener
        self._sent_chunks = 0
        self._sent_bytes = 0

    async def run(self, concurrency: int) -> None:
        """Sends all chunks. Raises VideoUploadError, after giving the upload up, when one cannot be sent."""
        chunks = iter(self._placed())
        count = max(1, min(concurrency, len(self._session.chunks)))
        try:
            await run_workers(lambda: self._work(chunks), count)
        except AionvisionError as error:
            await self._give_up(error)
            raise

    def _placed(self) -> Iterator[tuple[VideoChunkInfo, FilePart]]:
        start = 0
        chunks = sorted(self._session.chunks, key=lambda one: one.chunk_number)
        if sum(chunk.size_bytes for chunk in chunks) != self._part.size_bytes:
            raise VideoUploadError(
                "The server's chunks do not add up to the file", media_id=self._session.media_id, stage="initiate"
            )
        for chunk in chunks:
            yield chunk, FilePart(self._part.filename, CONTENT_TYPE, chunk.size_bytes, self._part.source, start)
            start += chunk.size_bytes

    async def _work(self, chunks: Iterator[tuple[VideoChunkInfo, FilePart]]) -> None:
        # the iterator is shared, so each chunk goes to one worker
        for chunk, part in chunks:
            with staged("chunk_upload", self._session.media_id, self._sent_chunks):
                etag = await self._put(chunk, part)
            with staged("confirm", self._session.media_id, self._sent_chunks):
                await self._calls.confirm_chunk(
                    self._session.media_id, self._session.upload_id, chunk.chunk_number, etag, chunk.size_bytes
                )
            self._tell(chunk)

    async def _put(self, chunk: VideoChunkInfo, body: FilePart) -> str:
        url = chunk.upload_url
        for attempt in range(self._max_retries + 1):
            try:
                answer = await self._http.send(put_signed(url, body, method=chunk.upload_method))
            except AionvisionError:
                if attempt == self._max_retries:
                    raise
                retry = await self._calls.retry_chunk(
                    self._session.media_id, self._session.upload_id, chunk.chunk_number
                )
                url = retry.upload_url or url
                continue
            etag = answer.headers.get("etag")
            if etag:
                return etag
            raise ServerError("The storage named no ETag for the chunk")
        raise AssertionError("the last attempt returns or raises")

    def _tell(self, chunk: VideoChunkInfo) -> None:
        self._sent_chunks += 1
        self._sent_bytes += chunk.size_bytes
        if self._listener is not None:
            self._listener(
                VideoChunkProgressEvent(
                    chunk.chunk_number,
                    self._session.total_chunks or len(self._session.chunks),
                    self._sent_bytes,
                    self._part.size_bytes,
                    self._session.media_id,
                    self._part.filename,
                )
            )

    async def _give_up(self, error: AionvisionError) -> None:
        try:
            await self._calls.abort(self._session.media_id, self._session.upload_id, reason=error.message[:500])
        except AionvisionError as second:
            # the server removes what nobody completes; the first error is the one to tell
            error.details.setdefault("abort_error", second.message)


@contextmanager
def staged(stage: str, media_id: Optional[str] = None, partial_chunks: int = 0) -> Generator[None, None, None]:
    """What goes wrong inside is raised as a VideoUploadError of that stage; a refusal to begin as what it is."""
    try:
        yield
    except AionvisionError as error:
        if isinstance(error, VideoUploadError) or (stage == "initiate" and isinstance(error, _REFUSALS)):
            raise
        failure = VideoUploadError(error.message, media_id=media_id, stage=stage, partial_chunks=partial_chunks)
        failure.details.update(error.details)
        raise failure from error
