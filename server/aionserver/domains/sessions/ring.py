"""Who is behind a session's token."""

from datetime import datetime, timedelta
from uuid import UUID

from aionserver.domains.accounts.service import plan_of
from aionserver.domains.sessions import queries
from aionserver.infra.actors import NO_TENANT, Actor, Role
from aionserver.infra.errors import ExpiredSession, InvalidSession, NotAllowed
from aionserver.infra.rate_windows import window_end
from aionserver.infra.scope import Infra
from aionserver.infra.web.door import Allowance
from aionserver.kit.ids import parse_id
from aionserver.kit.tokens import family_of, fingerprint, is_well_formed

SESSION_PREFIX = "ses_"
WINDOW_SECONDS = 60
# Requests that were under way when the token was changed still come with the one before.
ROTATION_GRACE = timedelta(seconds=30)


class SessionRing:
    """Finds the actor of a session's token and counts the request. Nothing is remembered: what ends, ends at once."""

    async def __call__(self, infra: Infra, token: str, tenant: str | None) -> tuple[Actor, Allowance]:
        """The person in the tenant wanted; NotAuthenticated when the session is over or its token was stolen."""
        if not is_well_formed(SESSION_PREFIX, token):
            raise InvalidSession("The session is not valid: log in.")
        now, wanted = infra.clock(), _wanted(tenant)
        ends_at = window_end(now.timestamp(), WINDOW_SECONDS)
        family = fingerprint(family_of(SESSION_PREFIX, token))
        found = await queries.use_session(infra.reads, fingerprint(token), family, wanted, ends_at)
        if found is None:
            raise InvalidSession("The session is not valid: log in.")
        actor = _actor(found)
        if found.is_revoked:
            raise InvalidSession("The session was ended: log in.", actor=actor)
        if found.expires_at <= now:
            raise ExpiredSession("The session has expired: log in.", actor=actor)
        await _require_current(infra, found, actor, now)
        if found.tenant_id is None:
            message = "You are no member of the tenant that X-Tenant-ID names." if wanted else NO_MEMBERSHIP
            raise NotAllowed(message, actor=actor)
        return actor, _allowance(infra, found, ends_at)


NO_MEMBERSHIP = "You are no member of any organisation: log in again to found one."


async def _require_current(infra: Infra, found: queries.SessionUse, actor: Actor, now: datetime) -> None:
    """A token that was replaced and comes again later was copied: who holds the new one may be the thief.

    Only the one before the last has a while: whoever replaces a token twice can't have the first one forgotten.
    """
    is_under_way = found.is_previous and found.rotated_at and now - found.rotated_at < ROTATION_GRACE
    if found.is_current or is_under_way:
        return
    await queries.revoke_now(infra.engine, found.id)
    raise InvalidSession("This token was replaced and used again, so the session was ended: log in.", actor=actor)


def _wanted(tenant: str | None) -> UUID | None:
    if not tenant:
        return None
    wanted = parse_id(tenant)
    if wanted is None:
        raise NotAllowed("You are no member of the tenant that X-Tenant-ID names.")
    return wanted


def _actor(found: queries.SessionUse) -> Actor:
    role = Role(found.role) if found.role else Role.VIEWER
    return Actor(
        tenant_id=found.tenant_id or NO_TENANT,
        role=role,
        tier=found.tier or "free",
        user_id=found.user_id,
        session_id=found.id,
        is_owner=role is Role.OWNER,
    )


def _allowance(infra: Infra, found: queries.SessionUse, ends_at: int) -> Allowance:
    limit = infra.settings.rate_limit_per_minute or plan_of(found.tier or "free").requests_per_minute
    return Allowance(limit, max(0, limit - found.hits), ends_at, exceeded=found.hits > limit)
