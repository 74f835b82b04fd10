"""What happens to every request: an id, a log line, rate limit headers, and an answer even for unforeseen faults."""

import re
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aionserver.infra.web.bodies import BodyLimit
from aionserver.infra.web.faults import error_response
from aionserver.kit.ids import new_id

log = structlog.get_logger("aionserver.requests")
# What proxies log for it; nobody is there to be answered.
CLIENT_WENT_AWAY = 499
_ACCEPTED_ID = re.compile(r"[\x21-\x7e]{1,128}")


class RequestMiddleware:
    """Gives each request an id, echoes it, bounds its body, and turns an escaped exception into the one error body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one HTTP request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        sent = request.headers.get("X-Request-ID", "")
        request_id = sent if _ACCEPTED_ID.fullmatch(sent) else str(new_id())
        request.state.request_id = request_id
        request.state.headers = {}
        request.state.body_limit = BodyLimit(receive)
        started, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in request.state.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, request.state.body_limit, send_with_headers)
            except ClientDisconnect:
                status = CLIENT_WENT_AWAY
            except Exception:
                log.exception("request_crashed", method=scope["method"], path=scope["path"])
                if status:
                    raise
                answer = error_response(request, 500, "INTERNAL_ERROR", "Something went wrong on our side.")
                await answer(scope, receive, send_with_headers)
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )
