"""Links that work once: the token in a letter shows that who has it reads the letters of a person.

A newer link ends those before it of the same purpose. Of tokens only the SHA-256 is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from aionserver.domains.accounts import service as accounts
from aionserver.domains.sessions import queries
from aionserver.domains.sessions.errors import InvalidLink
from aionserver.domains.sessions.tables import OneTimeToken
from aionserver.infra.scope import Scope
from aionserver.kit.tokens import fingerprint, is_well_formed, new_token

LINK_PREFIX = "once_"


class Purpose(StrEnum):
    """What a link is for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a purpose
    CHANGE_EMAIL = "change_email"
    INVITATION = "invitation"


VALID_HOURS = {
    Purpose.VERIFY_EMAIL: 24,
    Purpose.RESET_PASSWORD: 1,
    Purpose.CHANGE_EMAIL: 24,
    Purpose.INVITATION: 7 * 24,
}
PATHS = {
    Purpose.VERIFY_EMAIL: "/verify-email",
    Purpose.RESET_PASSWORD: "/reset-password",
    Purpose.CHANGE_EMAIL: "/confirm-email",
    Purpose.INVITATION: "/accept-invitation",
}


@dataclass(frozen=True)
class Link:
    """A fresh link: its token is shown once."""

    token: str
    url: str
    valid_hours: int


@dataclass(frozen=True)
class Opened:
    """Whose link it is, what for, and the details it was made with."""

    user_id: UUID
    purpose: Purpose
    details: Mapping[str, Any]
    expires_at: datetime


async def issue(scope: Scope, user_id: UUID, purpose: Purpose, details: Mapping[str, Any] | None = None) -> Link:
    """A new link of a person; its details name the address that it is sent to as `email`.

    What it begins with is never taken from a request, or whoever asks could have the token sent to a site of theirs.
    """
    now = scope.now()
    user = await accounts.get_user(scope.session, user_id, locked=True)  # of two made at once, one ends the other
    await queries.void_tokens(scope.session, user_id, [purpose], now)
    token, hours = new_token(LINK_PREFIX), VALID_HOURS[purpose]
    row = OneTimeToken(
        user_id=user_id,
        purpose=str(purpose),
        token_hash=fingerprint(token),
        details={**(details or {}), "email": user.email},
        created_at=now,
        expires_at=now + timedelta(hours=hours),
    )
    queries.add_row(scope.session, row)
    await scope.session.flush()
    return Link(token, f"{scope.infra.settings.own_url}{PATHS[purpose]}?token={token}", hours)


async def look(scope: Scope, token: str, *purposes: Purpose) -> Opened | None:
    """What a token is for, while it can be used; it is not used by this."""
    if not is_well_formed(LINK_PREFIX, token):
        return None
    return _opened(await queries.live_token(scope.session, fingerprint(token), purposes, scope.now()))


async def use(scope: Scope, token: str, *purposes: Purpose) -> Opened:
    """Use up a token; InvalidLink when it is for none of the purposes, or can't be used any more."""
    row, found = None, await look(scope, token, *purposes)
    if found:  # people are locked before their links, everywhere
        await accounts.get_user(scope.session, found.user_id, locked=True)
        row = await queries.use_token(scope.session, fingerprint(token), purposes, scope.now())
    opened = _opened(row)
    if opened is None:
        raise InvalidLink("This link can't be used (any more): ask for a new one.")
    return opened


def _opened(row: OneTimeToken | None) -> Opened | None:
    return row and Opened(row.user_id, Purpose(row.purpose), row.details, row.expires_at)


async def void(scope: Scope, user_id: UUID, *purposes: Purpose) -> None:
    """A person's links for these purposes can't be used any more."""
    await queries.void_tokens(scope.session, user_id, purposes, scope.now())


async def last_details(scope: Scope, user_id: UUID, purpose: Purpose) -> Mapping[str, Any]:
    """The details of a person's last link for a purpose, for the one that replaces it."""
    row = await queries.newest_token(scope.session, user_id, purpose)
    return row.details if row else {}
