"""A server on 127.0.0.1 that speaks the parts of the API the SDK uses, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import uvicorn
from python_multipart.multipart import parse_options_header

BOUNDARY_GAP = b"\r\n\r\n"


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    size_bytes: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """One answer to give."""

    status: int = 200
    data: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    # sent one by one instead; afterwards the connection breaks, or the answer ends
    blocks: list[bytes] | None = None
    breaks: bool = False

    @property
    def content(self) -> bytes:
        return self.raw if self.raw is not None else json.dumps(self.data).encode()


class StandIn:
    """The state of the server; tests set the knobs and read `asked`."""

    def __init__(self) -> None:
        self.base_url = ""
        self.reset()

    def reset(self) -> None:
        self.asked: list[Asked] = []
        self.planned: dict[str, deque[Answer]] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, list[dict[str, Any]]] = {}
        self.polls: dict[str, int] = {}
        self.max_batch_size: int | None = 3
        self.max_concurrent: int | None = 2
        self.available = -1
        self.polls_until_described = 1
        self.tells_results = True
        self.keeps_bodies = True
        self.uploading_now = 0
        self.most_uploading = 0
        self.upload_seconds = 0.0

    def plan(self, endpoint: str, *answers: Answer) -> None:
        """The next answers for `POST /path`, before the usual ones."""
        self.planned.setdefault(endpoint, deque()).extend(answers)

    def asked_for(self, endpoint: str) -> list[Asked]:
        return [one for one in self.asked if f"{one.method} {one.path}" == endpoint]

    async def answer(self, asked: Asked) -> Answer:
        planned = self.planned.get(f"{asked.method} {asked.path}")
        if planned:
            return planned.popleft()
        for method, pattern, handler in ROUTES:
            match = re.fullmatch(pattern, asked.path)
            if match and method == asked.method:
                found = getattr(self, handler)(asked, *match.groups())
                return await found if asyncio.iscoroutine(found) else found
        return Answer(404, {"error": {"code": "NOT_FOUND", "message": "no such route", "details": None}})

    def quota(self, asked: Asked) -> Answer:
        count = int(asked.query.split("file_count=")[1].split("&")[0])
        fits = self.available < 0 or count <= self.available
        data = {"can_proceed": fits, "requested": count, "available": self.available, "monthly_limit": 100}
        caps = {"max_batch_size": self.max_batch_size, "max_concurrent_uploads": self.max_concurrent}
        return Answer(data={**data, **caps, "current_usage": 0, "message": None if fits else "The month is used up"})

    def document_status(self, asked: Asked, document_id: str) -> Answer:
        state = self.described(self.files[document_id])["text_extraction_status"]
        reason = {"error_message": "The file is password protected"} if state == "failed" else {}
        return Answer(data={"document_id": document_id, "text_extraction_status": state, **reason})

    def one(self, asked: Asked) -> Answer:
        filename, content, fields = next(parts_of(asked))
        entry = self.store(filename, content, fields)
        return Answer(data={**entry, "upload_method": "STREAMING", "processing_time_ms": 1.0})

    async def batch(self, asked: Asked) -> Answer:
        self.uploading_now += 1
        self.most_uploading = max(self.most_uploading, self.uploading_now)
        await asyncio.sleep(self.upload_seconds)
        self.uploading_now -= 1
        entries: list[dict[str, Any]] = []
        rejections: list[dict[str, Any]] = []
        for index, (filename, content, fields) in enumerate(parts_of(asked)):
            if content.startswith(b"reject"):
                rejections.append(
                    {"filename": filename, "index": index, "reason": "It is a text file", "retryable": False}
                )
            else:
                entries.append(self.store(filename, content, fields))
        session_id = str(uuid4())
        self.sessions[session_id] = entries
        return Answer(
            data={
                "session_id": session_id,
                "total_files": len(entries) + len(rejections),
                "accepted_files": len(entries),
                "rejected_files": len(rejections),
                "status": "processing",
                "immediate_results": entries if self.tells_results else None,
                "rejections": rejections or None,
                "status_url": f"/api/v2/uploads/sessions/{session_id}/status",
                "websocket_channel": f"batch.{session_id}",
            }
        )

    def store(self, filename: str, content: bytes, fields: dict[str, str]) -> dict[str, Any]:
        same = [one for one in self.files.values() if one["content"] == content]
        if same and fields.get("skip_duplicates") == "true":
            existing = {"image_id": same[0]["id"], "skipped_existing_image_id": same[0]["id"]}
            return {**existing, "filename": filename, "object_key": "k", "status": "skipped", "skipped": True}
        image_id = str(uuid4())
        self.files[image_id] = {
            "id": image_id,
            "filename": filename,
            "size_bytes": len(content),
            "has_full_description": True,
            "content": content,
            "fields": fields,
            "created_at": "2026-01-02T03:04:05Z",
        }
        key = f"uploads/{image_id}/{filename}"
        return {"image_id": image_id, "filename": filename, "object_key": key, "status": "processing"}

    def described(self, file: dict[str, Any]) -> dict[str, Any]:
        seen = self.polls[file["id"]] = self.polls.get(file["id"], 0) + 1
        known = {name: value for name, value in file.items() if name not in ("content", "fields")}
        if seen < self.polls_until_described:
            return {**known, "description_status": "processing"}
        if file["content"].startswith(b"really a picture"):
            known["media_type"] = "image"
        if file["filename"].endswith((".pdf", ".docx", ".txt", ".md", ".org", ".rst", ".xml")):
            state = "failed" if file["content"].startswith(b"unreadable") else "completed"
            return {**known, "text_extraction_status": state, "page_count": 2, "chunk_count": 3}
        if file["content"].startswith(b"undescribable"):
            return {**known, "description_status": "failed", "description_error": "model timed out"}
        text = f"a picture called {file['filename']}"
        done = {"description_status": "completed", "upload_description": text, "confidence_score": 0.9}
        return {**known, **done, "tags": ["x"], "visible_text": "EXIT"}

    def list_files(self, asked: Asked) -> Answer:
        ids = re.findall(r"ids=([^&]+)", asked.query)
        limit = int(re.findall(r"limit=(\d+)", asked.query)[0])
        offset = int((re.findall(r"offset=(\d+)", asked.query) or ["0"])[0])
        found = [file for file in self.files.values() if not ids or file["id"] in ids]
        page = [self.described(file) for file in found[offset : offset + limit]]
        return Answer(data={"files": page, "total_count": len(found), "has_more": offset + limit < len(found)})

    def file(self, asked: Asked, file_id: str) -> Answer:
        if file_id not in self.files:
            return Answer(404, {"error": {"code": "NOT_FOUND", "message": "There is no such file.", "details": None}})
        return Answer(data=self.described(self.files[file_id]))

    def status(self, asked: Asked, image_id: str) -> Answer:
        state = self.described(self.files[image_id])["description_status"]
        parts = {"description_status": state, "variant_status": "completed"}
        return Answer(data={"image_id": image_id, "unified_status": "processing", "component_statuses": parts})

    def session(self, asked: Asked, session_id: str) -> Answer:
        seen = self.polls[session_id] = self.polls.get(session_id, 0) + 1
        return Answer(data={"session_id": session_id, "status": "completed" if seen > 1 else "processing"})

    def session_results(self, asked: Asked, session_id: str) -> Answer:
        # the newest first, so not in the order of the files
        entries = [{**one, "status": "completed"} for one in reversed(self.sessions[session_id])]
        offset = int((re.findall(r"offset=(\d+)", asked.query) or ["0"])[0])
        return Answer(data={"results": entries[offset : offset + 1], "has_more": offset + 1 < len(entries)})

    def download(self, asked: Asked, file_id: str) -> Answer:
        return Answer(302, headers={"location": f"/signed/{file_id}"}, raw=b"")

    def signed(self, asked: Asked, file_id: str) -> Answer:
        return Answer(raw=self.files[file_id]["content"])


ROUTES = (
    ("GET", r"/api/v2/uploads/quota-check", "quota"),
    ("GET", r"/api/v2/document-uploads/quota-check", "quota"),
    ("GET", r"/api/v2/documents/([^/]+)", "document"),
    ("GET", r"/api/v2/document-uploads/([^/]+)/status", "document_status"),
    ("POST", r"/api/v2/user-files/upload/stream", "one"),
    ("POST", r"/api/v2/user-files/upload/stream-batch", "batch"),
    ("GET", r"/api/v2/user-files", "list_files"),
    ("GET", r"/api/v2/uploads/status/([^/]+)", "status"),
    ("GET", r"/api/v2/uploads/sessions/([^/]+)/status", "session"),
    ("GET", r"/api/v2/uploads/sessions/([^/]+)/results", "session_results"),
    ("GET", r"/api/v2/user-files/([^/]+)/(?:download|variant/[^/]+)", "download"),
    ("GET", r"/api/v2/user-files/([^/]+)", "file"),
    ("GET", r"/signed/([^/]+)", "signed"),
)


def parts_of(asked: Asked):
    """Filename, content and the plain fields, for each file of a multipart body."""
    _, options = parse_options_header(asked.headers["content-type"])
    pieces = asked.body.split(b"--" + options[b"boundary"])[1:-1]
    fields: dict[str, str] = {}
    for piece in pieces:
        head, _, content = piece.strip(b"\r\n").partition(BOUNDARY_GAP)
        _, about = parse_options_header(head.split(b"Content-Disposition: ")[1].split(b"\r\n")[0])
        if b"filename" in about:
            yield about[b"filename"].decode(), content, fields
        else:
            fields[about[b"name"].decode()] = content.decode()


def application(state: StandIn):
    """The ASGI application around `state`."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        body, size_bytes, more = [], 0, True
        while more:
            message = await receive()
            block = message.get("body", b"")
            size_bytes += len(block)
            more = message.get("more_body", False)
            if state.keeps_bodies:
                body.append(block)
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        asked = Asked(scope["method"], scope["path"], query, headers, b"".join(body), size_bytes)
        state.asked.append(asked)
        answer = await state.answer(asked)
        wire = [(b"content-type", b"application/json"), (b"x-request-id", b"req-1")]
        wire += [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": wire})
        for block in answer.blocks or ():
            await send({"type": "http.response.body", "body": block, "more_body": True})
        if answer.breaks:
            raise ConnectionResetError("as the test wants it")
        if answer.blocks is not None:
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.body", "body": answer.content})

    return app


class Running:
    """The server on a thread of its own."""

    def __init__(self, state: StandIn) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        state.base_url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/api/v2"
        options = {"lifespan": "off", "ws": "none", "log_level": "warning", "access_log": False}
        self.server = uvicorn.Server(uvicorn.Config(application(state), **options))
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],), daemon=True)

    def __enter__(self) -> Running:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        self.socket.close()
