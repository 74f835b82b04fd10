"""Correlation ids, and OpenTelemetry where it is installed."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Optional

from ._version import __version__

__all__ = ["configure_tracing", "is_tracing_available", "set_correlation_id"]

correlation_id_var: ContextVar[Optional[str]] = ContextVar("correlation_id", default=None)
request_id_var: ContextVar[Optional[str]] = ContextVar("request_id", default=None)

_configured_provider: list[Any] = []


@lru_cache(maxsize=None)
def is_tracing_available() -> bool:
    """Whether the OpenTelemetry API is installed."""
    try:
        return importlib.util.find_spec("opentelemetry.trace") is not None
    except ImportError:
        return False


def configure_tracing(
    *,
    service_name: str = "aionvision-sdk",
    service_version: Optional[str] = None,
    endpoint: Optional[str] = None,
    tracer_provider: Optional[Any] = None,
) -> bool:
    """Whether spans are now recorded: by `tracer_provider`, or by a new one that exports to an OTLP `endpoint`."""
    if not is_tracing_available():
        return False
    try:
        provider = tracer_provider or _build_provider(service_name, service_version or __version__, endpoint)
    except ImportError:
        return False
    _configured_provider[:] = [provider]
    return True


def _build_provider(service_name: str, service_version: str, endpoint: Optional[str]) -> Any:
    resources = importlib.import_module("opentelemetry.sdk.resources")
    sdk = importlib.import_module("opentelemetry.sdk.trace")
    about = {"service.name": service_name, "service.version": service_version}
    provider = sdk.TracerProvider(resource=resources.Resource.create(about))
    if endpoint:
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter(endpoint=endpoint)))
    return provider


def set_correlation_id(correlation_id: str) -> None:
    """Requests of this task or thread carry this X-Correlation-ID from now on: 1 to 128 printable characters."""
    if not (0 < len(correlation_id) <= 128 and correlation_id.isascii() and correlation_id.isprintable()):
        raise ValueError("correlation_id must be 1 to 128 printable ASCII characters")
    correlation_id_var.set(correlation_id)


def trace_headers() -> dict[str, str]:
    """W3C traceparent and tracestate of the current span; empty without OpenTelemetry."""
    carrier: dict[str, str] = {}
    if is_tracing_available():
        importlib.import_module("opentelemetry.propagate").inject(carrier)
    return carrier


@contextmanager
def request_span(name: str, tracer_name: Optional[str]) -> Generator[Optional[Any], None, None]:
    """The span around one call, retries included; None where tracing is off, which no name stands for."""
    if tracer_name is None or not is_tracing_available():
        yield None
        return
    trace = importlib.import_module("opentelemetry.trace")
    provider = _configured_provider[0] if _configured_provider else trace.get_tracer_provider()
    tracer = provider.get_tracer(tracer_name, __version__)
    with tracer.start_as_current_span(name, kind=trace.SpanKind.CLIENT) as span:
        yield span
