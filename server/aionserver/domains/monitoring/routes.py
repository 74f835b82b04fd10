"""How the server fares, over HTTP: for administrators, and for Prometheus."""

import hmac
from ipaddress import ip_address
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse

from aionserver.domains.monitoring import prometheus, service
from aionserver.domains.monitoring.schemas import (
    DatabaseHealth,
    DetailedHealth,
    EmailHealth,
    OutboxHealth,
    PoolHealth,
    PoolStatistics,
    SystemMetrics,
)
from aionserver.infra.errors import NotAllowed, NotAuthenticated
from aionserver.infra.web.door import AdminCaller, Caller, Token, address_of, infra_of

router = APIRouter()


async def operator(caller: AdminCaller) -> Caller:
    """The caller, when it is an administrator of the organisation that runs the server."""
    await service.require_operator(caller.infra, caller.actor)
    return caller


OperatorCaller = Annotated[Caller, Depends(operator)]
# Where one of these stands, a proxy on this machine asks for somebody elsewhere.
PROXIED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


class MetricsNotAllowed(NotAllowed):
    """The metrics are for this machine only, until a token for them is set."""

    code = "METRICS_NOT_ALLOWED"


@router.get("/api/v2/health/detailed", tags=["Health"])
async def detailed_health(caller: OperatorCaller) -> DetailedHealth:
    """Each part of the server: what it does, and what ails it. Answers 200 whatever it finds."""
    return await service.detailed(caller.infra)


@router.get("/api/v2/health/email", tags=["Health"])
async def email_health(caller: OperatorCaller) -> EmailHealth:
    """Whether the mail server can be reached and knows us."""
    return await service.email(caller.infra)


@router.get("/api/v2/health/outbox", tags=["Health"])
async def outbox_health(caller: OperatorCaller) -> OutboxHealth:
    """How many letters wait to be sent, were sent, and were given up."""
    return await service.outbox(caller.infra)


@router.get("/api/v2/health/metrics", tags=["Health"])
async def system_metrics(caller: OperatorCaller) -> SystemMetrics:
    """What the processes take of the machine, and what they have done."""
    return await service.system_metrics(caller.infra)


@router.get("/api/v2/health/redis-pool", tags=["Health"])
async def redis_pool_health(request: Request) -> PoolHealth:
    """Whether what does the work of a Redis does it: there is none."""
    return await service.redis_pool(infra_of(request))


@router.get("/api/v2/database/health", tags=["Database Monitoring"])
async def database_health(request: Request) -> DatabaseHealth:
    """Whether the database answers, and how fast."""
    return await service.database(infra_of(request))


@router.get("/api/v2/database/pool/stats", tags=["Database Monitoring"])
async def pool_statistics(caller: OperatorCaller) -> PoolStatistics:
    """Connections to the database: those of the process that answers, and all; its version, extensions and tables."""
    return await service.pool_statistics(caller.infra)


@router.get("/metrics", tags=["Health"], response_class=PlainTextResponse)
async def metrics(request: Request, token: Token) -> PlainTextResponse:
    """The figures of all processes in the text format of Prometheus; for who has the token that is set for it."""
    _require_watcher(request, token.credentials if token else None)
    text = await prometheus.exposition(infra_of(request))
    return PlainTextResponse(text, media_type=prometheus.MEDIA_TYPE)


def _require_watcher(request: Request, sent: str | None) -> None:
    """Return for who may read the metrics: with the token where one is set, else from this machine itself."""
    wanted = infra_of(request).settings.metrics_token
    if wanted is not None:
        if not hmac.compare_digest((sent or "").encode(), wanted.get_secret_value().encode()):
            raise NotAuthenticated("Send the metrics token: 'Authorization: Bearer …' with AIONVISION_METRICS_TOKEN.")
    elif not _is_local(request):
        raise MetricsNotAllowed(
            "Metrics are for this machine only: set AIONVISION_METRICS_TOKEN to read them elsewhere."
        )


def _is_local(request: Request) -> bool:
    if any(name in request.headers for name in PROXIED):
        return False
    try:
        return ip_address(address_of(request)).is_loopback
    except ValueError:
        return False
