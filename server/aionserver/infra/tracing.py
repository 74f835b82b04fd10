"""Spans of OpenTelemetry: of requests and jobs, sent to an OTLP collector where one is set.

Its SDK is imported only then: without a collector it costs neither time nor memory.
"""

import logging
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal

import structlog

from aionserver import __version__
from aionserver.infra.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

PATH = "/v1/traces"
EXPORT_SECONDS = 5
# The supervisor gives an api process 4 s to end.
LAST_EXPORT_SECONDS = 2.0
# Where jobs written now carry who wanted them: in the form of the W3C's header of this name.
TRACEPARENT = "traceparent"
current_traceparent: ContextVar[str | None] = ContextVar(TRACEPARENT, default=None)
Kind = Literal["SERVER", "CONSUMER"]


class Tracer:
    """Makes spans, each within the one that its carrier (headers, or a job's arguments) names."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("aionserver", __version__)
        self._wire = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, kind: Kind, carrier: Mapping[str, str]) -> "Generator[Span]":
        """A span until leaving, named in log lines meanwhile and carried on by the jobs that are deferred."""
        from opentelemetry.trace import SpanKind

        with self._tracer.start_as_current_span(
            name,
            context=self._wire.extract(carrier),
            kind=SpanKind[kind],
            # What an exception says may be a user's; its kind is in the span's attributes.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            sent: dict[str, str] = {}
            self._wire.inject(sent)
            before = current_traceparent.set(sent.get(TRACEPARENT))
            try:
                with structlog.contextvars.bound_contextvars(**_names(span)):
                    yield span
            finally:
                current_traceparent.reset(before)

    def close(self) -> None:
        """Send what is left, as far as the collector takes it in time."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True, name="last spans")
        last.start()
        last.join(LAST_EXPORT_SECONDS)


def _names(span: "Span") -> dict[str, str]:
    context = span.get_span_context()
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def fail(span: "Span", error_type: str) -> None:
    """Mark the span's work as failed."""
    from opentelemetry.trace import StatusCode

    span.set_attribute("error.type", error_type)
    span.set_status(StatusCode.ERROR)


def open_tracer(settings: Settings, process: str) -> Tracer | None:
    """What sends this process's spans to the collector that is set; None where there is none."""
    if settings.otlp_endpoint is None:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

    names = {"service.name": settings.telemetry_service_name, "service.version": __version__, "process.role": process}
    provider = TracerProvider(
        resource=Resource.create(names),
        sampler=ParentBasedTraceIdRatio(settings.trace_sample_ratio),
        shutdown_on_exit=False,
    )
    # It tells of every try: one line for each batch that was lost is enough.
    logging.getLogger("opentelemetry.exporter").setLevel(logging.ERROR)
    endpoint = settings.otlp_endpoint.rstrip("/").removesuffix(PATH) + PATH
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=EXPORT_SECONDS)))
    return Tracer(provider)
