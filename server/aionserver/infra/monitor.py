"""What a process knows of itself and of its like: its figures, its spans, how late its loop is."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import structlog

from aionserver.infra.clock import utc_now
from aionserver.infra.figure_folder import FigureFolder, Written
from aionserver.infra.figures import MEMORY, PROCESSES, Figures, Key, Series, added
from aionserver.infra.process_figures import resident_bytes
from aionserver.infra.settings import Settings
from aionserver.infra.tracing import Tracer, open_tracer

log = structlog.get_logger(__name__)
Value = TypeVar("Value")
PAUSE_SECONDS = 1.0
# Memory and processor time change always; they alone are written down this often only.
LONGEST_PAUSE_SECONDS = 10.0
LAGS_KEPT = 60
CPU = "process_cpu_seconds"
MODEL_LOADING = "model_load_seconds"
FOLDER = "metrics"


@dataclass(frozen=True)
class Everyone:
    """The living processes of the data folder, and the sums over them and the dead."""

    living: Sequence[Written]
    series: Series


class Monitor:
    """Of one process: `role` is what it is, such as api or worker. Counts from the start; shares once opened."""

    def __init__(self, role: str = "") -> None:
        self.role = role
        self.figures = Figures()
        self.tracer: Tracer | None = None
        self.started_at: datetime = utc_now()
        self._started = time.monotonic()
        self.models: Sequence[str] = ()
        # What went wrong when the networks were loaded; empty while they load or have been.
        self.model_fault = ""
        self.lags_seconds: deque[float] = deque(maxlen=LAGS_KEPT)
        self._folder: FigureFolder | None = None
        # The keeper and who asks write from threads of their own.
        self._writing = threading.Lock()
        self._written: dict[Key, list[float]] = {}
        self._written_at = 0.0
        self._known: dict[str, tuple[float, asyncio.Task[Any]]] = {}
        self._keeping: asyncio.Task[None] | None = None

    def open(self, settings: Settings, role: str) -> None:
        """Share figures in the data folder, and send spans where a collector is set. Needs a running loop."""
        self.role = role
        self.figures.put((PROCESSES, role), 1)
        self.tracer = self.tracer or open_tracer(settings, role)
        try:
            self._folder = FigureFolder(settings.root / FOLDER)
        except OSError as error:
            log.warning("figures_not_shared", error=str(error))
        self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Write down the last figures, and send the last spans."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        if self._folder is not None:
            await asyncio.to_thread(self._write)
            self._folder.close()
            self._folder = None
        if self.tracer is not None:
            await asyncio.to_thread(self.tracer.close)

    def loaded(self, models: Mapping[type, object], seconds: float) -> None:
        """The networks are there, after so many seconds."""
        self.models = [f"{role.__name__}: {type(model).__name__}" for role, model in models.items()]
        self.model_fault = ""
        self.figures.time((MODEL_LOADING, self.role), seconds)

    @property
    def uptime_seconds(self) -> float:
        """How long the process has been at it."""
        return time.monotonic() - self._started

    async def everyone(self) -> Everyone:
        """What all processes of the data folder have counted, this one up to now."""
        return await self.recent("everyone", 0, lambda: asyncio.to_thread(self._everyone))

    async def recent(self, name: str, seconds: float, make: Callable[[], Awaitable[Value]]) -> Value:
        """What `make` gave no longer ago than this; made once for all who ask meanwhile, and whoever gives up."""
        until, task = self._known.get(name, (0.0, None))
        if task is None or (task.done() and (time.monotonic() >= until or task.cancelled() or task.exception())):
            task = asyncio.ensure_future(make())
            self._known[name] = (time.monotonic() + seconds, task)
        return await asyncio.shield(task)

    async def _keep(self) -> None:
        while True:
            due = time.monotonic() + PAUSE_SECONDS
            await asyncio.sleep(PAUSE_SECONDS)
            self.lags_seconds.append(max(0.0, time.monotonic() - due))
            if self.figures.copy() != self._written or time.monotonic() - self._written_at > LONGEST_PAUSE_SECONDS:
                await asyncio.to_thread(self._write)

    def _write(self) -> Series:
        """This process's figures as they stand; also left for the others, where that can be."""
        with self._writing:
            self.figures.put((MEMORY, self.role), resident_bytes())
            self.figures.put((CPU, self.role), time.process_time())
            self._written, self._written_at = self.figures.copy(), time.monotonic()
            try:
                if self._folder is not None:
                    self._folder.write(self._about(), self._written)
            except OSError as error:
                log.warning("figures_not_written", error=str(error))
            return self._written

    def _about(self) -> Mapping[str, Any]:
        return {"role": self.role, "started_at": self.started_at.isoformat(), "models": [*self.models]}

    def _everyone(self) -> Everyone:
        own, (others, past) = Written(self._about(), self._write()), self._others()
        total: dict[Key, list[float]] = {}
        for series in (past, own.series, *(one.series for one in others)):
            added(total, series)
        return Everyone([own, *others], total)

    def _others(self) -> tuple[list[Written], Series]:
        if self._folder is None:
            return [], {}
        try:
            return self._folder.read_all()
        except OSError as error:
            log.warning("figures_not_read", error=str(error))
            return [], {}
