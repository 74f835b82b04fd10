"""What is noted of every job: how it ended, how long it took, and its span."""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, nullcontext

from aionserver.infra.errors import AionError
from aionserver.infra.monitor import Monitor
from aionserver.infra.tracing import fail

OUTCOMES = "jobs"
SECONDS = "job_duration_seconds"


@contextmanager
def observed(monitor: Monitor, name: str, carrier: Mapping[str, str], *, is_last: bool) -> Generator[None]:
    """Note the job done within; what it raises goes on."""
    started, outcome = time.perf_counter(), "interrupted"
    with monitor.tracer.span(name, "CONSUMER", carrier) if monitor.tracer else nullcontext() as span:
        try:
            yield
            outcome = "succeeded"
        except Exception as error:
            is_final = is_last or (isinstance(error, AionError) and not error.retryable)
            outcome = "failed" if is_final else "retried"
            if span is not None:
                fail(span, error.code if isinstance(error, AionError) else type(error).__name__)
            raise
        finally:
            monitor.figures.add((OUTCOMES, name, outcome))
            monitor.figures.time((SECONDS, name), time.perf_counter() - started)
