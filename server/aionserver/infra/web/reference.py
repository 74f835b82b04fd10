"""The interactive API reference; its assets are served from here, so it works without the internet."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

from aionserver import __version__

ASSETS = Path(__file__).parents[1] / "web_assets" / "swagger-ui"
router = APIRouter()


class Welcome(BaseModel):
    """What answers here, and where to go on."""

    service: str = "aionvision"
    version: str = __version__
    api: str = "/api/v2"
    documentation: str = "/docs"
    openapi: str = "/openapi.json"
    health: str = "/health"


@router.get("/", tags=["Health"], responses={307: {"description": "For browsers: the API reference."}})
async def welcome(request: Request) -> Welcome:
    """What answers here. Who opens the address in a browser is led to the API reference."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/docs")  # pyright: ignore[reportReturnType]  an answer of its own
    return Welcome()


@router.get("/docs", include_in_schema=False)
async def reference() -> HTMLResponse:
    """The API reference."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Aionvision API",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon-32x32.png",
        swagger_ui_parameters={
            "persistAuthorization": True,
            "displayRequestDuration": True,
            "docExpansion": "list",
            "validatorUrl": None,  # the default sends the document to a server elsewhere
        },
    )


def reference_assets() -> StaticFiles:
    """Scripts and styles of the API reference."""
    return StaticFiles(directory=ASSETS)
