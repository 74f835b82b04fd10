"""Whether the process lives, and whether it can serve. Asked without a key, so it says no more than that."""

import asyncio
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from aionserver import __version__
from aionserver.infra.errors import Unavailable
from aionserver.infra.pressure import Shortage
from aionserver.infra.schema_version import is_current
from aionserver.infra.scope import Infra
from aionserver.infra.web.door import infra_of

router = APIRouter()
LONGEST_WAIT_SECONDS = 2.0
_REVISION = text("select version_num from alembic_version")
Networks = Literal["loading", "loaded", "failed"]


class Life(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Health(BaseModel):
    """The process can serve. While it is short of something it takes no new content.

    `models` are the networks that search by words: until they are loaded such searches are answered 503.
    """

    status: Literal["healthy"] = "healthy"
    service: str = "aionvision"
    version: str = __version__
    database: Literal["up"] = "up"
    models: Networks
    short_of: list[Shortage] = []


@router.get("/health/live", tags=["Health"])
async def live() -> Life:
    """200 as long as the process runs, whatever else is down: for what restarts processes that hang."""
    return Life()


@router.get("/health", tags=["Health"])
async def health(request: Request) -> Health:
    """200 when the database answers and has the schema that this version needs; 503 otherwise."""
    infra = infra_of(request)
    try:
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            async with infra.engine.connect() as connection:
                revision = await connection.scalar(_REVISION)
            short_of = await infra.pressure.shortages()
    except (SQLAlchemyError, TimeoutError):
        raise Unavailable("The database does not answer.", headers={"Retry-After": "1"}) from None
    if not is_current(revision):
        raise Unavailable("The database has an older schema: run 'aionvision migrate'.", headers={"Retry-After": "5"})
    return Health(models=networks(infra), short_of=list(short_of))


@router.get("/api/v2/health/", tags=["Health"])
async def api_health(request: Request) -> dict[str, str]:
    """The same under the API's prefix, each value as text."""
    found = await health(request)
    return {**found.model_dump(), "short_of": ", ".join(found.short_of)}


def networks(infra: Infra) -> Networks:
    """How far this process has come with loading its networks."""
    if infra.monitor.model_fault:
        return "failed"
    return "loaded" if infra.monitor.models else "loading"
