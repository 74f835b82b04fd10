"""The door for new content: open while the server has room for it."""

from typing import Annotated

from fastapi import Depends, Request

from aionserver.infra.web.door import Caller, WriteCaller

LONGEST_NUMBER = 15


async def admit(request: Request, caller: WriteCaller) -> Caller:
    """The caller, where there is room for what the request brings; 507 or 429 with `Retry-After` otherwise."""
    await caller.infra.pressure.require_room(announced_bytes(request))
    return caller


def announced_bytes(request: Request) -> int:
    """The length the request says it has; 0 when it says none."""
    text = request.headers.get("content-length", "")
    return int(text[:LONGEST_NUMBER]) if text.isascii() and text.isdigit() else 0


ContentCaller = Annotated[Caller, Depends(admit)]
