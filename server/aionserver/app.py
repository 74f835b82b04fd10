"""The API process: routes over one Infra."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute

from aionserver import __version__, wiring
from aionserver.infra.building import build_infra
from aionserver.infra.scope import Infra
from aionserver.infra.settings import Settings
from aionserver.infra.web import health, reference
from aionserver.infra.web.compression import CompressionMiddleware
from aionserver.infra.web.faults import ErrorBody, add_error_handlers
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


def describe_app() -> FastAPI:
    """The application without anything behind it: enough for its OpenAPI document."""
    app = FastAPI(
        title="Aionvision",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        responses=ERRORS,
    )
    for router in (*wiring.ROUTERS, health.router, reference.router):
        app.include_router(router)
    app.mount("/docs/assets", reference.reference_assets())
    app.state.authenticate = wiring.AUTHENTICATE()
    add_error_handlers(app)
    app.add_middleware(CompressionMiddleware)
    app.add_middleware(RequestMiddleware)
    return app


def _load(infra: Infra) -> None:
    try:
        load_query_models(infra.models, infra.settings)
    except Exception:
        log.exception("models_not_loaded")  # searches answer 503 and everything else works
        raise


def create_app(settings: Settings, prepare: Callable[[Infra], None] | None = None) -> FastAPI:
    """The application over its Infra; `prepare` may change the Infra before it serves."""
    app = describe_app()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        infra = build_infra(settings, wiring.SUBSCRIPTIONS, wiring.STEPS)
        infra.thinker.submit(_load, infra)
        if prepare:
            prepare(infra)
        app.state.infra = infra
        try:
            yield
        finally:
            await infra.close()

    app.state.upload_slots = UploadSlots(settings.max_concurrent_uploads)
    app.router.lifespan_context = lifespan
    return app
