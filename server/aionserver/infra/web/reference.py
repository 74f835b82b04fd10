"""The interactive API reference; its assets are served from here, so it works without the internet."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

ASSETS = Path(__file__).parents[1] / "web_assets" / "swagger-ui"
router = APIRouter(include_in_schema=False)


@router.get("/")
async def welcome() -> RedirectResponse:
    """Who opens the address in a browser sees the API reference."""
    return RedirectResponse("/docs")


@router.get("/docs")
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
