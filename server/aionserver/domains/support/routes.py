"""Support over HTTP, open to all."""

from fastapi import APIRouter, Request

from aionserver.domains.support import service
from aionserver.domains.support.schemas import ContactRequest, ContactResponse
from aionserver.infra.actors import nobody
from aionserver.infra.web.door import Caller, context_of, infra_of
from aionserver.infra.web.idempotency import IdempotencyKey, answer_once
from aionserver.infra.web.limits import HOUR, limit_address

router = APIRouter(prefix="/api/v2/support", tags=["Support"])


@router.post("/contact", dependencies=[limit_address(5, HOUR)])
async def contact_support(request: Request, body: ContactRequest, key: IdempotencyKey = None) -> ContactResponse:
    """Write to those who run this server; needs no credential. Five messages an hour are taken from an address."""
    caller = Caller(nobody(), infra_of(request), context_of(request, may_change=False))
    return await answer_once(caller, key, request, body, ContactResponse, lambda scope: service.contact(scope, body))
