"""The fake server: its state, and how a test steers it."""

from __future__ import annotations

import asyncio
import json
import re
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any, Callable, Optional
from uuid import uuid4

from .._transport import CallTransport, WireAnswer
from ..client import AionVision
from ..config import ClientConfig
from ..sync import SyncAionVision
from . import _batches as _batches
from . import _files as _files
from . import _knowing as _knowing
from ._library import MOMENT, StoredFile, StoredFolder, file_data, media_type_of
from ._wire import BASE_URL, Asked, Fault, Reply, matching

KEY = "aion_" + "fake" * 10


class FakeServer:
    """A server in memory. What it does not know is answered with 501; `answer` teaches it.

    `asked` has every request, `plans` the state of each plan that a chat proposed: `propose_plan` says for which
    messages, and in what words. `polls_until_ready` is how often the state of a file is asked before it is ready,
    `available_uploads` what the plan still allows (-1: no limit).
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.files: dict[str, StoredFile] = {}
        self.folders: dict[str, StoredFolder] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        # ids of files by upload session, and what was offered a place in the storage, by its key
        self.batches: dict[str, list[str]] = {}
        self.offers: dict[str, tuple[str, Optional[bytes]]] = {}
        self.plans: dict[str, str] = {}
        self.polls_until_ready = 1
        self.available_uploads = -1
        self.moment = MOMENT
        # replaced by a test that wants other words
        self.describe: Callable[[str, bytes], str] = _words_of_name
        self.answer_message: Callable[[str], Optional[str]] = _no_answer
        self.propose_plan: Callable[[str], Optional[str]] = _no_answer
        self._planned: dict[str, deque[Reply]] = {}
        self._replayed: dict[str, Reply] = {}

    def client(self, **options: Any) -> AionVision:
        """An asynchronous client of this server; `options` are fields of ClientConfig."""
        return AionVision.from_config(_config(options), transport=CallTransport(self._answer))

    def sync_client(self, **options: Any) -> SyncAionVision:
        """A blocking client of this server; `options` are fields of ClientConfig."""
        return SyncAionVision.from_config(_config(options), transport=CallTransport(self._answer))

    def answer(self, endpoint: str, *answers: Any) -> None:
        """The next answers to `GET /path`, before the usual ones: JSON data, or a Reply."""
        replies = (one if isinstance(one, Reply) else Reply(one) for one in answers)
        self._planned.setdefault(endpoint, deque()).extend(replies)

    def fail(
        self,
        endpoint: str,
        status: int = 500,
        *,
        code: str = "INTERNAL_ERROR",
        message: str = "As the test wants it.",
        times: int = 1,
        retry_after_seconds: Optional[int] = None,
    ) -> None:
        """The next `times` requests to `GET /path` fail."""
        headers = {} if retry_after_seconds is None else {"retry-after": str(retry_after_seconds)}
        fault = Fault(status, code, message).reply
        self.answer(endpoint, *[Reply(fault.data, status, headers)] * times)

    def asked_for(self, endpoint: str) -> list[Asked]:
        """The requests to `GET /path`."""
        return [one for one in self.asked if f"{one.method} {one.path}" == endpoint]

    def add_file(
        self,
        filename: str,
        content: bytes = b"",
        *,
        title: Optional[str] = None,
        tags: Sequence[str] = (),
        folder_id: Optional[str] = None,
        description: Optional[str] = None,
        failure: Optional[str] = None,
    ) -> StoredFile:
        """A picture or document, as if it had been uploaded; with `failure` it is not described or read."""
        file = StoredFile(filename, content, media_type_of(filename), title, [*tags], folder_id, failure=failure)
        file.description = self.describe(filename, content) if description is None else description
        self.files[file.id] = file
        return file

    def living(self) -> Iterator[StoredFile]:
        """The files that are not deleted."""
        return (file for file in self.files.values() if not file.is_deleted)

    def file(self, file_id: str, media_type: Optional[str] = None) -> StoredFile:
        """The file with that id, or the only one whose id begins so; otherwise 404."""
        fitting = [one for one in self.living() if one.id.startswith(file_id) and len(file_id) >= 8]
        if len(fitting) != 1 or media_type not in (None, fitting[0].media_type):
            raise Fault(404, "FILE_NOT_FOUND", "There is no such file.")
        return fitting[0]

    def folder(self, folder_id: str) -> StoredFolder:
        """The folder with that id; otherwise 404."""
        if folder_id not in self.folders:
            raise Fault(404, "FOLDER_NOT_FOUND", "There is no such folder.")
        return self.folders[folder_id]

    def session(self, session_id: str) -> dict[str, Any]:
        """The conversation with that id; otherwise 404."""
        if session_id not in self.sessions:
            raise Fault(404, "CHAT_SESSION_NOT_FOUND", "There is no such conversation.")
        return self.sessions[session_id]

    def show(self, file: StoredFile) -> dict[str, Any]:
        """The file as the API shows it; showing it brings it nearer to being ready."""
        file.polls += 1
        return file_data(file, is_ready=file.polls >= self.polls_until_ready)

    def new_id(self) -> str:
        """An id."""
        return str(uuid4())

    async def _answer(self, method: str, url: str, headers: dict[str, str], body: bytes) -> WireAnswer:
        # a network gives way to other tasks too
        await asyncio.sleep(0)
        asked = Asked.of(method, url, headers, body)
        self.asked.append(asked)
        reply = self._reply(asked)
        content = json.dumps(reply.data).encode() if reply.content is None else reply.content
        known = {"content-type": "application/json", "x-request-id": f"fake-{len(self.asked)}"}
        return WireAnswer(reply.status, {**known, **reply.headers}, content)

    def _reply(self, asked: Asked) -> Reply:
        planned = self._planned.get(f"{asked.method} {asked.path}")
        if planned:
            return planned.popleft()
        key = asked.headers.get("idempotency-key")
        if key is not None and key in self._replayed:
            return self._replayed[key]
        try:
            reply = self._handled(asked)
        except Fault as fault:
            return fault.reply
        if key is not None and (reply.content is None or isinstance(reply.content, bytes)):
            self._replayed[key] = reply
        return reply

    def _handled(self, asked: Asked) -> Reply:
        is_storage = asked.path.startswith("/storage/")
        if not is_storage and not re.fullmatch(r"Bearer [a-z]+_[\w-]{20,}", asked.headers.get("authorization", "")):
            raise Fault(401, "INVALID_API_KEY", "There is no such key.")
        for one, values in matching(asked.method, asked.path):
            return one.handler(self, asked, **values)
        endpoint = f"{asked.method} {asked.path}"
        message = f'The fake server does not know {endpoint}; teach it with server.answer("{endpoint}", ...)'
        raise Fault(501, "NOT_CONFIGURED", message)


def _config(options: dict[str, Any]) -> ClientConfig:
    quick: dict[str, Any] = {"retry_delay": 0.001, "polling_interval": 0.001, "polling_timeout": 5.0}
    given: dict[str, Any] = {"api_key": KEY, "base_url": BASE_URL, "proxy_url": None, "tenant_id": None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return ClientConfig(**{**given, **quick, **options})


def _words_of_name(filename: str, content: bytes) -> str:
    return "A picture of " + " ".join(re.findall(r"[^\W\d_]+", PurePath(filename).stem)).lower() + "."


def _no_answer(message: str) -> Optional[str]:
    return None
