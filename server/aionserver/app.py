"""The API process: routes over one Infra."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute

from aionserver import __version__, wiring
from aionserver.infra.building import build_infra
from aionserver.infra.monitor import Monitor
from aionserver.infra.sandbox import Sandbox
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings
from aionserver.infra.web import health, reference
from aionserver.infra.web.access import state_access
from aionserver.infra.web.compression import CompressionMiddleware
from aionserver.infra.web.faults import ErrorBody, add_error_handlers
from aionserver.infra.web.request_counts import RequestCounts
from aionserver.infra.web.requests import RequestMiddleware
from aionserver.infra.web.slots import UploadSlots
from aionserver.models.loading import load_query_models

log = structlog.get_logger(__name__)
DESCRIPTION = "Upload images and find them by what they show. Authenticate with `Authorization: Bearer aion_…`."
ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorBody, "description": "The request can't be done as it stands."},
    "5XX": {"model": ErrorBody, "description": "The server can't do it now."},
}


def operation_id(route: APIRoute) -> str:
    """The resource and the function's name, such as `user_files_list_files`."""
    resource = str(route.tags[0]).lower().replace(" ", "_") if route.tags else "root"
    return f"{resource}_{route.name}"


def describe_app(monitor: Monitor | None = None) -> FastAPI:
    """The application without anything behind it: enough for its OpenAPI document."""
    app = FastAPI(
        title="Aionvision",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        responses=ERRORS,
        # Spans are ours: they go on in jobs, and say nothing of what was sent.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    for router in (*wiring.ROUTERS, health.router, reference.router):
        app.include_router(router)
    app.mount("/docs/assets", reference.reference_assets())
    app.state.authenticators = {prefix: make() for prefix, make in wiring.AUTHENTICATORS.items()}
    app.state.request_counts = RequestCounts(wiring.SAVE_REQUEST_COUNTS)
    state_access(app)
    add_error_handlers(app)
    app.add_middleware(CompressionMiddleware)
    app.add_middleware(RequestMiddleware, monitor=monitor or Monitor())
    return app


def _load(infra: Infra) -> None:
    started = time.perf_counter()
    try:
        load_query_models(infra.models, infra.settings)
    except Exception as error:
        infra.monitor.model_fault = str(error) or type(error).__name__
        log.exception("models_not_loaded")  # searches answer 503 and everything else works
        raise
    infra.monitor.loaded(infra.models, time.perf_counter() - started)


def create_app(settings: Settings, prepare: Callable[[Infra], None] | None = None) -> FastAPI:
    """The application over its Infra; `prepare` may change the Infra before it serves."""
    monitor = Monitor()
    app = describe_app(monitor)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        infra = build_infra(settings, wiring.SUBSCRIPTIONS, wiring.STEPS, wiring.TOOLS)
        infra.monitor = monitor
        # Its child starts with the first request that needs one.
        infra.sandbox = Sandbox(memory_bytes=settings.parser_memory_bytes, preload=["aionserver.kit.pictures"])
        monitor.open(settings, "api")
        infra.thinker.submit(_load, infra)
        if prepare:
            prepare(infra)
        app.state.infra = infra
        try:
            async with app.state.request_counts.flushed(infra):
                yield
        finally:
            await app.state.conversations.close()
            await infra.close()
            await monitor.close()

    app.state.upload_slots = UploadSlots(settings.max_concurrent_uploads)
    app.state.conversations = wiring.CONVERSATIONS(settings.max_concurrent_streams)
    app.router.lifespan_context = lifespan
    return app
