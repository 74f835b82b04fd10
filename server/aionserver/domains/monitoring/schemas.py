"""What the monitoring of the server sends."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from aionserver import __version__
from aionserver.infra.pressure import Shortage

Status = Literal["healthy", "degraded", "unhealthy"]
WORST_LAST: tuple[Status, ...] = ("healthy", "degraded", "unhealthy")


class Component(BaseModel):
    """How one part of the server fares: `message` says what is wrong, further fields are its figures."""

    model_config = ConfigDict(extra="allow")

    status: Status = "healthy"
    message: str | None = None


class DetailedHealth(BaseModel):
    """How each part fares; `status` is that of the one that fares worst."""

    status: Status
    service: str = "aionvision"
    version: str = __version__
    checked_at: datetime
    short_of: list[Shortage]
    components: dict[str, Component]


class EmailHealth(BaseModel):
    """Whether e-mail can be sent. Without a mail server (`configured` false) nothing is wrong: nothing is sent."""

    status: Status
    configured: bool
    message: str | None = None


class OutboxHealth(BaseModel):
    """How many letters wait, were sent in the last day, and were given up."""

    status: Status
    configured: bool
    pending: int
    sent_last_day: int
    failed: int
    oldest_pending_seconds: float | None
    message: str | None = None


class Pool(BaseModel):
    """Connections of this api process: at most `size`, and `most_overflow` more under load."""

    size: int
    most_overflow: int
    idle: int
    checked_out: int
    overflow: int
    reads_most: int
    reads_in_use: int
    reads_idle: int


class PoolHealth(BaseModel):
    """There is no Redis: PostgreSQL keeps the queue, the counters of requests and the locks."""

    status: Status
    backend: Literal["postgresql"] = "postgresql"
    message: str


class DatabaseHealth(BaseModel):
    """Whether the database answers. `latency_ms` is None when it did not."""

    status: Status
    message: str | None = None
    latency_ms: float | None = None


class PoolStatistics(BaseModel):
    """The connections of this api process, and all of the database's own; what it is, and its largest tables."""

    status: Status
    pool: Pool
    connections: int | None
    most_connections: int | None
    database: dict[str, Any] = {}
    message: str | None = None


class ProcessFigures(BaseModel):
    """What the api process that answers takes of the machine, and how late its event loop is."""

    role: str
    pid: int
    started_at: datetime
    uptime_seconds: float
    cpu_seconds: float
    resident_bytes: int
    open_files: int | None
    threads: int
    event_loop_lag_seconds: float
    worst_event_loop_lag_seconds: float
    models: list[str]


class RequestFigures(BaseModel):
    """Requests since the data folder's figures began, by class of status."""

    total: int
    in_progress: int
    rate_limited: int
    by_status: dict[str, int]


class JobFigures(BaseModel):
    """Jobs since the data folder's figures began, by outcome."""

    total: int
    by_outcome: dict[str, int]


class SystemMetrics(BaseModel):
    """This process, and the sums over all processes that share its data folder."""

    process: ProcessFigures
    processes: dict[str, int]
    requests: RequestFigures
    jobs: JobFigures
    cpu_seconds: float
    resident_bytes: int
