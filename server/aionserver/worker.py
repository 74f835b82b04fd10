"""The worker process: jobs over one Infra, with every neural network loaded."""

import asyncio
import signal
import time

import structlog

from aionserver import wiring
from aionserver.infra.building import build_infra
from aionserver.infra.job_worker import register, serve_jobs
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings
from aionserver.models.loading import load_worker_models

log = structlog.get_logger(__name__)


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Do jobs until `stop` is set. Networks load while the queue is being opened; the first job waits for them."""
    infra = build_infra(settings, wiring.SUBSCRIPTIONS, wiring.STEPS, wiring.TOOLS)
    # One child for a picture and one for a document; each starts when it is needed.
    infra.sandbox = Sandbox(
        processes=2,
        memory_bytes=settings.parser_memory_bytes,
        preload=["aionserver.kit.pictures", "aionserver.kit.documents.pdf_covers"],
    )
    register(infra.jobs.app, infra, wiring.JOBS)
    infra.monitor.open(settings, "worker")
    try:
        async with infra.jobs.app.open_async():
            await infra.think(_load, infra)
            log.info("worker_ready")
            await serve_jobs(infra, stop)
    finally:
        await infra.close()
        await infra.monitor.close()


def _load(infra: Infra) -> None:
    started = time.perf_counter()
    load_worker_models(infra.models, infra.settings)
    infra.monitor.loaded(infra.models, time.perf_counter() - started)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await serve(settings, stop)

    asyncio.run(main())
