"""A web server on the loopback whose pages a test writes: each path answers what it is told to."""

import gzip
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """What a path answers. `drip_seconds` passes before each further byte of the body."""

    body: bytes = b""
    content_type: str = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    drip_seconds: float = 0


@dataclass
class Website:
    """A site's pages by path, and what it was asked for."""

    port: int = 0
    pages: dict[str, Answer] = field(default_factory=dict[str, Answer])
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}{path}"

    def put(self, path: str, body: bytes | str = b"", content_type: str = HTML, **options: Any) -> str:
        """Have a path answer; its address."""
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = Answer(data, content_type, **options)
        return self.url(path)

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        """Have a path lead on to somewhere; its address."""
        return self.put(path, status=status, headers={"Location": to})

    def bomb(self, path: str, size_bytes: int, content_type: str = HTML) -> str:
        """Have a path answer few bytes that unpack to many; its address."""
        packed = gzip.compress(bytes(size_bytes))
        return self.put(path, packed, content_type, headers={"Content-Encoding": "gzip"})


def page(title: str = "A page", head: str = "", body: str = "", language: str = "en") -> str:
    """A page's HTML."""
    return f'<!doctype html><html lang="{language}"><head><title>{title}</title>{head}</head><body>{body}</body></html>'


def _handler(site: Website) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.path, {name.lower(): text for name, text in self.headers.items()}))
            answer = site.pages.get(self.path, Answer(b"Not here", status=404))
            self.send_response(answer.status)
            if answer.content_type:
                self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            for name, text in answer.headers.items():
                self.send_header(name, text)
            self.end_headers()
            try:
                self._send(answer)
            except OSError:
                self.close_connection = True  # who asked has gone

        def _send(self, answer: Answer) -> None:
            if not answer.drip_seconds:
                self.wfile.write(answer.body)
                return
            for number in range(len(answer.body)):
                self.wfile.write(answer.body[number : number + 1])
                self.wfile.flush()
                time.sleep(answer.drip_seconds)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
            """Say nothing."""

    return Handler


@contextmanager
def serving_pages() -> Generator[Website]:
    """A site of no pages, until leaving."""
    site = Website()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    server.daemon_threads = True
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def website() -> Iterator[Website]:
    """A site of no pages."""
    with serving_pages() as site:
        yield site
