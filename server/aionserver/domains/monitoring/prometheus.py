"""The figures of all processes, and of the queue, as Prometheus reads them."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, get_args

import structlog

from aionserver import __version__
from aionserver.domains.monitoring import queries
from aionserver.infra.figures import BOUNDS_SECONDS, IN_PROGRESS, MEMORY, PROCESSES, Series
from aionserver.infra.job_queue import Queue as QueueName
from aionserver.infra.job_telemetry import OUTCOMES
from aionserver.infra.job_telemetry import SECONDS as JOB_SECONDS
from aionserver.infra.monitor import CPU, MODEL_LOADING
from aionserver.infra.scope import Infra
from aionserver.infra.web.requests import RATE_LIMITED, RECEIVED, REQUESTS
from aionserver.infra.web.requests import SECONDS as REQUEST_SECONDS

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

log = structlog.get_logger(__name__)
PREFIX = "aionvision_"
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
QUEUE_SECONDS = 2.0
UP = "Whether the database answers."
LONGEST_SECONDS = 2.0


@dataclass(frozen=True)
class Family:
    """Series of one name: what they count, and what their labels are."""

    kind: str
    help: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A gauge as it stands, by the values of its labels."""

    name: str
    help: str
    labels: tuple[str, ...]
    values: Mapping[tuple[str, ...], float]


FAMILIES: Mapping[str, Family] = {
    REQUESTS: Family("counter", "Requests answered.", ("operation", "method", "status")),
    REQUEST_SECONDS: Family("histogram", "Seconds from a request to the end of its answer.", ("operation",)),
    IN_PROGRESS: Family("gauge", "Requests being answered."),
    RECEIVED: Family("counter", "Bytes of requests' bodies that were received.", ("operation",)),
    RATE_LIMITED: Family("counter", "Requests answered 429.", ("operation",)),
    OUTCOMES: Family("counter", "Jobs done: succeeded, retried, failed for good, or interrupted.", ("job", "outcome")),
    JOB_SECONDS: Family("histogram", "Seconds that a try of a job took.", ("job",)),
    MODEL_LOADING: Family("histogram", "Seconds that loading a process's networks took.", ("process",)),
    CPU: Family("counter", "Seconds of processor time, without the children that parse files.", ("process",)),
    MEMORY: Family("gauge", "Resident memory of the living processes, in bytes.", ("process",)),
    PROCESSES: Family("gauge", "Living processes of this data folder.", ("process",)),
}


async def exposition(infra: Infra) -> bytes:
    """The text of one scrape."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.metrics_core import GaugeMetricFamily

    everyone, readings = await asyncio.gather(infra.monitor.everyone(), _readings(infra))

    class Collected:
        def collect(self) -> "Iterator[Metric]":
            yield from _families(everyone.series)
            for one in readings:
                family = GaugeMetricFamily(PREFIX + one.name, one.help, labels=one.labels)
                for key, value in one.values.items():
                    family.add_metric([*key], value)
                yield family

    registry = CollectorRegistry()
    registry.register(Collected())  # pyright: ignore[reportArgumentType]  a collector is what collects
    return generate_latest(registry)


def _families(series: Series) -> "Iterator[Metric]":
    """Every known family with its series; what another version counted in another form is left out."""
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    for name, family in FAMILIES.items():
        fitting = {
            key[1:]: values
            for key, values in series.items()
            if key[0] == name and len(key) == 1 + len(family.labels) and len(values) == _width(family)
        }
        if family.kind == "histogram":
            histogram = HistogramMetricFamily(PREFIX + name, family.help, labels=family.labels)
            for key, values in fitting.items():
                histogram.add_metric([*key], _buckets(values[1:]), values[0])
            yield histogram
            continue
        kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
        simple = kind(PREFIX + name, family.help, labels=family.labels)
        for key, values in fitting.items():
            simple.add_metric([*key], values[0])
        yield simple


def _width(family: Family) -> int:
    return len(BOUNDS_SECONDS) + 2 if family.kind == "histogram" else 1


def _buckets(counts: list[float]) -> list[tuple[str, float]]:
    """Bounds, and how many fell under each: Prometheus' buckets hold those of the smaller ones too."""
    bounds = [*(str(bound) for bound in BOUNDS_SECONDS), "+Inf"]
    return list(zip(bounds, accumulate(counts), strict=True))


async def _readings(infra: Infra) -> list[Reading]:
    """What stands now: queue and workers by the database, and what is free of the disks."""
    disks = Reading("disk_free_bytes", "Free bytes of the disk.", ("place",), await asyncio.to_thread(_disks, infra))
    about = Reading("build_info", "Version of the server.", ("version",), {(__version__,): 1})
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            queue, workers = await infra.monitor.recent("queue", QUEUE_SECONDS, lambda: _asked(infra))
    except Exception as error:  # noqa: BLE001  what can be told is told, whatever ails the database
        log.warning("queue_not_read", error=type(error).__name__)
        return [about, disks, Reading("database_up", UP, (), {(): 0})]
    jobs = {(name, state): value for name, one in queue.items() for state, value in _states(one)}
    return [
        about,
        disks,
        Reading("database_up", UP, (), {(): 1}),
        Reading("queue_jobs", "Jobs that wait, are in hand, or have failed.", ("queue", "state"), jobs),
        Reading(
            "queue_oldest_seconds",
            "Seconds since the oldest waiting job was written.",
            ("queue",),
            {(name,): one.oldest_seconds for name, one in queue.items()},
        ),
        Reading("workers_alive", "Worker processes that give signs of life.", (), {(): workers.alive}),
    ]


async def _asked(infra: Infra) -> tuple[dict[str, queries.Queue], queries.Workers]:
    found = await queries.queues(infra)
    return {name: found.get(name, queries.Queue()) for name in get_args(QueueName)}, await queries.workers(infra)


def _states(queue: queries.Queue) -> list[tuple[str, float]]:
    return [("waiting", queue.waiting), ("running", queue.running), ("failed", queue.failed)]


def _disks(infra: Infra) -> dict[tuple[str, ...], float]:
    places = {"data": infra.settings.root, "objects": infra.storage.local}
    return {(name,): shutil.disk_usage(folder).free for name, folder in places.items() if folder and folder.is_dir()}
