"""Who is behind an API key, as a process remembers it, and how many requests the key may still make."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from aionserver.domains.accounts.service import plan_of
from aionserver.domains.api_keys import queries
from aionserver.infra.actors import Actor, Role
from aionserver.infra.errors import ExpiredApiKey, InvalidApiKey, NotAllowed
from aionserver.infra.rate_windows import window_end
from aionserver.infra.scope import Infra
from aionserver.infra.web.door import Allowance
from aionserver.kit.api_keys import fingerprint, is_well_formed
from aionserver.kit.ids import parse_id

WINDOW_SECONDS = 60
FRESH = timedelta(seconds=1)
SHARES = 1000
MOST_REMEMBERED = 10_000


def everyones_limit(infra: Infra, tier: str) -> int:
    """Requests a minute of a key that has no limit of its own, and the most that any may have."""
    return infra.settings.rate_limit_per_minute or plan_of(tier).requests_per_minute


def window_of(moment: datetime) -> int:
    """When the minute ends that a request counts in, in Unix seconds."""
    return window_end(moment.timestamp(), WINDOW_SECONDS)


@dataclass
class Pass:
    """A key as it was found; `left` are the requests of its minute that this process has set aside for it."""

    actor: Actor
    expires_at: datetime | None
    found_at: datetime
    window: int
    limit: int
    hits: int
    left: int

    def admits(self, now: datetime) -> bool:
        """Whether one more request may come in without looking the key up again."""
        is_fresh = timedelta() <= now - self.found_at < FRESH and self.window == window_of(now)
        return is_fresh and self.left > 0

    def allowance(self) -> Allowance:
        """What is left to the key; what processes have set aside for it counts as used, but here."""
        remaining = max(0, self.limit - self.hits) + max(0, self.left)
        return Allowance(self.limit, remaining, self.window, exceeded=self.left < 0)


class Keyring:
    """Finds the actor of a key and counts the request.

    What was found holds for a second, so that a key's end and every change to it are known everywhere after that.
    Requests are counted in the database, for all processes: each sets a thousandth of the limit aside and asks again
    when that is used up. Limits below 2000 are counted one by one.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, Pass] = {}
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, infra: Infra, token: str, tenant: str | None) -> tuple[Actor, Allowance]:
        """The actor of an API key and what is left of its rate limit; NotAuthenticated when it is not valid."""
        now = infra.clock()
        found = await self._admitted(infra, token, now)
        if found.expires_at is not None and found.expires_at <= now:
            raise ExpiredApiKey("The API key has expired.", actor=found.actor)
        if tenant and parse_id(tenant) != found.actor.tenant_id:
            raise NotAllowed("This key belongs to another tenant than X-Tenant-ID names.", actor=found.actor)
        return found.actor, found.allowance()

    async def _admitted(self, infra: Infra, token: str, now: datetime) -> Pass:
        """The key's pass, one request taken off it: below zero when none was left."""
        key_hash = fingerprint(token)
        found = self._known.get(key_hash)
        if found is None or not found.admits(now):
            if not is_well_formed(token):
                raise InvalidApiKey("The API key is not valid.")
            async with self._turns.setdefault(key_hash, asyncio.Lock()):
                found = self._known.get(key_hash)  # who came before may have looked it up
                if found is None or not found.admits(now):
                    found = await self._look_up(infra, key_hash, now)
        found.left -= 1
        return found

    async def _look_up(self, infra: Infra, key_hash: bytes, now: datetime) -> Pass:
        window, everyones = window_of(now), infra.settings.rate_limit_per_minute
        old = self._known.pop(key_hash, None)
        unused = max(0, old.left) if old and old.window == window else 0
        found = await queries.use_key(infra.reads, key_hash, window, everyones, SHARES, unused)
        if found is None:
            raise InvalidApiKey("The API key is not valid.")
        if found.is_revoked:
            raise InvalidApiKey("The API key is not valid.", actor=_actor(found))
        most = everyones_limit(infra, found.tier)
        limit = min(found.rate_limit or most, most)
        left = max(0, min(found.share, limit - (found.hits - found.share)))
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[key_hash] = Pass(_actor(found), found.expires_at, now, window, limit, found.hits, left)
        return self._known[key_hash]


def _actor(found: queries.KeyUse) -> Actor:
    """Who lost rights since the key was made has no more of them by the key."""
    role = Role(found.role)
    maker = Role(found.maker_role) if found.maker_role else role
    return Actor(
        tenant_id=found.tenant_id,
        role=min(role, maker, key=lambda one: one.rank),
        is_owner=maker is Role.OWNER and role is Role.ADMIN,
        tier=found.tier,
        user_id=found.user_id,
        key_id=found.id,
        scopes=frozenset(found.scopes),
    )
