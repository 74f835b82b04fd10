"""Whether the process serves."""

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from aionserver import __version__
from aionserver.infra.errors import Unavailable
from aionserver.infra.pressure import Shortage
from aionserver.infra.web.door import infra_of

router = APIRouter()
LONGEST_WAIT_SECONDS = 2.0


class Health(BaseModel):
    """The process answers, and so does its database. While it is short of something it takes no new content."""

    status: str
    service: str = "aionvision"
    version: str = __version__
    short_of: list[Shortage] = []


@router.get("/health", tags=["Health"])
async def health(request: Request) -> Health:
    """200 once requests are served and the database answers; 503 otherwise."""
    try:
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            async with infra_of(request).engine.connect() as connection:
                await connection.execute(text("select 1"))
            short_of = await infra_of(request).pressure.shortages()
    except (SQLAlchemyError, TimeoutError):
        raise Unavailable("The database does not answer.", headers={"Retry-After": "1"}) from None
    return Health(status="healthy", short_of=list(short_of))


@router.get("/api/v2/health/", tags=["Health"])
async def api_health(request: Request) -> Health:
    """The same, under the API's prefix."""
    return await health(request)
