"""The product's application with a few routes more: each behind a door, and the same without one.

`python benchmarks/_door_app.py DESCRIPTOR` serves on the socket of that descriptor; settings are the environment's.
"""

import sys
from typing import Any

import uvicorn
from fastapi import APIRouter, Request
from sqlalchemy import text

from aionserver.app import create_app
from aionserver.infra.database import Session, open_session
from aionserver.infra.settings import Settings
from aionserver.infra.telemetry import configure_logging
from aionserver.infra.web.door import ReadAccess, WriteScope, infra_of

router = APIRouter(prefix="/door", tags=["Door"])
_CHANGE = text("update door_changes set changes = changes + 1")


async def _change(session: Session) -> dict[str, Any]:
    await session.execute(_CHANGE)
    return {"changed": True}


@router.get("/bare")
async def bare_read(_: Request) -> dict[str, Any]:
    """Nothing but the framework."""
    return {"read": True}


@router.get("/guarded")
async def guarded_read(_: ReadAccess) -> dict[str, Any]:
    """The same for who may read."""
    return {"read": True}


@router.post("/bare")
async def bare_change(request: Request) -> dict[str, Any]:
    """A change in a transaction."""
    async with open_session(infra_of(request).engine) as session, session.begin():
        return await _change(session)


@router.post("/guarded")
async def guarded_change(scope: WriteScope) -> dict[str, Any]:
    """The same for who may write, in the tenant's transaction, with its entry in the audit log."""
    return await _change(scope.session)


if __name__ == "__main__":
    given = Settings.model_validate({})
    configure_logging(given)
    app = create_app(given)
    app.include_router(router)
    uvicorn.run(app, fd=int(sys.argv[1]), log_config=None, access_log=False, server_header=False)
