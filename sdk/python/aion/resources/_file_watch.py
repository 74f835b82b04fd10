"""Waiting, with few requests, until the server is done with many files."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Generic, Optional, Protocol, TypeVar

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
from ..types.files import FileList, UserFile

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


class Pending(Protocol):
    """A result that may still be to come."""

    @property
    def is_pending(self) -> bool: ...


ResultT = TypeVar("ResultT", bound=Pending)


class FileWatch(Generic[ResultT]):
    """Brings `results` up to date as files become ready. Subclasses say how, and tell whoever listens."""

    noun = "files"

    def __init__(self, http: HTTPClient, results: list[ResultT], ids: Sequence[str]) -> None:
        self._http = http
        self.results = results
        self._indexes: dict[str, list[int]] = {}
        for index, file_id in enumerate(ids):
            if file_id:
                self._indexes.setdefault(file_id, []).append(index)
        self.total = sum(map(len, self._indexes.values()))
        self.done = 0
        self._pending: deque[str] = deque()
        self._last_error: Optional[AionvisionError] = None

    async def update(self, result: ResultT, file: Optional[UserFile]) -> ResultT:
        """`result` with what the server says of its file; None stands for a deleted one."""
        raise NotImplementedError

    def announce(self, index: int) -> None:
        """Tells whoever listens that the result at `index` is final; `done` counts it already."""
        raise NotImplementedError

    async def run(self, patience: Patience) -> None:
        """Returns once all results are final. Raises AionvisionTimeoutError carrying them when time is over."""
        for file_id, indexes in self._indexes.items():
            if self.results[indexes[0]].is_pending:
                self._pending.append(file_id)
            else:
                self._settled(file_id)
        async for _ in patience.turns():
            while self._pending and await self._ask():
                continue
            if not self._pending:
                return
        message = f"{len(self._pending)} of {self.total} {self.noun} were not ready in {patience.timeout_seconds:g} s"
        raise AionvisionTimeoutError(message, last_result=self.results) from self._last_error

    async def _ask(self) -> bool:
        """Whether every one of the oldest pending files was done, so that asking on at once is worth it."""
        window = [self._pending.popleft() for _ in range(min(len(self._pending), IDS_PER_REQUEST * REQUESTS_PER_TURN))]
        waiting = [*window]
        try:
            for file_id, file in (await self._files(window)).items():
                if await self._settle(file_id, file):
                    waiting.remove(file_id)
        except _PASSING as error:
            self._last_error = error
        finally:
            self._pending.extend(waiting)
        return not waiting

    async def _files(self, file_ids: Sequence[str]) -> Mapping[str, Optional[UserFile]]:
        files: dict[str, Optional[UserFile]] = dict.fromkeys(file_ids)
        for start in range(0, len(file_ids), IDS_PER_REQUEST):
            ids = file_ids[start : start + IDS_PER_REQUEST]
            answer = await self._http.send(get("/user-files", {"ids": ids, "limit": len(ids)}))
            files.update((file.id, file) for file in FileList.from_api_response(answer.object()).files)
        return {file_id: files[file_id] for file_id in file_ids}

    async def _settle(self, file_id: str, file: Optional[UserFile]) -> bool:
        for index in self._indexes[file_id]:
            self.results[index] = await self.update(self.results[index], file)
        if self.results[self._indexes[file_id][0]].is_pending:
            return False
        self._settled(file_id)
        return True

    def _settled(self, file_id: str) -> None:
        for index in self._indexes[file_id]:
            self.done += 1
            self.announce(index)
