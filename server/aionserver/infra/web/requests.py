"""What happens to every request: an id, a log line, figures, a span, and an answer even for unforeseen faults."""

import re
import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aionserver.infra.actors import Actor
from aionserver.infra.figures import IN_PROGRESS
from aionserver.infra.monitor import Monitor
from aionserver.infra.tracing import fail
from aionserver.infra.web.bodies import BodyLimit
from aionserver.infra.web.faults import error_response
from aionserver.kit.ids import new_id

log = structlog.get_logger("aionserver.requests")
# What proxies log for it; nobody is there to be answered.
CLIENT_WENT_AWAY = 499
TOO_MANY_REQUESTS = 429
REQUESTS, SECONDS, RECEIVED, RATE_LIMITED = "requests", "request_duration_seconds", "request_body_bytes", "rate_limited"
_BEGUN = (IN_PROGRESS,)
_CLASSES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Asked every few seconds by programs that watch: never traced, and while all is well nobody wants to read of it.
_WATCHING = ("/health", "/metrics", "/api/v2/health/", "/api/v2/database/")
_ACCEPTED_ID = re.compile(r"[\x21-\x7e]{1,128}")
_NOTHING: Mapping[str, Any] = {}


class Exchange:
    """One request, and what becomes of it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.request = Request(scope)
        sent = self.request.headers.get("X-Request-ID", "")
        self.request_id = sent if _ACCEPTED_ID.fullmatch(sent) else str(new_id())
        self.body = BodyLimit(receive)
        self.status = 0
        self.fault = ""
        self._send = send
        state = self.request.state
        state.request_id, state.headers, state.body_limit = self.request_id, {}, self.body
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.perf_counter() - self._started

    async def send(self, message: Message) -> None:
        """Hand the answer on, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.request_id
            for name, value in self.request.state.headers.items():
                headers.setdefault(name, value)
        await self._send(message)

    async def be_answered(self, app: ASGIApp) -> None:
        """Whatever the application raises, an answer is sent, unless one was begun."""
        try:
            await app(self.scope, self.body, self.send)
        except ClientDisconnect:
            self.status = CLIENT_WENT_AWAY
        except Exception as error:
            self.fault = type(error).__name__
            log.exception("request_crashed", method=self.scope["method"], path=self.scope["path"])
            if self.status:
                raise
            answer = error_response(self.request, 500, "INTERNAL_ERROR", "Something went wrong on our side.")
            await answer(self.scope, self.body, self.send)


class RequestMiddleware:
    """Gives each request an id, echoes it, bounds its body, notes it, and makes a fault of an escaped exception."""

    def __init__(self, app: ASGIApp, monitor: Monitor) -> None:
        self.app, self._monitor = app, monitor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one HTTP request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange, figures = Exchange(scope, receive, send), self._monitor.figures
        figures.add(_BEGUN, 1)
        try:
            with structlog.contextvars.bound_contextvars(request_id=exchange.request_id):
                await self._traced(exchange)
        finally:
            figures.add(_BEGUN, -1)

    async def _traced(self, exchange: Exchange) -> None:
        scope = exchange.scope
        tracer = None if scope["path"].startswith(_WATCHING) else self._monitor.tracer
        carrier = Headers(scope=scope) if tracer else _NOTHING
        with tracer.span(scope["method"], "SERVER", carrier) if tracer else nullcontext() as span:
            try:
                await exchange.be_answered(self.app)
            finally:
                operation = operation_name(scope)
                self._count(exchange, operation)
                scope["app"].state.request_counts.count(scope, exchange.status, exchange.seconds, time.time())
                _tell(exchange, operation)
                if span is not None:
                    span.update_name(operation)
                    span.set_attributes(_attributes(exchange))
                    if exchange.status >= 500 or exchange.fault:
                        fail(span, exchange.fault or str(exchange.status))

    def _count(self, exchange: Exchange, operation: str) -> None:
        figures, status, method = self._monitor.figures, exchange.status, exchange.scope["method"]
        method = method if method in _METHODS else "OTHER"
        figures.add((REQUESTS, operation, method, _CLASSES[status // 100]))
        figures.time((SECONDS, operation), exchange.seconds)
        if exchange.body.seen_bytes:
            figures.add((RECEIVED, operation), exchange.body.seen_bytes)
        if status == TOO_MANY_REQUESTS:
            figures.add((RATE_LIMITED, operation))


def operation_name(scope: Scope) -> str:
    """The route's resource and name, as in the audit log; `none` where no route was found: never the path."""
    route = scope.get("route")
    if route is None:
        return "none"
    tags = getattr(route, "tags", None) or ["root"]
    return f"{str(tags[0]).lower().replace(' ', '_')}.{getattr(route, 'name', 'unknown')}"


def _attributes(exchange: Exchange) -> dict[str, Any]:
    """What a span says of a request: nothing that a caller wrote."""
    route = getattr(exchange.scope.get("route"), "path", "")
    return {
        "http.request.method": exchange.scope["method"] if exchange.scope["method"] in _METHODS else "_OTHER",
        "http.route": route,
        "http.response.status_code": exchange.status,
        "aionvision.request_id": exchange.request_id,
    }


def _tell(exchange: Exchange, operation: str) -> None:
    """The request's line in the log: never a query, for it may hold a signature, and never a credential."""
    scope = exchange.scope
    is_quiet = exchange.status < 400 and scope["path"].startswith(_WATCHING)
    (log.debug if is_quiet else log.info)(
        "request",
        method=scope["method"],
        path=scope["path"],
        operation=operation,
        status=exchange.status,
        milliseconds=round(exchange.seconds * 1000, 1),
        **_who(scope),
    )


def _who(scope: Scope) -> dict[str, str]:
    """The caller, where it is known."""
    actor = scope.get("state", _NOTHING).get("actor")
    if not isinstance(actor, Actor):
        return {}
    who = f"key:{actor.key_id}" if actor.key_id else f"user:{actor.user_id}" if actor.user_id else ""
    return {"tenant_id": str(actor.tenant_id), "actor": who}
