"""One trace leads from a program's call through the API to the job that was done for it; a collector really gets it."""

import gzip
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from aion import InsecureTransportWarning, SyncAionVision, configure_tracing
from plugins.product import photo
from plugins.served import Served, serving

PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class SpanSeen:
    """A span as the collector got it."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str]


class Collector:
    """An OTLP/HTTP collector that keeps what it gets."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[SpanSeen] = []

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        for resource in request.resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                    known = {one.key: str(one.value) for one in span.attributes}
                    self.spans.append(SpanSeen(names["service.name"], span.name, *ids, known))

    def wait_for(self, name: str) -> SpanSeen:
        """The first span of the name."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = [span for span in self.spans if span.name == name]
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"{name} is not among {[span.name for span in self.spans]}")


@contextmanager
def collecting() -> Generator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            found.take(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


def client_of(served: Served, **options: bool) -> SyncAionVision:
    with pytest.warns(InsecureTransportWarning):
        return SyncAionVision(served.key, base_url=served.api, polling_interval=0.1, **options)


def test_a_call_its_request_and_its_job_are_one_trace(collector: Collector, tmp_path: Path) -> None:
    settings = {
        "AIONVISION_OTLP_ENDPOINT": collector.url,
        "AIONVISION_TELEMETRY_SERVICE_NAME": "vision-under-test",
        "AIONVISION_LOG_FORMAT": "json",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    picture = tmp_path / "photo.jpg"
    picture.write_bytes(photo())
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=f"{collector.url}/v1/traces")))
    assert configure_tracing(tracer_provider=provider)
    with serving(tmp_path, **settings) as served:
        with client_of(served, enable_tracing=True) as client:
            client.upload_one(picture)
        job = collector.wait_for("files.process")
    provider.shutdown()
    spans = {span.span_id: span for span in collector.spans}
    request = spans[job.parent_id]
    call = spans[request.parent_id]
    assert request.name == "user_files.upload_stream"
    assert request.service == job.service == "vision-under-test"
    assert call.service != request.service
    assert {span.trace_id for span in (call, request, job)} == {call.trace_id}
    log = (tmp_path / "log").read_text()
    line = next(line for line in log.splitlines() if '"operation": "user_files.upload_stream"' in line)
    assert request.trace_id in line and request.span_id in line
    lines = [line for line in log.splitlines() if line.startswith("{")]
    assert served.key not in "".join(lines) and served.key not in str(collector.spans)


def test_the_server_ends_in_time_when_its_collector_does_not_answer(tmp_path: Path) -> None:
    settings = {"AIONVISION_OTLP_ENDPOINT": "http://127.0.0.1:9", "AIONVISION_MODELS": "deterministic"}
    with serving(tmp_path, **settings) as served, client_of(served) as client:
        client.files.list()
    assert served.process.returncode == 0
