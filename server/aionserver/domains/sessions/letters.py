"""Letters with links, written by a job: who asked for one can't tell by the time it took whether one is written."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from aionserver.domains.accounts import service as accounts
from aionserver.domains.mail import service as mail
from aionserver.domains.sessions import guard, links
from aionserver.domains.sessions.links import Purpose
from aionserver.infra.job_queue import JobRequest
from aionserver.infra.rate_windows import hit, subject_of, window_end
from aionserver.infra.scope import Scope

WRITE = "sessions.write_letter"
# More letters of a kind an hour are written to nobody, whoever asks from wherever; the last of them stays good.
MOST_AN_HOUR = 10
HOUR_SECONDS, DAY_SECONDS = 3600, 86_400


class Kind(StrEnum):
    """What was asked for."""

    REGISTERED = "registered"
    VERIFICATION = "verification"
    PAUSED = "paused"
    FORGOTTEN_PASSWORD = "forgotten_password"  # noqa: S105 - a kind of letter


async def ask_for(scope: Scope, kind: Kind, email: str, details: Mapping[str, Any] | None = None) -> None:
    """Have a letter written to an address, if it is to get one; `details` go with the link."""
    arguments = {"kind": kind, "email": accounts.normal_email(email), "details": dict(details or {})}
    await scope.defer([JobRequest(WRITE, arguments, queue="maintenance")])


async def write(scope: Scope, kind: Kind, email: str, details: Mapping[str, Any]) -> None:
    """Write the letter that was asked for; none to who has no account, or no need of it."""
    user = await accounts.find_user(scope.session, email)
    if user is None or not user.is_active or await _is_tired(scope, kind, email):
        return
    is_new = user.email_verified_at is None and user.password_hash is not None
    if kind is Kind.FORGOTTEN_PASSWORD:
        await _reset(scope, user)
    elif kind is Kind.PAUSED:
        await _paused(scope, user)
    elif is_new:
        await _verify(scope, user, details)
    elif kind is Kind.REGISTERED:
        await _known(scope, user)


async def _is_tired(scope: Scope, kind: Kind, email: str) -> bool:
    ends_at = window_end(scope.now().timestamp(), HOUR_SECONDS)
    return await hit(scope.infra.reads, subject_of(WRITE, kind, email), ends_at) > MOST_AN_HOUR


async def _verify(scope: Scope, user: accounts.User, details: Mapping[str, Any]) -> None:
    known = details or await links.last_details(scope, user.id, Purpose.VERIFY_EMAIL)
    link = await links.issue(scope, user.id, Purpose.VERIFY_EMAIL, known)
    subject, text = mail.texts.verify_email(user.name, link.url, link.valid_hours)
    await mail.send(scope, "verify_email", user.email, subject, text, link.url)


async def _reset(scope: Scope, user: accounts.User) -> None:
    link = await links.issue(scope, user.id, Purpose.RESET_PASSWORD)
    subject, text = mail.texts.reset_password(user.name, link.url, link.valid_hours)
    await mail.send(scope, "reset_password", user.email, subject, text, link.url)


async def _paused(scope: Scope, user: accounts.User) -> None:
    """Once a day at most, from however many places passwords are guessed."""
    ends_at = window_end(scope.now().timestamp(), DAY_SECONDS)
    if await hit(scope.infra.reads, subject_of(WRITE, Kind.PAUSED, user.id), ends_at) > 1:
        return
    subject, text = mail.texts.sign_in_locked(user.name, scope.now(), guard.PAIR.pause_minutes(guard.NOTICED))
    await mail.send(scope, "sign_in_locked", user.email, subject, text)


async def _known(scope: Scope, user: accounts.User) -> None:
    link = await links.issue(scope, user.id, Purpose.RESET_PASSWORD)
    subject, text = mail.texts.address_known(user.name, link.url, link.valid_hours)
    await mail.send(scope, "address_known", user.email, subject, text, link.url)
