"""Compression of answers of 1 KiB and more, where the client takes it."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from aionserver.infra.web.objects import PATH

LEAST_BYTES = 1024
# What answers with bytes of objects, of which most are pictures.
OF_OBJECTS = (PATH, "/api/v2/user-files/archive")


class CompressionMiddleware:
    """Compresses everything but objects: pictures don't shrink, and byte ranges are of the bytes as stored."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._compressed = GZipMiddleware(app, minimum_size=LEAST_BYTES, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        is_object = scope["type"] == "http" and scope["path"].startswith(OF_OBJECTS)
        await (self._plain if is_object else self._compressed)(scope, receive, send)
