"""Limits of single operations, beside the one that a key or session has for all."""

from ipaddress import ip_address, ip_network
from typing import Any

from fastapi import Depends, Request

from aionserver.infra.actors import Actor
from aionserver.infra.rate_windows import hit, subject_of, window_end
from aionserver.infra.web.door import Allowance, Token, actor_of, address_of, admit, infra_of, operation_of

MINUTE = 60
HOUR = 3600
DAY = 86_400
# Who has one address of IPv6 has the whole network of it.
OWN_NETWORK_BITS = 64


def limit(times: int, per_seconds: int = MINUTE) -> Any:
    """A dependency: so many requests of a key, or of a person by session, to the operation in a window of time."""

    async def check(request: Request, token: Token) -> None:
        actor = await actor_of(request, token)
        await _count(request, _who(actor), times, per_seconds)

    return Depends(check)


def limit_address(times: int, per_seconds: int = MINUTE) -> Any:
    """A dependency for public operations: so many requests from an address in a window of time."""

    async def check(request: Request) -> None:
        await _count(request, network_of(address_of(request)), times, per_seconds)

    return Depends(check)


def network_of(address: str) -> str:
    """The address, of IPv6 the network that one customer has; what is no address stands as it is."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is not None:  # as a socket for both kinds names those of IPv4
        return str(parsed.ipv4_mapped)
    if parsed.version == 4:
        return address
    return str(ip_network((address, OWN_NETWORK_BITS), strict=False))


def _who(actor: Actor) -> object:
    return actor.key_id or actor.user_id


async def _count(request: Request, who: object, times: int, per_seconds: int) -> None:
    infra = infra_of(request)
    now = infra.clock().timestamp()
    ends_at = window_end(now, per_seconds)
    hits = await hit(infra.reads, subject_of(operation_of(request), per_seconds, who), ends_at)
    admit(request, Allowance(times, max(0, times - hits), ends_at, exceeded=hits > times), now)
