"""Every refusal of access goes to the audit log, in a transaction of its own."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import structlog
from fastapi import Request
from fastapi.security import HTTPAuthorizationCredentials

from aionserver.infra.actors import Actor
from aionserver.infra.auditing import Audited
from aionserver.infra.errors import AionError, NotAllowed, NotAuthenticated, RateLimited
from aionserver.infra.web.credentials import SESSION_COOKIE, CrossSiteRequest
from aionserver.infra.web.door import actor_of, context_of, infra_of, operation_of

log = structlog.get_logger(__name__)
RECORDED_EACH = 10
MOST_REMEMBERED = 10_000


@dataclass
class Repetitions:
    """How often in the running minute this process refused the same to the same credential.

    A key that was revoked may come back without end; the log, from which nothing is deleted, must not fill by it.
    """

    minute: int = 0
    counts: Counter[Any] = field(default_factory=Counter[Any])

    def count(self, refused: Actor, event: str, operation: str, seconds: float) -> int:
        """Which refusal of its kind this is in its minute, from 1."""
        minute = int(seconds // 60)
        if minute != self.minute or len(self.counts) >= MOST_REMEMBERED:
            self.minute = minute
            self.counts.clear()
        mark = (refused.tenant_id, refused.user_id, refused.key_id, refused.session_id, event, operation)
        self.counts[mark] += 1
        return self.counts[mark]


def is_recorded(times: int) -> bool:
    """Whether the refusal of this number has an entry: the first ten, then those whose number is a power of two."""
    return times <= RECORDED_EACH or times & (times - 1) == 0


async def note_refusal(request: Request, error: AionError) -> None:
    """Record a refusal where it is known who was refused; what fails here changes nothing of the answer."""
    event, actor = _event_of(error), await _refused(request, error)
    if event is None or actor is None:
        return
    infra, operation = infra_of(request), operation_of(request)
    known: Repetitions = request.app.state.repetitions
    times = known.count(actor, event, operation, infra.clock().timestamp())
    if not is_recorded(times):
        return
    try:
        async with infra.open_scope(actor, context_of(request, may_change=False)) as scope:
            await scope.publish(_audited(request, error, event, times))
    except Exception:
        log.exception("refusal_not_recorded", code=error.code)


def _audited(request: Request, error: AionError, event: str, times: int) -> Audited:
    repeated = {"times_this_minute": times} if times > RECORDED_EACH else {}
    return Audited(
        event,
        operation_of(request),
        severity="warning",
        result="denied",
        resource_id=next(iter(request.path_params.values()), None),
        error_message=error.message,
        details={"code": error.code, "method": request.method, "path": _path_of(request), **repeated},
    )


def _path_of(request: Request) -> str:
    """The path's template: what stands in its place may be long, or say more than a log should."""
    return getattr(request.scope.get("route"), "path", "")


def _event_of(error: AionError) -> str | None:
    if isinstance(error, NotAuthenticated):
        if "API_KEY" in error.code:
            return "api_key.failed"
        return "security.invalid_token" if "SESSION" in error.code else "auth.login_failed"
    if isinstance(error, CrossSiteRequest):
        return "security.suspicious_activity"
    if isinstance(error, NotAllowed):
        return "permission.denied"
    # Its subclasses say that the server is busy, which is not the caller's doing.
    return "security.rate_limit_exceeded" if type(error) is RateLimited else None


async def _refused(request: Request, error: AionError) -> Actor | None:
    """Who was refused: the actor, or whose key or session it was that does not let in."""
    if isinstance(error, CrossSiteRequest):
        return await _behind_cookie(request)
    return getattr(error, "actor", None) or getattr(request.state, "actor", None)


async def _behind_cookie(request: Request) -> Actor | None:
    """Whose session's cookie another site had sent."""
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    try:
        return await actor_of(request, HTTPAuthorizationCredentials(scheme="Bearer", credentials=token))
    except AionError:
        return None
