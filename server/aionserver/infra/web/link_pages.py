"""Where the links of letters lead: a small page that sends the link's token to the API when its button is pressed.

Opening a link changes nothing, for programs that look through letters open links too.
"""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

ASSETS = Path(__file__).parents[1] / "web_assets" / "links"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
router = APIRouter(include_in_schema=False)


@router.get("/verify-email")
@router.get("/confirm-email")
@router.get("/reset-password")
@router.get("/accept-invitation")
async def page() -> FileResponse:
    """The page; its script knows by its path what it is for."""
    return FileResponse(ASSETS / "page.html", headers=HEADERS)


@router.get("/links/style.css")
async def style() -> FileResponse:
    """How the page looks."""
    return FileResponse(ASSETS / "style.css", headers=HEADERS)


@router.get("/links/script.js")
async def script() -> FileResponse:
    """What the page does."""
    return FileResponse(ASSETS / "script.js", headers=HEADERS)
