"""A language model's endpoint on the loopback, in the wire formats of OpenAI, Anthropic and Google; can misbehave."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import pytest

Format = Literal["openai", "anthropic", "google"]
READ, WRITTEN = 11, 7
KEY_HEADERS = ("Authorization", "x-api-key", "x-goog-api-key")


@dataclass(frozen=True)
class Reply:
    """What one request is answered: words, a call of a function, or something that goes wrong."""

    words: Sequence[str] = ()
    call: str | None = None
    arguments: Mapping[str, Any] | str = field(default_factory=dict[str, Any])
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    wait_seconds: float = 0
    # The connection is cut after so many frames: within one, if so, or when it has been silent for so long.
    cut_after: int | None = None
    cuts_within: bool = False
    silent_seconds: float = 0
    # After so many frames comes the provider's word that it failed.
    error_after: int | None = None
    pause_seconds: float = 0


@dataclass
class Endpoint:
    """The endpoint: what it answers in turn (the last reply again and again), and what it was asked."""

    port: int = 0
    replies: list[Reply] = field(default_factory=list[Reply])
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    # What each request brought to be let in by.
    keys: list[str] = field(default_factory=list[str])
    # How often whoever asked has gone before the end.
    left: int = 0

    def url(self, form: Format) -> str:
        return f"http://127.0.0.1:{self.port}" + ("/v1" if form == "openai" else "")

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def _json(arguments: Mapping[str, Any] | str) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def openai_frames(reply: Reply) -> Iterator[str]:
    """Chunks of a chat completion."""

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        data = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **more}
        return f"data: {json.dumps(data)}\n\n"

    for words in reply.words:
        yield chunk({"role": "assistant", "content": words})
    if reply.call:
        function = {"name": reply.call, "arguments": _json(reply.arguments)}
        yield chunk({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]})
    usage = {"prompt_tokens": READ, "completion_tokens": WRITTEN, "total_tokens": READ + WRITTEN}
    yield chunk({}, "tool_calls" if reply.call else "stop", usage=usage)
    yield "data: [DONE]\n\n"


def anthropic_frames(reply: Reply) -> Iterator[str]:
    """Events of a message."""

    def event(kind: str, **data: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"

    message = {"id": "m1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
    usage = {"input_tokens": READ, "output_tokens": 0}
    yield event("message_start", message={**message, "stop_sequence": None, "usage": usage})
    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    if reply.words:
        blocks.append(({"type": "text", "text": ""}, [{"type": "text_delta", "text": one} for one in reply.words]))
    if reply.call:
        delta = {"type": "input_json_delta", "partial_json": _json(reply.arguments)}
        blocks.append(({"type": "tool_use", "id": "call_1", "name": reply.call, "input": {}}, [delta]))
    for index, (block, deltas) in enumerate(blocks):
        yield event("content_block_start", index=index, content_block=block)
        for delta in deltas:
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    stop = {"stop_reason": "tool_use" if reply.call else "end_turn", "stop_sequence": None}
    yield event("message_delta", delta=stop, usage={"output_tokens": WRITTEN})
    yield event("message_stop")


def google_frames(reply: Reply) -> Iterator[str]:
    """Chunks of generated content."""
    parts: list[dict[str, Any]] = [{"text": one} for one in reply.words]
    if reply.call:
        parts.append({"functionCall": {"name": reply.call, "args": json.loads(_json(reply.arguments))}})
    for number, part in enumerate(parts, 1):
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": [part]}, "index": 0}
        data: dict[str, Any] = {"candidates": [candidate], "modelVersion": "m", "responseId": "r1"}
        if number == len(parts):
            candidate["finishReason"] = "STOP"
            data["usageMetadata"] = {
                "promptTokenCount": READ,
                "candidatesTokenCount": WRITTEN,
                "totalTokenCount": READ + WRITTEN,
            }
        yield f"data: {json.dumps(data)}\r\n\r\n"


def _frames(path: str, reply: Reply) -> Iterator[str]:
    if path.endswith("/chat/completions"):
        return openai_frames(reply)
    return anthropic_frames(reply) if "/messages" in path else google_frames(reply)


def _error_frame(path: str) -> str:
    """What a provider says when it fails half way."""
    error = {"type": "overloaded_error", "message": "Overloaded", "code": 503, "status": "UNAVAILABLE"}
    event = "event: error\n" if "/messages" in path else ""
    return f"{event}data: {json.dumps({'type': 'error', 'error': error})}\n\n"


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one class
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            endpoint.keys += [
                self.headers[name].removeprefix("Bearer ") for name in KEY_HEADERS if name in self.headers
            ]
            endpoint.asked.append({"path": self.path, **json.loads(self.rfile.read(size))})
            reply = endpoint.next()
            time.sleep(reply.wait_seconds)
            try:
                self._answer(reply)
            except OSError:
                self.close_connection = True  # who asked has gone
                endpoint.left += 1

        def _answer(self, reply: Reply) -> None:
            self.close_connection = True
            self.send_response(reply.status)
            for name, text in reply.headers.items():
                self.send_header(name, text)
            self.send_header("Connection", "close")
            is_error = reply.status >= 400
            self.send_header("Content-Type", "application/json" if is_error else "text/event-stream")
            self.end_headers()
            if is_error or reply.body is not None:
                self.wfile.write(reply.body or b'{"error": {"message": "no", "type": "error", "code": "x"}}')
            else:
                self._stream(reply)

        def _stream(self, reply: Reply) -> None:
            for number, frame in enumerate(_frames(self.path, reply)):
                if number == reply.error_after:
                    self._write(_error_frame(self.path))
                    return
                if number == reply.cut_after:
                    self._write(frame[: len(frame) // 2] if reply.cuts_within else "")
                    time.sleep(reply.silent_seconds)
                    return
                self._write(frame)
                time.sleep(reply.pause_seconds)

        def _write(self, text: str) -> None:
            self.wfile.write(text.encode())
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
            """Say nothing."""

    return Handler


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that has nothing to answer yet."""
    found = Endpoint()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()
